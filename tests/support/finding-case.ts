import type { DumperFacts, Facts } from '../../src/core/facts.js';
import type { Severity } from '../../src/core/finding.js';
import type { Tool } from '../../src/tools/contract.js';
import { sha256 } from './drizzle-project.js';

/** Facts in which a finding is to be found, and facts that only look like it. */
export interface Case {
  /** Drizzle when not given. */
  readonly tool?: Tool;
  readonly facts: Facts;
  readonly severity: Severity;
  readonly says: RegExp;
  /** Must be found in the evidence. */
  readonly shows: RegExp;
  readonly migrations?: readonly string[];
  readonly playbooks?: readonly string[];
  /** What looks like it and is not. */
  readonly near: readonly Facts[];
}

export const fresh = { table: null, rows: [], sequence: null, otherTables: 0 };
export const reconcile = ['reconcile-journal'];
export const dumper: DumperFacts = {
  use: 'none',
  path: null,
  version: null,
  rejected: [],
  named: false,
};
export const tooOld = {
  path: '/usr/bin/pg_dump',
  version: '14.2',
  reason: 'older than the server, 18.4',
};
export const elsewhere = (
  ...tags: string[]
): { elsewhere: [{ schema: string; table: string; rows: number; marks: string[] }] } => ({
  elsewhere: [
    {
      schema: 'public',
      table: '__drizzle_migrations',
      rows: tags.length,
      marks: tags.map((tag) => sha256(`select '${tag}';`)),
    },
  ],
});
