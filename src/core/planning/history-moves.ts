import { UserError } from '../errors.js';
import type { HistoryRow, Migration } from '../facts.js';
import type { Check, Statement, Undo } from '../plan.js';
import type { NewRow, RowMatch, ToolRules } from '../tool.js';
import { quoteTable, tableName } from '../tool.js';
import type { Draft } from './draft.js';
import { withCleared, withId, withoutRow, withRow } from './draft.js';

/** Rows moved in one transaction: what that rests on, what it runs, and what is left. */
export interface Move {
  readonly before: readonly Check[];
  readonly statements: readonly Statement[];
  readonly after: readonly Check[];
  /** Puts it back; `before` must hold then. */
  readonly back: { readonly before: readonly Check[]; readonly statements: readonly Statement[] };
  readonly draft: Draft;
}

/** The parts of a transaction that records one migration: alone, or behind the migration's own SQL. */
export interface Recording {
  readonly lock: string | null;
  readonly before: readonly Check[];
  /** What makes the history table, to be run before anything else; empty when it is there. */
  readonly create: readonly Statement[];
  /** What tells of a run of it that failed goes out of the way first. */
  readonly record: readonly Statement[];
  readonly after: readonly Check[];
  readonly undo: Undo;
  readonly draft: Draft;
}

/** @throws UserError when the migration cannot be recorded as it stands. */
export function recording(tool: ToolRules, draft: Draft, migration: Migration): Recording {
  const sql = tool.historySql;
  const table = draft.history.table ?? draft.history.expected;
  const exists = draft.history.table !== null;
  const cleared = clearing(tool, draft, migration);
  const row = newRow(tool, draft, migration);
  const after = withRow(cleared.draft, row);
  const inserted = withId('{{returned:id}}', row);
  return {
    lock: exists ? quoteTable(table) : null,
    before: [
      ...(exists
        ? [...undisturbed(tool, draft), ...cleared.before, sql.count(table, row, 0)]
        : [sql.missing(table)]),
      ...journalUnchanged(draft),
    ],
    create: exists ? [] : sql.create(table).map(plain),
    record: [...cleared.statements, plain(sql.insert(table, row))],
    after: [sql.count(table, row, 1)],
    undo: {
      type: 'sql',
      lock: quoteTable(table),
      // Where a tool goes by the newest row, a later one hides a migration that has none.
      before: [
        ...undisturbed(tool, after),
        sql.present(table, inserted),
        // Where a table has one row, that is the one just looked for.
        ...(row.follows === undefined ? cleared.back.before : []),
        ...journalUnchanged(draft),
      ],
      statements: [plain(sql.remove(table, inserted)), ...cleared.back.statements],
    },
    draft: after,
  };
}

/** @throws UserError when the migration cannot be recorded as it stands. */
export function newRow(tool: ToolRules, draft: Draft, migration: Migration): NewRow {
  const [recorded] = matchesOf(tool, draft, migration);
  const table = tableName(draft.history.table ?? draft.history.expected);
  if (recorded?.by === 'below') {
    throw new UserError(
      `${migration.id} is below version ${recorded.row.id}, which ${table} has come to: it counts as applied already.`,
      [`If it never ran, run it: pgmedic plan apply-manually ${migration.id}`],
    );
  }
  if (recorded !== undefined) {
    throw new UserError(
      `${migration.id} is recorded already: row ${recorded.row.id} of ${table}.`,
      [`If that is not true, remove the row first: pgmedic plan mark-unapplied ${migration.id}`],
    );
  }
  if (migration.file === null) {
    throw new UserError(`The file of ${migration.id} is missing.`, [
      'Restore it from version control; what it did cannot be recorded without its content.',
    ]);
  }
  refuseFailed(tool, draft, migration);
  const cleared = clearing(tool, draft, migration).draft;
  const row = tool.historyRow(migration, cleared.history);
  if (row === null) {
    throw new UserError(
      `${tool.title} has no entry for ${migration.id}, so it has no row either.`,
      draft.folder.journal === null
        ? ['Correct the file, then make the plan again.']
        : ['Reconcile the journal first: pgmedic plan reconcile-journal'],
    );
  }
  const taken = alsoTaken(tool, cleared, withRow(cleared, row), [migration]);
  if (taken.length > 0) {
    throw new UserError(
      `${tool.title} keeps one version: with that of ${migration.id} it would take ${taken.join(', ')} for applied as well.`,
      [`Take ${taken.length === 1 ? 'it' : 'them'} into the same plan, or first.`],
    );
  }
  return row;
}

/** Ids of others than these that would count as applied with them. */
export function alsoTaken(
  tool: ToolRules,
  before: Draft,
  after: Draft,
  chosen: readonly Migration[],
): readonly string[] {
  const [then, now] = [before, after].map(
    ({ folder, history }) => tool.match(folder, history).recorded,
  );
  const names = new Set(chosen.flatMap(({ name }) => name ?? []));
  return before.folder.migrations
    .filter((one) => !chosen.includes(one) && !names.has(one.name ?? ''))
    .map(({ id }) => id)
    .filter((id) => now?.has(id) === true && then?.has(id) !== true);
}

/** A table of one row says nothing of others while that row tells of a failure. */
export function refuseFailed(tool: ToolRules, draft: Draft, except: Migration | null): void {
  const { failed = new Map<string, readonly RowMatch[]>() } = tool.match(
    draft.folder,
    draft.history,
  );
  const other = [...failed].find(
    ([id, matches]) => id !== except?.id && matches.some(({ row }) => row.follows !== undefined),
  );
  if (other === undefined) return;
  throw new UserError(
    `The one row of ${tableName(draft.history.expected)} tells that ${other[0]} failed.`,
    [`Put that right first: pgmedic plan clear-failed ${other[0]}`],
  );
}

/** Rows of runs of this migration that failed, out of the way: as not applied. */
export function clearing(tool: ToolRules, draft: Draft, migration: Migration): Move {
  const failed = tool.match(draft.folder, draft.history).failed?.get(migration.id) ?? [];
  const { historySql: sql } = tool;
  const table = draft.history.table ?? draft.history.expected;
  const rows = failed.map(({ row }) => row);
  const own = sql.failed;
  const statements = (
    make: ((table: typeof draft.history.expected, row: HistoryRow) => string) | undefined,
  ) => (make === undefined ? [] : rows.map((row) => plain(make(table, row))));
  const cleared = own === undefined ? [] : rows.map((row) => own.cleared(table, row));
  return {
    before: rows.map((row) => sql.present(table, row)),
    statements: statements(own?.clear),
    after: cleared,
    back: { before: cleared, statements: statements(own?.restore) },
    draft: rows.reduce(withCleared, draft),
  };
}

/**
 * All rows of a migration taken out, those of failed runs cleared. `start`: what there is when the
 * checks are made, where others are taken out before.
 * @throws UserError where the row stands for later ones as well
 */
export function takingOut(
  tool: ToolRules,
  draft: Draft,
  migration: Migration,
  start: Draft = draft,
): Move {
  const sql = tool.historySql;
  const table = draft.history.table ?? draft.history.expected;
  const matches = matchesOf(tool, draft, migration);
  const later = matches.find(({ by }) => by === 'below');
  if (later?.row.name !== undefined) {
    throw new UserError(
      `The one row of ${tableName(table)} is of version ${later.row.name}, and stands for all before it: ${migration.id} cannot be taken out of it alone.`,
      [`Take those behind ${migration.id} into the same plan, or first.`],
    );
  }
  const rows = matches.map(({ row }) => row);
  const cleared = clearing(tool, draft, migration);
  const present = rows.map((row) => sql.present(table, row));
  const first = rows.filter(({ id }) => start.history.rows.some((row) => row.id === id));
  return {
    before: [...first.map((row) => sql.present(table, row)), ...cleared.before],
    statements: [...rows.map((row) => plain(sql.remove(table, row))), ...cleared.statements],
    after: [...present.map(rowGone), ...cleared.after],
    back: {
      before: [...present.map(rowGone), ...cleared.back.before],
      statements: [
        ...rows.map((row) => plain(sql.restore(table, row))),
        ...cleared.back.statements,
      ],
    },
    draft: rows.reduce(withoutRow, cleared.draft),
  };
}

/** That nobody writes to the history: the tool does not run, and the rows are those that were read. */
export function undisturbed(
  { title, historySql }: ToolRules,
  { history }: Draft,
): readonly Check[] {
  const { runLocks = [], rows } = history;
  const table = history.table ?? history.expected;
  const free = runLocks.map((key) => `pg_catalog.pg_try_advisory_xact_lock(${key})`);
  return [
    ...(free.length === 0
      ? []
      : [
          {
            type: 'sql' as const,
            title: `${title} does not run: the lock that it takes is free`,
            sql: `SELECT (${free.join(' AND ')})::text`,
            expect: [['true']],
          },
        ]),
    historySql.extent(table, rows),
  ];
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

export function matchesOf(
  tool: ToolRules,
  draft: Draft,
  migration: Migration,
): readonly RowMatch[] {
  return tool.match(draft.folder, draft.history).recorded.get(migration.id) ?? [];
}

function rowGone(check: Check): Check {
  return check.type === 'sql'
    ? { ...check, title: 'the row is not there', expect: [['0']] }
    : check;
}
