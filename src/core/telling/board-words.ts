import type { BoardRow, Diagnosis } from '../diagnosis.js';
import type { Blocker, DumperFacts } from '../facts.js';
import { describeNextRun } from '../session/verdict.js';
import { redactText } from '../redact.js';
import { age } from './amounts.js';
import { oneLine } from './visible.js';

/** How a source of truth stands to a migration: a sign with a word, so that colour is never needed. */
export interface Cell {
  readonly mark: 'yes' | 'no' | 'doubt' | 'none';
  /** Shown in place of the sign where a sign would not say enough. */
  readonly word: string | null;
}

const yes: Cell = { mark: 'yes', word: null };
const no: Cell = { mark: 'no', word: null };
const none: Cell = { mark: 'none', word: null };
const doubt = (word: string | null): Cell => ({ mark: 'doubt', word });

export const boardColumns = ['file', 'journal', 'snapshot', 'history', 'schema'] as const;

export function boardCells(row: BoardRow): Readonly<Record<(typeof boardColumns)[number], Cell>> {
  return {
    file: { present: yes, missing: no, edited: doubt('edited') }[row.file],
    journal: { listed: yes, unlisted: no, none }[row.journal],
    snapshot: { present: yes, missing: no, malformed: doubt('broken'), none }[row.snapshot],
    history: { recorded: yes, absent: no, duplicate: doubt('twice'), failed: doubt('failed') }[
      row.history
    ],
    schema: {
      present: yes,
      absent: no,
      partial: doubt('part'),
      superseded: doubt('older'),
      unprovable: doubt(null),
      unknown: doubt(null),
    }[row.schema],
  };
}

/** "The migrator's next run: nothing to run, nothing skipped." */
export function nextRunWords(diagnosis: Diagnosis): string {
  return `The migrator's next run: ${describeNextRun(diagnosis.nextRun)}`;
}

export function dumperWords(dumper: DumperFacts): string {
  const version = dumper.version ?? 'of unknown version';
  switch (dumper.use) {
    case 'native':
      return `pg_dump ${version} (${dumper.path ?? 'on the PATH'})`;
    case 'wasm':
      return `pg_dump ${version} (the WebAssembly one that comes with pgmedic)`;
    case 'none':
      return 'no usable pg_dump: nothing can be written until there is one';
  }
}

export function blockerWords(blocker: Blocker): readonly string[] {
  const application = blocker.application === '' ? '' : ` (${blocker.application})`;
  return [
    oneLine(
      `pid ${blocker.pid}, ${blocker.user}${application}, ${blocker.state}, for ${age(blocker.age)}: ${blocker.holds}`,
    ),
    `  ${redactText(blocker.query).replace(/\s+/g, ' ')}`,
  ];
}
