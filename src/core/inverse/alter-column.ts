import type { CatalogObject } from '../catalog.js';
import { afterwards } from './create-table.js';
import { castBack } from './losses-cast.js';
import { listed, ownName, relationOf, unquoted } from './names.js';
import { rebuild, rebuildOn } from './rebuild.js';
import type { Draft, Step } from './step.js';

/** Brings a column that stayed back to its definition before, part by part. */
export function alterColumn(
  now: CatalogObject,
  prior: CatalogObject,
  step: Step,
  draft: Draft,
): void {
  if (isInherited(prior, step)) return;
  const [from, to] = [now.parts, prior.parts];
  const alter = (what: string): string =>
    `ALTER TABLE ${relationOf(now)} ALTER COLUMN ${ownName(now)} ${what}`;
  if (to['foreign options'] !== from['foreign options']) {
    draft.refused.push(`the options of ${now.key} at its foreign server are not taken back`);
  }
  const retyped = to['type'] !== from['type'] || to['collation'] !== from['collation'];
  if (to['generated'] !== from['generated'] || to['generation'] !== from['generation']) {
    const expression = to['generated'];
    if (
      expression !== undefined &&
      from['generated'] !== undefined &&
      to['generation'] === from['generation'] &&
      !retyped
    ) {
      draft.alters.push(alter(`SET EXPRESSION AS (${expression})`));
    } else if (expression === undefined) {
      draft.refused.push(`${now.key} was no generated column before, and what stood in it is gone`);
      return;
    } else {
      // What it generates, and all that stands on it, is made anew.
      rebuildOn(now, step, draft);
      rebuild(now.key, step, draft);
      return;
    }
  }
  const sql = draft.alters;
  if (from['identity'] !== undefined && to['identity'] === undefined)
    sql.push(alter('DROP IDENTITY'));
  let standing = from['default'];
  if (retyped) {
    if (standing !== undefined) sql.push(alter('DROP DEFAULT'));
    standing = undefined;
    const collation = to['collation'] === undefined ? '' : ` COLLATE ${to['collation']}`;
    const using = to['generated'] === undefined ? ` USING ${castBack(now, prior)}` : '';
    sql.push(alter(`TYPE ${to['type']}${collation}${using}`));
  }
  if (to['nullable'] !== from['nullable'] && to['nullable'] === 'false')
    sql.push(alter('SET NOT NULL'));
  if (standing !== to['default'] && to['default'] === undefined) sql.push(alter('DROP DEFAULT'));
  if (standing !== to['default'] && to['default'] !== undefined)
    sql.push(alter(`SET DEFAULT ${to['default']}`));
  identity(now, prior, alter, draft);
  if (to['nullable'] !== from['nullable'] && to['nullable'] !== 'false')
    sql.push(alter('DROP NOT NULL'));
  sql.push(...afterwards(prior, from));
}

function identity(
  now: CatalogObject,
  prior: CatalogObject,
  alter: (what: string) => string,
  draft: Draft,
): void {
  const [from, to] = [now.parts['identity'], prior.parts['identity']];
  const [had, options] = [now.parts['identity options'], prior.parts['identity options']];
  if (to === undefined) return;
  if (from === undefined) {
    const table = relationOf(now);
    const column = ownName(now);
    draft.alters.push(
      alter(
        `ADD GENERATED ${to.toUpperCase()} AS IDENTITY${options === undefined ? '' : ` (${options})`}`,
      ),
      // Behind what is there, or it would give numbers that are taken.
      `SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('${table.replaceAll("'", "''")}', '${unquoted(column).replaceAll("'", "''")}')::pg_catalog.regclass, (SELECT pg_catalog.max(${column}) FROM ${table}))`,
    );
    return;
  }
  if (from !== to) draft.alters.push(alter(`SET GENERATED ${to.toUpperCase()}`));
  if (had !== options) draft.alters.push(alter(settings(had ?? '', options ?? '')));
}

const OPTIONS = /(START WITH|INCREMENT BY|MINVALUE|MAXVALUE|CACHE) (-?\d+)|CYCLE/g;
const USUAL: Readonly<Record<string, string>> = {
  'INCREMENT BY': 'INCREMENT BY 1',
  MINVALUE: 'NO MINVALUE',
  MAXVALUE: 'NO MAXVALUE',
  CACHE: 'CACHE 1',
  CYCLE: 'NO CYCLE',
};

/** Of an identity's sequence: what is not told is as usual, and it starts where its range does. */
function settings(from: string, to: string): string {
  const read = (text: string): Map<string, string> =>
    new Map([...text.matchAll(OPTIONS)].map(([all, name, value]) => [name ?? all, value ?? '']));
  const [had, wanted] = [read(from), read(to)];
  const names = ['INCREMENT BY', 'MINVALUE', 'MAXVALUE', 'CACHE', 'CYCLE'].filter(
    (name) => had.has(name) || wanted.has(name),
  );
  const sets = names.map((name) =>
    wanted.has(name) ? `SET ${name} ${wanted.get(name)}`.trim() : `SET ${USUAL[name]}`,
  );
  const descends = (wanted.get('INCREMENT BY') ?? '1').startsWith('-');
  const start =
    wanted.get('START WITH') ??
    (descends ? (wanted.get('MAXVALUE') ?? '-1') : (wanted.get('MINVALUE') ?? '1'));
  return [...sets, `SET START WITH ${start}`].join(' ');
}

/** What is done to the table it inherits from is done to it. */
function isInherited(column: CatalogObject, { prior, deltas }: Step): boolean {
  const table = prior.get(column.parent ?? '');
  return listed(table?.parts['inherits'] ?? '').some((parent) =>
    deltas.some(({ key }) => key === `column ${parent}.${ownName(column)}`),
  );
}
