import type { Undigested } from '../digest.js';
import { UserError } from '../errors.js';
import type { Migration } from '../facts.js';
import type { Check, Statement, Undo, Write } from '../plan.js';
import type { ParsedStatement, SqlParser } from '../sql.js';
import type { ToolRules } from '../tool.js';
import { lineAt } from '../lines.js';
import type { Draft } from './draft.js';
import { withRow } from './draft.js';
import { fileUnchanged, newRow, recording } from './history-steps.js';

/**
 * A migration by hand: its SQL and its history row in one transaction. Where a statement
 * cannot be in one, the statements before it, it, and those after it are steps of their own,
 * and the row goes in with the last: reality first, history second. The same where a value is
 * added to an enum and used further down, which PostgreSQL refuses in one transaction (55P04).
 *
 * @throws UserError when the SQL does not parse or ends its transaction by itself.
 */
export function applyMigration(
  tool: ToolRules,
  parser: SqlParser,
  draft: Draft,
  migration: Migration,
  words: { readonly id: string; readonly title: string; readonly text: string },
): { readonly steps: readonly Undigested[]; readonly draft: Draft } {
  const row = newRow(tool, draft, migration);
  const record = recording(tool, draft, row);
  const groups = grouped(statementsOf(tool, parser, migration));
  const last = groups.at(-1);
  const tail = last?.alone === false ? last.statements : [];
  const early = last?.alone === false ? groups.slice(0, -1) : groups;

  // Every part looks: nobody may have recorded the migration since the plan was shown.
  const before = [...record.before, fileUnchanged(migration)];
  const writes: Write[] = early.map((group) => earlyWrite(record.lock, before, group));
  writes.push({
    type: 'transaction',
    lock: record.lock,
    before,
    statements: [...tail, ...record.statements],
    after: record.after,
    undo: tail.length + early.length === 0 ? record.undo : ranSql,
  });
  const steps = writes.map((write, index): Undigested => {
    const part = writes.length === 1 ? '' : ` (${index + 1} of ${writes.length})`;
    const group = groups[index] ?? null;
    const text = writes.length === 1 ? words.text : partText(group, index, writes.length);
    const losses = [...new Set(group?.losses)];
    return {
      kind: 'write',
      id: `${words.id}:${migration.id}${writes.length === 1 ? '' : `:${index + 1}`}`,
      title: `${words.title}: ${migration.id}${part}`,
      text: losses.length === 0 ? text : `${text}\nThis destroys data: ${losses.join(', ')}.`,
      risk: losses.length === 0 ? 'ddl' : 'destructive',
      write,
    };
  });
  return { steps, draft: withRow(draft, row) };
}

const ranSql: Undo = {
  type: 'none',
  why: "this step ran the migration's own SQL; taking that back is a roll-back, which this version does not do. The proven backup is from before it.",
};

interface Group {
  /** One statement that PostgreSQL refuses inside a transaction. */
  readonly alone: boolean;
  readonly label: string;
  readonly statements: readonly Statement[];
  readonly evidence: Check | null;
  /** What of it destroys data: "DROP TABLE". */
  readonly losses: readonly string[];
}

/** What is true of one part of a divided migration; `group` null: the history row alone. */
function partText(group: Group | null, index: number, count: number): string {
  const what =
    group === null
      ? 'The history row, now that everything is there.'
      : group.alone
        ? `${group.label} cannot be in a transaction, so it runs by itself.`
        : index === count - 1
          ? 'The rest of the migration and its history row, in one transaction.'
          : 'In one transaction, before what cannot be in the same one.';
  return index === 0 ? what : `${what} The parts before it stay, whatever becomes of this one.`;
}

function earlyWrite(lock: string | null, before: readonly Check[], group: Group): Write {
  const [first] = group.statements;
  if (group.alone && first !== undefined) {
    const { evidence } = group;
    const after = evidence === null ? [] : [evidence];
    return { type: 'statement', before, statement: first, after, undo: ranSql };
  }
  return {
    type: 'transaction',
    lock,
    before,
    statements: group.statements,
    after: [],
    undo: ranSql,
  };
}

type Located = ParsedStatement & { readonly at: Statement };

function statementsOf(tool: ToolRules, parser: SqlParser, migration: Migration): Located[] {
  const file = migration.file;
  if (file === null) return [];
  const located: Located[] = [];
  for (const chunk of tool.chunks(file.text)) {
    const parsed = parser.split(chunk.text);
    if (!parsed.ok) {
      const { line, column, excerpt } = lineAt(file.text, chunk.offset + parsed.offset);
      throw new UserError(
        `${file.path}:${line}:${column} does not parse: ${parsed.message}.\n${excerpt}`,
        ['Correct the file; as it stands, the migrator would fail there too.'],
      );
    }
    for (const statement of parsed.statements) {
      const offset = chunk.offset + statement.offset;
      if (statement.kind === 'transaction-control') {
        const { line } = lineAt(file.text, offset);
        throw new UserError(
          `${file.path}:${line} has ${statement.label}: the migration ends its transaction by itself, so it can be left half done.`,
          [
            'Take that statement out of the file, or run the file by hand with psql and mark it applied.',
          ],
        );
      }
      located.push({
        ...statement,
        at: { sql: statement.text, source: { path: file.path, offset } },
      });
    }
  }
  return located;
}

type OpenGroup = Group & {
  readonly statements: Statement[];
  readonly losses: string[];
  closed: boolean;
};

function grouped(statements: readonly Located[]): readonly Group[] {
  const groups: OpenGroup[] = [];
  for (const [index, { kind, at, label, evidence, destroys }] of statements.entries()) {
    const open = groups.at(-1);
    const alone = kind === 'outside-transaction';
    const closed = alone || usesAddedValue(at.sql, statements.slice(index + 1));
    const losses = destroys === null ? [] : [destroys];
    if (open === undefined || open.closed || alone) {
      groups.push({ alone, label, evidence, statements: [at], losses, closed });
    } else {
      open.statements.push(at);
      open.losses.push(...losses);
      open.closed = closed;
    }
  }
  return groups;
}

/** A new value of an enum may be used only after the transaction that added it. */
function usesAddedValue(sql: string, later: readonly Located[]): boolean {
  const added = /^ALTER\s+TYPE\s.+\sADD\s+VALUE\s+(?:IF\s+NOT\s+EXISTS\s+)?('(?:[^']|'')*')/is.exec(
    sql,
  )?.[1];
  return added !== undefined && later.some(({ at }) => at.sql.includes(added));
}
