import type { CatalogObject } from '../catalog.js';
import { listed, nameOf, ownName, relationOf, says, saysOf } from './names.js';
import { giveWay, rebuildOn } from './rebuild.js';
import { beneath } from './states.js';
import type { Draft, Step } from './step.js';

/** What the type with the label is called while its columns become the one without. */
const AWAY = 'pgmedic_going';

/** An enum with other values: there is no DROP VALUE, so the type is made anew, and every column of it cast. */
export function rebuildEnum(
  now: CatalogObject,
  prior: CatalogObject,
  step: Step,
  draft: Draft,
): void {
  const name = nameOf(now);
  const renamed = labelsRenamed(now, prior, step);
  if (renamed !== null) {
    for (const [is, was] of renamed)
      draft.first.push(`ALTER TYPE ${name} RENAME VALUE ${is} TO ${was}`);
    return;
  }
  const away = `${relationSchema(name)}.${AWAY}`;
  const columns = [...step.now.values()].filter(
    (object) => object.kind === 'column' && isOf(object.parts['type'] ?? '', name),
  );
  for (const object of step.now.values()) {
    if (object.kind === 'column' || object.key === now.key) continue;
    if (
      ['function', 'procedure', 'aggregate', 'domain', 'type', 'cast', 'operator'].includes(
        object.kind,
      )
    ) {
      if (says(object.key, name) || signature(object).some((text) => says(text, name))) {
        draft.refused.push(
          `${object.key} uses ${now.key}, which loses a value only by being made anew`,
        );
      }
    } else if (saysOf(object, name)) giveWay(object, step, draft);
  }
  for (const column of columns) {
    if (!inherits(column, step)) rebuildOn(column, step, draft);
  }
  draft.alters.push(
    `ALTER TYPE ${name} RENAME TO ${AWAY}`,
    `CREATE TYPE ${name} AS ENUM (${prior.parts['values'] ?? ''})`,
  );
  for (const column of columns) {
    if (inherits(column, step)) continue;
    const { type = '', default: standing } = column.parts;
    const alter = `ALTER TABLE ${relationOf(column)} ALTER COLUMN ${ownName(column)}`;
    if (standing !== undefined) draft.alters.push(`${alter} DROP DEFAULT`);
    const text = `pg_catalog.text${type.endsWith('[]') ? '[]' : ''}`;
    draft.alters.push(`${alter} TYPE ${type} USING ${ownName(column)}::${text}::${type}`);
    const was = step.prior.get(column.key)?.parts['default'];
    if (was !== undefined) draft.alters.push(`${alter} SET DEFAULT ${was}`);
  }
  draft.alters.push(`DROP TYPE ${away}`);
  // Comments and rights were the old one's.
  for (const child of beneath(step.prior, [now.key])) draft.makes.set(child.key, child);
  count(now, prior, columns, step, draft);
}

const labels = (object: CatalogObject): readonly string[] => listed(object.parts['values'] ?? '');

/** A block that says RENAME VALUE, and whose labels are others in the same places; null: no such thing. */
function labelsRenamed(
  now: CatalogObject,
  prior: CatalogObject,
  { text }: Step,
): readonly (readonly [string, string])[] | null {
  const [is, was] = [labels(now), labels(prior)];
  if (is.length !== was.length || !/\brename\s+value\b/i.test(text)) return null;
  const pairs = is.flatMap((label, index) =>
    label === was[index] ? [] : [[label, was[index] ?? ''] as const],
  );
  return pairs.some(([label]) => was.includes(label)) ? null : pairs;
}

function relationSchema(name: string): string {
  return relationOf({ key: `type ${name}` }).replace(/\.(?:"(?:[^"]|"")*"|[^".]+)$/, '');
}

function isOf(type: string, name: string): boolean {
  return type === name || type === `${name}[]`;
}

/** A body in text may name what it likes; what is kept parsed may not. */
function signature({ parts }: CatalogObject): string[] {
  const { body = '', language, ...rest } = parts;
  const parsed = language === 'sql' && /^(?:BEGIN ATOMIC|RETURN )/.test(body);
  return [...Object.values(rest), ...(parsed ? [body] : [])];
}

function inherits(column: CatalogObject, { now }: Step): boolean {
  const table = now.get(column.parent ?? '');
  return listed(table?.parts['inherits'] ?? '').some((parent) =>
    now.has(`column ${parent}.${ownName(column)}`),
  );
}

function count(
  now: CatalogObject,
  prior: CatalogObject,
  columns: readonly CatalogObject[],
  { live }: Step,
  draft: Draft,
): void {
  const kept = new Set(labels(prior));
  const gone = labels(now).filter((label) => !kept.has(label));
  if (gone.length === 0) return;
  for (const column of columns) {
    const table = live.table(relationOf(column));
    const name = live.column(relationOf(column), ownName(column));
    if (table === null || name === null) continue;
    const isArray = (column.parts['type'] ?? '').endsWith('[]');
    const where = isArray
      ? `${name}::pg_catalog.text[] && ARRAY[${gone.join(', ')}]`
      : `${name}::pg_catalog.text IN (${gone.join(', ')})`;
    draft.losses.push({
      type: 'stops',
      what: `rows of ${table} with ${gone.join(', ')} in ${name}, which ${now.key} does not have then`,
      count: `SELECT pg_catalog.count(*) FROM ${table} WHERE ${where}`,
      rows: `SELECT * FROM ${table} WHERE ${where}`,
    });
  }
}
