import type { Node } from '../write-kinds.js';
import { addedColumn, addedProbes, type AddedColumn } from './added.js';
import { constraintProbes, existingProbes, rebuiltProbes, referringProbe } from './constraints.js';
import type { Subject } from './constraints.js';
import { nullProbe } from './nulls.js';
import { attachProbes } from './partitions.js';
import { retypedColumn, retypedProbes, type RetypedColumn } from './retyped.js';
import { asTheyAre, evaluate, probe, shown, type Rows } from './rows.js';
import { sameTable, type ProbeSchema, type ProbeTable } from './schema.js';
import { inBrackets, type Source } from './text.js';
import { nodes, tableOf, textOf } from './tree.js';
import type { PlannedProbe } from './types.js';

/** ALTER TABLE: probes for each of its commands, on the rows as the others leave them. */
export function alterProbes(
  schema: ProbeSchema,
  source: Source,
  node: Node,
): readonly PlannedProbe[] {
  const relation = node['relation'] as Node;
  const table = tableOf(schema, relation);
  if (table === null || table.kind === 'foreign') return [];
  const commands = nodes(node['cmds']).map((item) => item['AlterTableCmd'] as Node);
  const made = changesOf(schema, source, table, commands);
  const subject: Subject = { schema, source, rows: made.rows, only: relation['inh'] !== true };
  const found = [
    ...made.retyped.flatMap((column) => retypedProbes(subject, column)),
    ...made.regenerated.map((column) => regeneratedProbe(subject, column)),
    ...made.added.filter(({ stored }) => stored).map(({ name }) => regeneratedProbe(subject, name)),
    ...made.added.flatMap((column) => addedProbes(subject, column)),
    ...commands.flatMap((command) => commandProbes(subject, command)),
    ...checkedAgain(subject, [...made.retyped.map(({ name }) => name), ...made.regenerated], made),
  ];
  return inOrder(found, made.rows.replaced.size + made.rows.generated.size > 0);
}

interface Changes {
  readonly rows: Rows;
  readonly retyped: readonly RetypedColumn[];
  /** Names of columns with another generation expression. */
  readonly regenerated: readonly string[];
  readonly added: readonly AddedColumn[];
}

function changesOf(
  schema: ProbeSchema,
  source: Source,
  table: ProbeTable,
  commands: readonly Node[],
): Changes {
  const replaced = new Map<string, string>();
  const generated = new Map<string, string>();
  const retyped: RetypedColumn[] = [];
  const regenerated: string[] = [];
  const added: AddedColumn[] = [];
  for (const command of commands) {
    const name = String(command['name']);
    if (command['subtype'] === 'AT_AlterColumnType') {
      const column = retypedColumn(source, command);
      retyped.push(column);
      replaced.set(name, column.sql);
    } else if (command['subtype'] === 'AT_SetExpression') {
      const there = table.columns.find((column) => column.name === name);
      if (there === undefined || there.virtual) continue;
      generated.set(name, `CAST((${expressionOf(source, name)}) AS ${there.type})`);
      regenerated.push(name);
    } else if (command['subtype'] === 'AT_AddColumn') {
      const definition = (command['def'] as Node)['ColumnDef'] as Node;
      const there = table.columns.some((column) => column.name === definition['colname']);
      if (there && command['missing_ok'] === true) continue;
      const column = addedColumn(schema, source, definition);
      added.push(column);
      if (column.value !== null) replaced.set(column.name, column.value.sql);
      if (column.generated !== null) generated.set(column.name, column.generated);
    }
  }
  return { rows: { table, replaced, generated }, retyped, regenerated, added };
}

/** SET EXPRESSION AS (...) of the column: its command has no place in the tree. */
function expressionOf(source: Source, column: string): string {
  const at = source.tokens.findIndex(
    ({ word }, i) =>
      word === 'SET' &&
      source.tokens[i + 1]?.word === 'EXPRESSION' &&
      sameName(source.tokens[i - 1]?.word ?? '', column),
  );
  return inBrackets(source, Math.max(at, 0));
}

const sameName = (word: string, name: string): boolean =>
  word.startsWith('"')
    ? word.slice(1, -1).replaceAll('""', '"') === name
    : word.toLowerCase() === name;

function commandProbes(subject: Subject, command: Node): readonly PlannedProbe[] {
  const { schema, rows, only, source } = subject;
  const name = textOf(command['name']) ?? '';
  const definition = (command['def'] ?? {}) as Readonly<Record<string, Node>>;
  const existing = (named: unknown) => rows.table.constraints.find((one) => one.name === named);
  switch (command['subtype']) {
    case 'AT_SetNotNull':
      return [nullProbe(schema, rows, only, name)];
    case 'AT_AddConstraint':
      return constraintProbes(subject, definition['Constraint'] as Node, null);
    case 'AT_ValidateConstraint': {
      const found = existing(name);
      return found === undefined || found.validated ? [] : existingProbes(subject, found);
    }
    case 'AT_AlterConstraint': {
      const change = definition['ATAlterConstraint'] as Node;
      const found = change['is_enforced'] === true ? existing(change['conname']) : undefined;
      return found === undefined || found.validated ? [] : existingProbes(subject, found);
    }
    case 'AT_AttachPartition':
      return attachProbes(schema, source, rows.table, definition['PartitionCmd'] as Node);
    default:
      return [];
  }
}

function regeneratedProbe({ schema, rows, only }: Subject, column: string): PlannedProbe {
  const value = rows.generated.get(column) ?? 'NULL';
  return probe(schema, rows.table, {
    question: `what ${column} becomes in the rows of ${shown(rows.table)}`,
    sql: evaluate({ ...rows, generated: new Map() }, only, value, null),
    code: 'will-fail-cast',
    sqlstate: '22000',
    message: 'a value cannot be generated',
  });
}

/** Constraints and unique indexes on columns whose values change are checked again. */
function checkedAgain(
  subject: Subject,
  columns: readonly string[],
  { retyped }: Changes,
): readonly PlannedProbe[] {
  const { schema, rows, only } = subject;
  const { table } = rows;
  const changed = (names: readonly string[]): boolean => names.some((one) => columns.includes(one));
  if (columns.length === 0) return [];
  const kept = retyped.filter(({ using }) => using === null).map(({ name }) => name);
  const nulls = table.columns.filter(
    ({ name, notNull }) => notNull && columns.includes(name) && !kept.includes(name),
  );
  const constraints = table.constraints.filter(
    (one) =>
      one.validated &&
      one.type !== 'not null' &&
      one.type !== 'primary key' &&
      changed(one.columns),
  );
  const indexes = table.indexes.filter(
    (one) =>
      one.unique && changed(one.columns) && constraints.every(({ name }) => name !== one.name),
  );
  const referring = schema.tables.flatMap((other) =>
    other.constraints
      .filter(
        ({ references, referenced, validated }) =>
          validated &&
          references !== null &&
          sameTable(references, table) &&
          !sameTable(other, table) &&
          changed(referenced),
      )
      .map((one) => referringProbe(schema, asTheyAre(other), one, rows)),
  );
  return [
    ...nulls.map(({ name }) => nullProbe(schema, rows, only, name)),
    ...constraints.flatMap((one) => existingProbes(subject, one)),
    ...indexes.flatMap((one) => rebuiltProbes(subject, one)),
    ...referring,
  ];
}

/** Unique indexes are built first, unless the table is written anew; foreign keys come last. */
function inOrder(probes: readonly PlannedProbe[], rewritten: boolean): readonly PlannedProbe[] {
  const place = ({ code, sqlstate }: PlannedProbe): number => {
    if (code === 'will-fail-duplicates' || sqlstate === '23P01') return rewritten ? 4 : 0;
    if (code === 'will-fail-orphans') return 5;
    if (code === 'will-fail-cast') return 1;
    return code === 'will-fail-not-null' ? 2 : 3;
  };
  return [...probes].sort((a, b) => place(a) - place(b));
}
