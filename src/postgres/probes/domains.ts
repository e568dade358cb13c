import { quoteIdent } from '../../core/tool.js';
import { nameParts } from '../statement-tree.js';
import type { Node } from '../write-kinds.js';
import { asTheyAre, countWhere, evaluate, from, probe, shown, type Rows } from './rows.js';
import { named, tableNamed, type ProbeDomain, type ProbeSchema } from './schema.js';
import { behind, cut, find, sourceOf, tokenAt, type Source } from './text.js';
import { locationOf, textOf } from './tree.js';
import type { PlannedProbe } from './types.js';

/** Values of a column that are to be of the domain. */
export function domainProbe(
  schema: ProbeSchema,
  rows: Rows,
  only: boolean,
  column: string,
  domain: ProbeDomain,
): readonly PlannedProbe[] {
  const [check] = domain.checks;
  if (!domain.notNull && check === undefined) return [];
  const failure = domain.notNull
    ? { sqlstate: '23502', message: `domain ${domain.name} does not allow null values` }
    : {
        sqlstate: '23514',
        message: `value for domain ${domain.name} violates check constraint "${check?.name ?? ''}"`,
      };
  return [
    probe(schema, rows.table, {
      ...failure,
      question: `rows of ${shown(rows.table)} whose ${column} is not a ${domain.schema}.${domain.name}`,
      sql: evaluate(rows, only, quoteIdent(column), null),
      code: domain.notNull ? 'will-fail-not-null' : 'will-fail-other',
    }),
  ];
}

/** ALTER DOMAIN: each column of the domain, and of domains over it. */
export function alterDomainProbes(
  schema: ProbeSchema,
  source: Source,
  node: Node,
): readonly PlannedProbe[] {
  const parts = nameParts(node['typeName']);
  const domain = named(
    schema,
    schema.domains,
    parts.length > 1 ? (parts[0] ?? null) : null,
    (item, s) => item.schema === s && item.name === parts.at(-1),
  );
  if (domain === null) return [];
  const constraint = (node['def'] as Node | undefined)?.['Constraint'] as Node | undefined;
  if (constraint?.['skip_validation'] === true) return [];
  const condition = conditionOf(domain, source, node, constraint);
  const asksNulls = node['subtype'] === 'O' || constraint?.['contype'] === 'CONSTR_NOTNULL';
  if (condition === null && !asksNulls) return [];
  return domain.columns.flatMap(({ column, ...place }) => {
    const table = tableNamed(schema, place.schema, place.table);
    if (table === null) return [];
    const rows = asTheyAre(table);
    const name = quoteIdent(column);
    if (condition === null) {
      return [
        probe(schema, table, {
          question: `rows of ${shown(table)} whose ${column} is null`,
          sql: countWhere(rows, true, `${name} IS NULL`),
          code: 'will-fail-not-null',
          sqlstate: '23502',
          message: `column "${column}" of table "${table.table}" contains null values`,
        }),
      ];
    }
    return [
      probe(schema, table, {
        question: `rows of ${shown(table)} whose ${column} does not meet ${condition}`,
        sql: `SELECT count(*) FILTER (WHERE ${condition} IS FALSE) AS bad, count(*) AS total, NULL AS relation FROM (SELECT CAST(${name} AS ${domain.base}) AS value FROM ${from(rows, true)}) AS each`,
        code: 'will-fail-other',
        sqlstate: '23514',
        message: `column "${column}" of table "${table.table}" contains values that violate the new constraint`,
      }),
    ];
  });
}

/** The CHECK expression in its brackets; null: there is none. */
function conditionOf(
  domain: ProbeDomain,
  source: Source,
  node: Node,
  constraint: Node | undefined,
): string | null {
  if (node['subtype'] === 'V') {
    const found = domain.checks.find(({ name }) => name === textOf(node['name']));
    return found === undefined || found.validated ? null : inCheck(sourceOf(found.definition), 0);
  }
  if (node['subtype'] !== 'C' || constraint?.['contype'] !== 'CONSTR_CHECK') return null;
  return inCheck(source, tokenAt(source, locationOf(constraint)));
}

function inCheck(source: Source, first: number): string {
  const open = find(source, find(source, first, 'CHECK'), '(');
  return cut(source, open, behind(source, open));
}
