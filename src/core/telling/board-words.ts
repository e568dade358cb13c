import type { BoardRow, Diagnosis } from '../diagnosis.js';
import type { MigrationEvidence } from '../evidence/evidence.js';
import type { Blocker, DumperFacts } from '../facts.js';
import type { Weighing } from '../session/state.js';
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

const columns = ['file', 'journal', 'snapshot', 'history', 'schema'] as const;

export type BoardColumn = (typeof columns)[number];

/** The sources of truth that this project's tool has. */
export function boardColumns({ facts: { folder } }: Diagnosis): readonly BoardColumn[] {
  const lacks: readonly BoardColumn[] = [
    ...(folder.journal === null ? (['journal'] as const) : []),
    ...(folder.journal === null && folder.snapshots.length === 0 ? (['snapshot'] as const) : []),
  ];
  return columns.filter((column) => !lacks.includes(column));
}

/** `evidence` counts statements where a part is there; `waiting`: the schema is still being looked at. */
export function boardCells(
  row: BoardRow,
  evidence?: MigrationEvidence,
  waiting = false,
): Readonly<Record<BoardColumn, Cell>> {
  return {
    file: { present: yes, missing: no, edited: doubt('edited') }[row.file],
    journal: { listed: yes, unlisted: no, none }[row.journal],
    snapshot: { present: yes, missing: no, malformed: doubt('broken'), none }[row.snapshot],
    history: { recorded: yes, absent: no, duplicate: doubt('twice'), failed: doubt('failed') }[
      row.history
    ],
    schema: waiting ? { mark: 'none', word: '...' } : schemaCell(row, evidence),
  };
}

/** What was held against each other: "files, journal, history and schema". */
export function agreeing({ evidence, facts }: Diagnosis): string {
  const sources = [
    'files',
    ...(facts.folder.journal === null ? [] : ['journal']),
    'history',
    ...(evidence === null ? [] : ['schema']),
  ];
  return `${sources.slice(0, -1).join(', ')} and ${sources.at(-1)}`;
}

function schemaCell(row: BoardRow, evidence: MigrationEvidence | undefined): Cell {
  switch (row.schema) {
    case 'present':
      return yes;
    case 'absent':
      // As it should be, where it was never run.
      return row.history === 'absent' ? none : no;
    case 'partial':
      return doubt(evidence === undefined ? 'part' : shareDone(evidence));
    case 'superseded':
      return { mark: 'none', word: 'later' };
    case 'unprovable':
    case 'unknown':
      return doubt(null);
  }
}

/** "1/3": statements that are done, of those that leave something to be seen. */
function shareDone({ statements }: MigrationEvidence): string {
  const seen = statements.filter(({ state }) => state !== 'unprovable');
  const open = seen.filter(({ state }) => state === 'not done' || state === 'unknown');
  const done = seen.length - open.length;
  // All were run, and something of it is gone.
  return done === seen.length ? 'part' : `${done}/${seen.length}`;
}

/** How far the look at the schema is, or why there is no evidence; null: nothing to say. */
export function weighingWords(weighing: Weighing, diagnosis: Diagnosis | null): string | null {
  if (weighing.state === 'failed') return `No evidence from the schema: ${weighing.message}`;
  if (weighing.state === 'idle') {
    const schema = diagnosis?.facts.schema;
    return schema?.state === 'failed' ? `No evidence from the schema: ${schema.reason}` : null;
  }
  const { doing, done, total } = weighing.progress ?? {
    doing: 'starting the sandbox',
    done: null,
    total: null,
  };
  const share = done === null || total === null ? '' : `, ${done} of ${total} statements`;
  return `Looking at the schema: ${doing}${share}. The board can be used meanwhile.`;
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
