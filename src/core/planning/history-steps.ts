import type { Undigested } from '../digest.js';
import type { HistoryRow, Migration } from '../facts.js';
import type { Check, Statement, Undo } from '../plan.js';
import type { NewRow, ToolRules } from '../tool.js';
import { quoteTable, tableName } from '../tool.js';
import { UserError } from '../errors.js';
import type { Draft } from './draft.js';
import { withId, withoutRow, withRow } from './draft.js';

export interface Drafted {
  readonly steps: readonly Undigested[];
  readonly draft: Draft;
}

/** What a playbook's step says of itself. */
export interface Words {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** What the evidence adds to the step of one migration. */
export type Shown = (migration: Migration) => {
  readonly lines: readonly string[];
  readonly checks: readonly Check[];
};

/** Adds a history row for each migration; the schema stays as it is. */
export function markApplied(
  tool: ToolRules,
  start: Draft,
  migrations: readonly Migration[],
  words: Words,
  shown: Shown,
): Drafted {
  let draft = start;
  const steps: Undigested[] = [];
  for (const migration of migrations) {
    const row = newRow(tool, draft, migration);
    const record = recording(tool, draft, row);
    steps.push({
      kind: 'write',
      id: `${words.id}:${migration.id}`,
      title: `${words.title}: ${migration.id}`,
      text: [words.text, ...shown(migration).lines].filter((line) => line !== '').join('\n'),
      risk: 'reversible',
      write: {
        type: 'transaction',
        lock: record.lock,
        before: [...record.before, fileUnchanged(migration), ...shown(migration).checks],
        statements: [...record.create, record.insert],
        after: record.after,
        undo: record.undo,
      },
    });
    draft = withRow(draft, row);
  }
  return { steps, draft };
}

/** Removes every history row of each migration; the schema stays as it is. */
export function markUnapplied(
  tool: ToolRules,
  start: Draft,
  migrations: readonly Migration[],
  words: Words,
  shown: Shown,
): Drafted {
  let draft = start;
  const steps: Undigested[] = [];
  for (const migration of migrations) {
    const rows = rowsOf(tool, draft, migration);
    const table = draft.history.table;
    if (rows.length === 0 || table === null) {
      throw new UserError(`${migration.id} is not recorded as applied.`, [
        'There is no row to remove; choose a migration whose history says recorded.',
      ]);
    }
    const sql = tool.historySql;
    const left = rows.reduce(withoutRow, draft);
    steps.push({
      kind: 'write',
      id: `${words.id}:${migration.id}`,
      title: `${words.title}: ${migration.id}`,
      text: [words.text, ...shown(migration).lines].filter((line) => line !== '').join('\n'),
      risk: 'reversible',
      write: {
        type: 'transaction',
        lock: quoteTable(table),
        before: [
          sql.extent(table, draft.history.rows),
          ...rows.map((row) => sql.present(table, row)),
          ...journalUnchanged(draft),
          ...shown(migration).checks,
        ],
        statements: rows.map((row) => plain(sql.remove(table, row))),
        after: rows.map((row) => rowGone(sql.present(table, row))),
        undo: {
          type: 'sql',
          lock: quoteTable(table),
          before: [
            sql.extent(table, left.history.rows),
            ...rows.map((row) => rowGone(sql.present(table, row))),
            ...journalUnchanged(draft),
          ],
          statements: rows.map((row) => plain(sql.restore(table, row))),
        },
      },
    });
    draft = left;
  }
  return { steps, draft };
}

/** The parts of a transaction that records one migration: alone, or behind the migration's own SQL. */
export function recording(
  tool: ToolRules,
  draft: Draft,
  row: NewRow,
): {
  readonly lock: string | null;
  readonly before: readonly Check[];
  /** What makes the history table, to be run before anything else; empty when it is there. */
  readonly create: readonly Statement[];
  readonly insert: Statement;
  readonly after: readonly Check[];
  readonly undo: Undo;
} {
  const sql = tool.historySql;
  const table = draft.history.table ?? draft.history.expected;
  const exists = draft.history.table !== null;
  const inserted = withId('{{returned:id}}', row);
  return {
    lock: exists ? quoteTable(table) : null,
    before: [
      ...(exists
        ? [sql.extent(table, draft.history.rows), sql.count(table, row, 0)]
        : [sql.missing(table)]),
      ...journalUnchanged(draft),
    ],
    create: exists ? [] : sql.create(table).map(plain),
    insert: plain(sql.insert(table, row)),
    after: [sql.count(table, row, 1)],
    undo: {
      type: 'sql',
      lock: quoteTable(table),
      // Where a tool goes by the newest row, a later one hides a migration that has none.
      before: [
        sql.extent(table, withRow(draft, row).history.rows),
        sql.present(table, inserted),
        ...journalUnchanged(draft),
      ],
      statements: [plain(sql.remove(table, inserted))],
    },
  };
}

/** What a step rests on whose migration has its row already; null where it has none. */
export function recordedAlready(
  tool: ToolRules,
  draft: Draft,
  migration: Migration,
): { readonly lock: string; readonly before: readonly Check[] } | null {
  const rows = rowsOf(tool, draft, migration);
  const { table } = draft.history;
  if (rows.length === 0 || table === null) return null;
  const sql = tool.historySql;
  return {
    lock: quoteTable(table),
    before: [
      sql.extent(table, draft.history.rows),
      ...rows.map((row) => sql.present(table, row)),
      ...journalUnchanged(draft),
    ],
  };
}

/** @throws UserError when the migration cannot be recorded as it stands. */
export function newRow(tool: ToolRules, draft: Draft, migration: Migration): NewRow {
  const [recorded] = rowsOf(tool, draft, migration);
  if (recorded !== undefined) {
    throw new UserError(
      `${migration.id} is recorded already: row ${recorded.id} of ${tableName(draft.history.table ?? draft.history.expected)}.`,
      [`If that is not true, remove the row first: pgmedic plan mark-unapplied ${migration.id}`],
    );
  }
  if (migration.file === null) {
    throw new UserError(`The file of ${migration.id} is missing.`, [
      'Restore it from version control; what it did cannot be recorded without its content.',
    ]);
  }
  const row = tool.historyRow(migration, draft.history);
  if (row === null) {
    throw new UserError(
      `${tool.title} has no entry for ${migration.id}, so it has no row either.`,
      draft.folder.journal === null
        ? ['Correct the file, then make the plan again.']
        : ['Reconcile the journal first: pgmedic plan reconcile-journal'],
    );
  }
  return row;
}

export function fileUnchanged(migration: Migration): Check {
  return {
    type: 'file',
    title: `${migration.file?.path ?? migration.id} is as it was read`,
    path: migration.file?.path ?? `${migration.id}.sql`,
    sha256: migration.file?.sha256 ?? null,
  };
}

/** A row is stamped as the tool's own index says at that step; none where there is no index. */
export function journalUnchanged({ folder: { journal } }: Draft): readonly Check[] {
  if (journal === null) return [];
  const { path } = journal;
  const sha256 = journal.state === 'missing' ? null : journal.sha256;
  return [{ type: 'file', title: `${path} is as the plan has it`, path, sha256 }];
}

export function plain(sql: string): Statement {
  return { sql, source: null };
}

function rowsOf(tool: ToolRules, draft: Draft, migration: Migration): readonly HistoryRow[] {
  const matches = tool.match(draft.folder, draft.history).recorded.get(migration.id) ?? [];
  return matches.map((match) => match.row);
}

export function rowGone(check: Check): Check {
  return check.type === 'sql'
    ? { ...check, title: 'the row is not there', expect: [['0']] }
    : check;
}
