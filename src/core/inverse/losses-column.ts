import type { CatalogObject } from '../catalog.js';
import { castBack, isAlike } from './losses-cast.js';
import { withKey } from './losses.js';
import { ownName, relationOf } from './names.js';
import type { Draft, Step } from './step.js';

/** What the rows that are there may refuse, or lose, when a column becomes what it was. */
export function lossOfColumn(
  now: CatalogObject,
  prior: CatalogObject,
  step: Step,
): Draft['losses'] {
  const { live } = step;
  const table = live.table(relationOf(now));
  const name = live.column(relationOf(now), ownName(now));
  if (table === null || name === null) return [];
  const losses =
    now.parts['generated'] === undefined ? ofType(now, prior, { table, name, step }) : [];
  if (now.parts['nullable'] === 'true' && prior.parts['nullable'] === 'false') {
    const from = `FROM ${table} WHERE ${name} IS NULL`;
    const what = `rows of ${table} without ${name}, which may not be empty then`;
    losses.push({
      type: 'stops',
      what,
      count: `SELECT pg_catalog.count(*) ${from}`,
      rows: `SELECT * ${from}`,
    });
  }
  return losses;
}

interface Place {
  readonly table: string;
  readonly name: string;
  readonly step: Step;
}

function ofType(
  now: CatalogObject,
  prior: CatalogObject,
  { table, name, step }: Place,
): Draft['losses'] {
  const [from = '', to = ''] = [now.parts['type'], prior.parts['type']];
  if (from === to || widens(from, to)) return [];
  const select = withKey(now, name, step);
  const entry = (type: 'goes' | 'stops', what: string, where: string): Draft['losses'][number] => {
    const rest = `FROM ${table} WHERE ${name} IS NOT NULL AND ${where}`;
    return {
      type,
      what,
      count: `SELECT pg_catalog.count(*) ${rest}`,
      rows: `SELECT ${select} ${rest}`,
      table,
    };
  };
  const fits = fitting(name, to, step);
  // Rather all of them than one too few.
  if (fits === null)
    return [entry('goes', `values of ${table}.${name} that may not fit ${to}`, 'true')];
  const refused = entry('stops', `values of ${table}.${name} that do not fit ${to}`, `NOT ${fits}`);
  // Only what has a cast both ways can be held against itself.
  if (step.live.type(table, name) !== from || !isAlike(from, to)) return [refused];
  const back = castBack({ ...now, key: `column ${table}.${name}` }, prior);
  const changes = `(${back})::${from}::pg_catalog.text IS DISTINCT FROM ${name}::${from}::pg_catalog.text`;
  return [
    refused,
    entry(
      'goes',
      `values of ${table}.${name} that are other ones as ${to}`,
      `CASE WHEN ${fits} THEN ${changes} ELSE false END`,
    ),
  ];
}

/** A condition that holds where the value is one of the type; null where this server cannot tell without an error. */
function fitting(name: string, to: string, { prior, version }: Step): string | null {
  const array = to.endsWith('[]');
  const labels = prior.get(`enum ${array ? to.slice(0, -2) : to}`)?.parts['values'];
  if (labels !== undefined) {
    return array
      ? `(${name}::pg_catalog.text[] <@ ARRAY[${labels}])`
      : `(${name}::pg_catalog.text IN (${labels}))`;
  }
  if (!isBuiltIn(to) || version < 160000) return null;
  return `pg_catalog.pg_input_is_valid(${name}::pg_catalog.text, '${to.replaceAll("'", "''")}')`;
}

/** Those of pg_catalog are printed without a schema. */
function isBuiltIn(type: string): boolean {
  return !type.replace(/\(.*\)/, '').includes('.');
}

/** Every value of the one is a value of the other. */
function widens(from: string, to: string): boolean {
  const order = ['smallint', 'integer', 'bigint', 'numeric'];
  const [a, b] = [order.indexOf(from), order.indexOf(to)];
  return to === 'text' || (a >= 0 && b > a);
}
