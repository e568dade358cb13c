import type { Check } from './plan.js';
import type {
  Facts,
  Folder,
  History,
  HistoryRow,
  JournalEntry,
  Migration,
  NamedRow,
  StampedRow,
  TableRef,
} from './facts.js';

/**
 * What the core needs to know of a migration tool: pure rules over facts. How a tool is
 * found and read is in src/tools/contract.ts, which extends this.
 */
export interface ToolRules {
  /** As in --tool and in the JSON: "drizzle". */
  readonly name: string;
  /** As people write it: "Drizzle". */
  readonly title: string;

  /** How its migrations are run: "npx payload migrate"; absent: there are many ways. */
  readonly command?: string;

  /** Which of its other commands destroy data, for whoever is about to use its command line. */
  readonly beware?: string;

  /** What the tool puts into one transaction. */
  readonly atomicity: 'all pending' | 'each migration' | 'each statement';

  /** What else the tool keeps for itself, where this is its history table: its lock; absent: nothing. */
  beside?(table: TableRef): readonly TableRef[];

  /** Where one of all pending wants no transaction around it, each of the others has its own; else it parts them. */
  readonly bareParts?: 'each';

  /** Whether the migration itself says that it wants no transaction around it. */
  isBare(migration: Migration): boolean;

  /** Whether it takes an error of the server for none: the migration is rolled back, and recorded. */
  swallows(message: string): boolean;

  /** Where SQL stands that takes a migration back, for the operator: "0001_x.down.sql beside it". */
  downPlace(migration: string): string;

  /** Which row belongs to which migration. A row is given to one migration at the most. */
  match(folder: Folder, history: History): Matching;

  /** What the tool would do if it ran now; `history` null means a fresh database (also --offline). */
  nextRun(folder: Folder, history: History | null): NextRun;

  /** The pieces the tool sends to the server one after another, with where they start in the file. */
  chunks(text: string): readonly Chunk[];

  /**
   * The row the tool itself would write for this migration into this history (null: a new one); null
   * when it cannot be said (no file, or not listed).
   */
  historyRow(migration: Migration, history: History | null): NewRow | null;

  /** Its first migration makes the history table; nothing is sent before it. */
  readonly historyByMigration?: boolean;

  /** The SQL with which this tool's history is read back and written. */
  readonly historySql: HistorySql;

  /** How to put the tool's own index of migrations right (Drizzle: the journal); null when the tool has none. */
  reconcile: ((facts: Facts, choice: ReconcileChoice) => Reconciliation) | null;

  /** The project without some of its migrations; null when the tool keeps no list of them. */
  forget: ((folder: Folder, ids: readonly string[]) => Forgetting) | null;
}

export type Forgetting =
  | { readonly ok: false; readonly why: string }
  | {
      readonly ok: true;
      /** Its new text, with the sha256 of the bytes it must have now; null: nothing in it changes. */
      readonly journal: {
        readonly path: string;
        readonly before: string;
        readonly after: string;
      } | null;
      /** That go, relative to the folder. */
      readonly files: readonly string[];
      /** The folder as it will be. */
      readonly folder: Folder;
    };

/** What the tool sends before the first migration, where there is no history table. */
export function preludeOf(
  { historyByMigration, historySql }: Pick<ToolRules, 'historyByMigration' | 'historySql'>,
  table: TableRef,
): readonly string[] {
  return historyByMigration === true ? [] : historySql.create(table);
}

export interface Matching {
  /** By migration id; a migration without an entry here is not recorded. The first match is the best. */
  readonly recorded: ReadonlyMap<string, readonly RowMatch[]>;
  /** By migration id: rows of runs that failed, in tools that keep those. Such a migration is not recorded. */
  readonly failed?: ReadonlyMap<string, readonly RowMatch[]>;
  readonly unknown: readonly HistoryRow[];
}

export interface RowMatch {
  readonly row: HistoryRow;
  /** How the row was recognised. `stamp` alone, and a name without the hash, mean that the content differs from what was applied; a `name` says nothing of it. `below`: the one row of the table is of a later version. */
  readonly by:
    | 'stamp and hash'
    | 'stamp'
    | 'hash'
    | 'line endings'
    | 'stamp and line endings'
    | 'name'
    | 'name, other text'
    | 'below';
}

/** The name of the migration that a row is of; null: it says none, or is of none. */
export function nameOfRow(row: HistoryRow): string | null {
  if (row.name === undefined) return null;
  return row.of === undefined ? row.name : row.of;
}

/** Whether what was applied is known to be another text than the file's. */
export function isEdited(match: RowMatch | undefined): boolean {
  return match?.by === 'stamp' || match?.by === 'name, other text';
}

export interface NextRun {
  /** Ids in the order in which the tool would run them. */
  readonly runs: readonly string[];
  /** Ids the tool lists, has no record of, and would pass over without a word. */
  readonly skips: readonly string[];
  readonly fails: RunFailure | null;
}

export interface RunFailure {
  readonly migration: string | null;
  readonly statement: string | null;
  readonly sqlstate: string | null;
  readonly message: string;
}

export interface Chunk {
  readonly text: string;
  /** Offset in the file's text, in UTF-16 units. */
  readonly offset: number;
  /** Where the file spells it longer than it is sent (escapes), rising; absent: nowhere. */
  readonly gaps?: readonly Gap[];
}

/** From unit `at` of a chunk's text on, the file is ahead by as many units more. */
export interface Gap {
  readonly at: number;
  readonly by: number;
}

/** Where the unit at `at` of the text stands in the file. */
export function sourceOffset({ offset, gaps = [] }: Omit<Chunk, 'text'>, at: number): number {
  return gaps.reduce((sum, gap) => (gap.at <= at ? sum + gap.by : sum), offset + at);
}

/** Several pieces of one file as one; null: there is nothing in them. */
export function joinChunks(chunks: readonly Chunk[]): Chunk | null {
  const between = '\n;\n';
  const [first, ...rest] = chunks;
  if (first === undefined) return null;
  return rest.reduce((whole, next): Chunk => {
    const at = whole.text.length + between.length;
    const by = next.offset - sourceOffset(whole, at);
    const gaps = (next.gaps ?? []).map((gap) => ({ at: at + gap.at, by: gap.by }));
    return {
      text: `${whole.text}${between}${next.text}`,
      offset: whole.offset,
      gaps: [...(whole.gaps ?? []), { at, by }, ...gaps],
    };
  }, first);
}

/** A row without what the server gives. */
export type NewRow = NewStampedRow | NewNamedRow;
export type NewStampedRow = Omit<StampedRow, 'id' | 'stamp'> & { readonly stamp: string };
export type NewNamedRow = Omit<NamedRow, 'id'>;

/** Every statement is complete, qualified, and has its values written in: what is shown is what runs. */
export interface HistorySql {
  /** What the tool itself does when the table is not there yet. */
  create(table: TableRef): readonly string[];
  /** Returns the new row's id as a column named `id`, where the table has one. */
  insert(table: TableRef, row: NewRow): string;
  remove(table: TableRef, row: HistoryRow): string;
  /** Puts a removed row back as it was, its id included. */
  restore(table: TableRef, row: HistoryRow): string;
  /** How many rows there are, and the newest: does anybody else write here? */
  extent(table: TableRef, rows: readonly HistoryRow[]): Check;
  /** Exactly `count` rows like this one. */
  count(table: TableRef, row: NewRow, count: number): Check;
  /** This very row, unchanged. */
  present(table: TableRef, row: HistoryRow): Check;
  /** No history table yet. */
  missing(table: TableRef): Check;
  /** Absent: no row of this tool tells of a failure. */
  readonly failed?: FailedSql;
}

/** A row of a run that failed, taken out of the way: nothing of it counts as applied then. */
export interface FailedSql {
  clear(table: TableRef, row: HistoryRow): string;
  /** That it was cleared so, and nobody has changed it since. */
  cleared(table: TableRef, row: HistoryRow): Check;
  /** As it was before. */
  restore(table: TableRef, row: HistoryRow): string;
}

export interface ReconcileChoice {
  /** What to do with entries whose file is gone: take them out, or leave them (the operator restores the files). */
  readonly entriesWithoutFile: 'remove' | 'keep';
}

export interface Reconciliation {
  /** The journal as it stands and as it would be. `before` null: there is none yet. */
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
  readonly entries: readonly JournalEntry[];
  /** One line a change, for the operator ("add 0019_webauthn_mfa, idx 19, when 1759...: after 0018_..."). Empty: nothing to change. */
  readonly changes: readonly string[];
  /** What it cannot put right, and what to do instead. */
  readonly warnings: readonly string[];
  /** The folder as it will be, for predicting the next run. */
  readonly folder: Folder;
}

/** "drizzle.__drizzle_migrations", quoted only where needed. */
export function tableName(ref: TableRef): string {
  return `${ref.schema}.${ref.table}`;
}

/** A quoted SQL identifier. */
export function quoteIdent(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."table"` for use in SQL. */
export function quoteTable(ref: TableRef): string {
  return `${quoteIdent(ref.schema)}.${quoteIdent(ref.table)}`;
}

/** A SQL string literal; safe with standard_conforming_strings on or off. */
export function quoteLiteral(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return value.includes('\\') ? ` E${quoted}` : quoted;
}
