import { UserError } from '../errors.js';
import type { History, Migration, MigrationFile } from '../facts.js';
import { lineAt } from '../lines.js';
import type { Check, Statement } from '../plan.js';
import type { ParsedStatement, SqlParser } from '../sql.js';
import { quoteLiteral, sourceOffset, type ToolRules } from '../tool.js';

export interface Group {
  /** One statement that PostgreSQL refuses inside a transaction. */
  readonly alone: boolean;
  readonly label: string;
  readonly statements: readonly Statement[];
  /** Where they stand in the file, from 1. */
  readonly numbers: readonly number[];
  readonly evidence: Check | null;
  /** What of it destroys data: "DROP TABLE". */
  readonly losses: readonly string[];
  /** What of it cannot be looked into: "refill()". */
  readonly unseen: readonly string[];
}

/**
 * A migration's statements in the groups that can be in one transaction, or have to be alone;
 * without those that write its history row. `only`: those with these numbers, from 1, and without
 * the file's own BEGIN and COMMIT.
 * @throws UserError when the SQL does not parse, ends its transaction by itself, or would have
 * to be divided behind a statement that holds for its session only.
 */
export function groupsOf(
  tool: ToolRules,
  parser: SqlParser,
  history: History,
  migration: Migration,
  only: ReadonlySet<number> | null = null,
): readonly Group[] {
  const { file } = migration;
  if (file === null) return [];
  const all = statementsOf(tool, parser, file);
  const own = new Set(ownRecords(tool, parser, history, migration).map(({ number }) => number));
  const statements = all.filter(
    ({ number }) => !own.has(number) && (only === null || only.has(number)),
  );
  const inside = statements.filter((one) => !isFrame(one, only));
  const ender = inside.find(({ kind }) => kind === 'transaction-control');
  if (ender !== undefined) throw endsItself(file, ender);
  const groups = grouped(inside);
  refuseLeftState(file, all, only);
  refuseLostState(file, inside, groups);
  return groups;
}

/** The statements with which a migration records itself: whoever runs it writes that row. */
function ownRecords(
  tool: ToolRules,
  parser: SqlParser,
  history: History,
  { name, file }: Migration,
): readonly Located[] {
  if (name === undefined || file === null) return [];
  const { table } = history.table ?? history.expected;
  const row = quoteLiteral(name).trim();
  return statementsOf(tool, parser, file).filter(
    ({ label, at }) => /^INSERT\b/.test(label) && at.sql.includes(table) && at.sql.includes(row),
  );
}

/** One line about them, for the operator; none where there are none. */
export function ownRecordLines(
  tool: ToolRules,
  parser: SqlParser,
  history: History,
  migration: Migration,
): readonly string[] {
  return ownRecords(tool, parser, history, migration).map(
    ({ number }) =>
      `Left out: statement ${number} (INSERT), with which the file records itself; the row is written here. Take it out of the file: in a fresh database it is in the way.`,
  );
}

export type Located = ParsedStatement & {
  readonly at: Statement;
  /** From 1, in the whole file. */
  readonly number: number;
};

/** @throws UserError when the SQL does not parse */
export function statementsOf(
  tool: ToolRules,
  parser: SqlParser,
  file: MigrationFile,
): readonly Located[] {
  const located: Located[] = [];
  for (const chunk of tool.chunks(file.text)) {
    const parsed = parser.split(chunk.text);
    if (!parsed.ok) {
      const { line, column, excerpt } = lineAt(file.text, sourceOffset(chunk, parsed.offset));
      throw new UserError(
        `${file.path}:${line}:${column} does not parse: ${parsed.message}.\n${excerpt}`,
        ['Correct the file; as it stands, the migrator would fail there too.'],
      );
    }
    for (const statement of parsed.statements) {
      const offset = sourceOffset(chunk, statement.offset);
      located.push({
        ...statement,
        number: located.length + 1,
        at: { sql: statement.text, source: { path: file.path, offset } },
      });
    }
  }
  return located;
}

/** What is left of a migration runs in transactions of ours: the file's own frame has no part in it. */
function isFrame({ label }: Located, only: ReadonlySet<number> | null): boolean {
  return only !== null && ['BEGIN', 'START TRANSACTION', 'COMMIT'].includes(label);
}

function endsItself(file: MigrationFile, { at, label }: Located): UserError {
  const { line } = lineAt(file.text, at.source?.offset ?? 0);
  return new UserError(
    `${file.path}:${line} has ${label}: the migration ends its transaction by itself, so it can be left half done.`,
    ['Take that statement out of the file, or run the file by hand with psql and mark it applied.'],
  );
}

/** What is left of a migration may rest on a setting of the part that is there. */
function refuseLeftState(
  file: MigrationFile,
  all: readonly Located[],
  only: ReadonlySet<number> | null,
): void {
  if (only === null) return;
  const last = Math.max(...only);
  const setter = all.find(
    ({ number, setsState }) => setsState !== null && !only.has(number) && number < last,
  );
  if (setter === undefined) return;
  const { line } = lineAt(file.text, setter.at.source?.offset ?? 0);
  throw new UserError(
    `${file.path}:${line} has ${setter.setsState}, which the statements that are left may rest on.`,
    ['Run them by hand with psql, in one session behind that statement, and mark it applied.'],
  );
}

type OpenGroup = Group & {
  readonly statements: Statement[];
  readonly numbers: number[];
  readonly losses: string[];
  readonly unseen: string[];
  closed: boolean;
};

function grouped(statements: readonly Located[]): readonly Group[] {
  const groups: OpenGroup[] = [];
  for (const [index, statement] of statements.entries()) {
    const { kind, at, label, evidence, number } = statement;
    const last = groups.at(-1);
    const alone = kind === 'outside-transaction';
    const fits = last !== undefined && !last.closed && !alone;
    const open = fits
      ? last
      : {
          alone,
          label,
          evidence,
          statements: [],
          numbers: [],
          losses: [],
          unseen: [],
          closed: false,
        };
    if (!fits) groups.push(open);
    open.statements.push(at);
    open.numbers.push(number);
    if (statement.destroys !== null) open.losses.push(statement.destroys);
    if (statement.unseen !== null) open.unseen.push(statement.unseen);
    open.closed = alone || usesAddedValue(at.sql, statements.slice(index + 1));
  }
  return groups;
}

/** The parts run on connections of their own: a setting or a temporary table would be gone in the next. */
function refuseLostState(
  file: MigrationFile,
  statements: readonly Located[],
  groups: readonly Group[],
): void {
  const later = groups.slice(0, -1).reduce((sum, group) => sum + group.statements.length, 0);
  const setter = statements.slice(0, later).find(({ setsState }) => setsState !== null);
  if (setter === undefined) return;
  const divider = groups.find(({ alone }) => alone)?.label ?? 'ALTER TYPE ... ADD VALUE';
  const { line } = lineAt(file.text, setter.at.source?.offset ?? 0);
  throw new UserError(
    `${file.path}:${line} has ${setter.setsState}, which the statements after it may rest on: ${divider} divides this migration, and its parts run on connections of their own.`,
    [
      'Run the file by hand with psql, in one session, and mark it applied.',
      'Or split the file, so that what rests on it and what divides are migrations of their own.',
    ],
  );
}

/** A new value of an enum may be used only after the transaction that added it. */
function usesAddedValue(sql: string, later: readonly Located[]): boolean {
  const added = /^ALTER\s+TYPE\s.+\sADD\s+VALUE\s+(?:IF\s+NOT\s+EXISTS\s+)?('(?:[^']|'')*')/is.exec(
    sql,
  )?.[1];
  return added !== undefined && later.some(({ at }) => at.sql.includes(added));
}
