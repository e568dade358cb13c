import type { Diagnosis } from '../diagnosis.js';
import { UserError } from '../errors.js';
import type { Migration } from '../facts.js';
import type { Assignments, Demands, RelationName, SqlParser } from '../sql.js';
import type { ToolRules } from '../tool.js';
import { quoteIdent } from '../tool.js';
import { seenOf } from './evidence-gate.js';
import type { Located } from './migration-groups.js';
import { statementsOf } from './migration-groups.js';
import { namesIn, resolved } from './relation-names.js';

/** A column of rows that are there already, for which the migration demands a value. */
export interface FillTarget {
  /** Quoted, with the schema that it stands in. */
  readonly table: string;
  /** "public.media": for words. */
  readonly tableName: string;
  /** "column public.media.owner", as the catalog has it. */
  readonly columnKey: string;
  readonly column: string;
  /** `added`: by this migration, NOT NULL at once. `set`: SET NOT NULL on a column that is there. */
  readonly how: 'added' | 'set';
  /** The statement that demands it, from 1. */
  readonly statement: number;
  /** What the operator's rule says: one SQL expression. */
  readonly rule: string;
}

export interface Taken {
  readonly statements: readonly (Located & { readonly demands: Demands })[];
  readonly targets: readonly FillTarget[];
}

/**
 * What a migration demands of rows, with the rule for each column.
 * @throws UserError when it demands nothing, or a rule is missing or no expression
 */
export function takenApart(
  tool: ToolRules,
  parser: SqlParser,
  diagnosis: Diagnosis,
  migration: Migration,
  rule: string,
): Taken {
  if (migration.file === null) return { statements: [], targets: [] };
  const names = namesIn(diagnosis, migration.id);
  const statements = statementsOf(tool, parser, migration.file).map((one) => ({
    ...one,
    demands: resolved(parser.demands(one.text), names),
  }));
  const made = new Set(statements.flatMap(({ demands }) => nameOf(demands.creates) ?? []));
  const open = statements.flatMap(({ demands, number, text }) => {
    const { relation } = demands;
    const tableName = nameOf(relation);
    if (relation === null || tableName === null || made.has(tableName)) return [];
    return demands.columns
      .filter(({ how }) => how === 'added' || wants(diagnosis, migration.id, text))
      .map(({ name, how }) => ({
        table: quoted(relation),
        tableName,
        columnKey: names.columnKey(relation, name),
        column: name,
        how,
        statement: number,
      }));
  });
  // A column that is added here and set NOT NULL further down is one column.
  const targets = open.filter(
    (one, index) =>
      open.findIndex((other) => other.table === one.table && other.column === one.column) === index,
  );
  if (targets.length === 0) {
    throw new UserError(`${migration.id} demands no value of rows that are there already.`, [
      `Run it as it is: pgmedic plan apply-manually ${migration.id}`,
    ]);
  }
  return { statements, targets: withRules(parser, migration.id, targets, rule.trim()) };
}

type Ruleless = Omit<FillTarget, 'rule'>;

function withRules(
  parser: SqlParser,
  id: string,
  targets: readonly Ruleless[],
  rule: string,
): readonly FillTarget[] {
  const names = targets.map((one) => `${one.tableName}.${one.column}`);
  if (rule === '') {
    const example =
      targets.length === 1
        ? "--set rule='(SELECT id FROM users ORDER BY id LIMIT 1)'"
        : `--set rule="${targets.map(({ column }) => `${column} = ...`).join(', ')}"`;
    throw new UserError(
      `${id} demands a value in ${names.join(' and ')} for rows that are there. What is to stand there?`,
      [`Say it as an SQL expression: ${example}`],
    );
  }
  const [only, second] = targets;
  if (only !== undefined && second === undefined) {
    const problem = parser.notAnExpression(rule);
    if (problem !== null) throw noRule(rule, problem);
    return [{ ...only, rule }];
  }
  const assigned = parser.assignments(rule);
  if (typeof assigned === 'string') throw noRule(rule, assigned, names);
  return targets.map((one) => {
    const found = ruleFor(assigned, one);
    if (found === undefined) throw noRule(rule, `it says nothing of ${one.column}`, names);
    return { ...one, rule: found };
  });
}

function ruleFor(assigned: Assignments, { column, tableName }: Ruleless): string | undefined {
  const table = tableName.split('.').at(-1) ?? '';
  return assigned[`${tableName}.${column}`] ?? assigned[`${table}.${column}`] ?? assigned[column];
}

function noRule(rule: string, problem: string, names: readonly string[] = []): UserError {
  const form =
    names.length === 0
      ? 'Give one SQL expression for one value, such as COALESCE(owner_id, 1).'
      : `Give an expression for each of ${names.join(', ')}: column = expression, column = expression.`;
  return new UserError(`The rule "${rule}" cannot be used: ${problem}.`, [form]);
}

/** SET NOT NULL counts where it is what the rehearsal stops at; where nothing was rehearsed, always. */
function wants({ facts }: Diagnosis, id: string, text: string): boolean {
  const failure = facts.schema.state === 'read' ? facts.schema.rehearsal?.failure : null;
  if (failure == null || failure.migration !== id) return true;
  return failure.code !== 'will-fail-not-null' || failure.statement.trim() === text.trim();
}

/** "public.media"; without its schema where that is not known. */
export function nameOf(relation: RelationName | null): string | null {
  if (relation === null) return null;
  return relation.schema === null ? relation.name : `${relation.schema}.${relation.name}`;
}

export function quoted({ schema, name }: RelationName): string {
  return schema === null ? quoteIdent(name) : `${quoteIdent(schema)}.${quoteIdent(name)}`;
}

/** Whether the column is there; null where the schema was not read. */
export function isThere(diagnosis: Diagnosis, target: FillTarget): boolean | null {
  return seenOf(diagnosis)?.has(target.columnKey) ?? null;
}
