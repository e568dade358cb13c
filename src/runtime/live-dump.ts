import { dumpSchema } from '../backup/schema-dump.js';
import { canonical } from '../core/digest.js';
import type { Facts, TableRef } from '../core/facts.js';
import type { Ground } from './ground.js';
import type { LiveSchema } from './live-schema.js';
import { sha256 } from './parts.js';

/** @throws when the facts were read offline. */
export function historyTable({ history }: Facts): TableRef {
  if (history === null) throw new Error('facts were read offline');
  return history.table ?? history.expected;
}

/** The last few of a session: dear, and the same as long as catalog, roles and history table are. */
const lastDumps = new WeakMap<Ground, Map<string, string>>();
const KEPT_DUMPS = 4;

export interface DumpOptions {
  readonly ground: Ground;
  readonly facts: Facts;
  readonly live: LiveSchema;
  readonly signal: AbortSignal;
}

/** The live schema as pg_dump has it: a new dump only where something has changed since the last. */
export async function schemaDumpFor(options: DumpOptions): Promise<string> {
  const { ground, live, facts } = options;
  const key = sha256(
    canonical([live.catalog, live.roles, facts.history?.table, facts.history?.elsewhere]),
  );
  const kept = lastDumps.get(ground) ?? new Map<string, string>();
  lastDumps.set(ground, kept);
  const text = kept.get(key) ?? (await dump(options));
  kept.delete(key);
  kept.set(key, text);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_DUMPS && oldest !== undefined) kept.delete(oldest);
  return text;
}

function dump({ ground, facts, signal }: DumpOptions): Promise<string> {
  const dumper = facts.surroundings?.dumper;
  const { databaseUrl: url } = ground.resolved;
  if (dumper === undefined || url === null) throw new Error('facts were read offline');
  return dumpSchema({ url, dumper, signal });
}
