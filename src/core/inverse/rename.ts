import type { CatalogObject } from '../catalog.js';
import type { Renaming } from '../sql.js';
import {
  identsOf,
  keyName,
  listed,
  nameOf,
  ownName,
  quoted,
  relationOf,
  unquoted,
} from './names.js';
import { isOfDomain } from './order.js';
import type { Delta } from './states.js';

/** A name that is another one since: of a schema, a relation or type, or a column. Quoted, from the left. */
export interface Moved {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export interface NameBack {
  readonly sql: string;
  readonly moved: Moved | null;
}

/**
 * The statement that gives back a name, or a schema; null where the catalog does not show what was renamed.
 * A renaming does nothing else, so all other changes of the statement go back with it.
 */
export function nameBack(renaming: Renaming, deltas: readonly Delta[]): NameBack | null {
  if (renaming.type === 'enum value') return labelBack(renaming, deltas);
  if (renaming.type === 'attribute') return attributeBack(renaming, deltas);
  const gone = deltas.filter(({ now }) => now === null).flatMap(({ prior }) => prior ?? []);
  const made = deltas.filter(({ prior }) => prior === null).flatMap(({ now }) => now ?? []);
  if (renaming.type === 'schema of') return schemaBack(renaming, gone, made, deltas);
  const found: NameBack[] = [];
  for (const is of made.filter(isNamed)) {
    if (unquoted(ownName(is)) !== renaming.to) continue;
    // ALTER INDEX renames the constraint that the index is behind as well.
    const isPart = PART.has(is.kind) && is.kind !== 'constraint';
    if (isPart && renaming.type !== 'part') continue;
    if (!PART.has(is.kind) && renaming.type === 'part') continue;
    if (renaming.type === 'part' && unquoted(identsOf(nameOf(is))[1] ?? '') !== renaming.of)
      continue;
    const was = gone.find(
      (other) =>
        other.kind === is.kind &&
        unquoted(ownName(other)) === renaming.from &&
        sameTail(is, other) &&
        samePlace(is, other),
    );
    if (was !== undefined) found.push(renamed(is, was));
  }
  if (found.length > 0) return found[0] ?? null;
  return columnOfView(renaming, deltas);
}

const PART = new Set(['column', 'constraint', 'trigger', 'policy', 'rule']);

const isNamed = ({ kind }: CatalogObject): boolean =>
  !['comment', 'grant', 'default privilege'].includes(kind);

/** Arguments stay. */
function sameTail(a: CatalogObject, b: CatalogObject): boolean {
  const tail = (object: CatalogObject): string =>
    nameOf(object).slice(identsOf(nameOf(object)).join('.').length);
  return tail(a) === tail(b);
}

function samePlace(a: CatalogObject, b: CatalogObject): boolean {
  const place = (object: CatalogObject): string => identsOf(nameOf(object)).slice(0, -1).join('.');
  return place(a) === place(b);
}

function renamed(is: CatalogObject, was: CatalogObject): NameBack {
  const to = ownName(was);
  const { noun, name } = keyName(is.key);
  const moved = { from: identsOf(nameOf(was)), to: identsOf(nameOf(is)) };
  const part = ownName(is);
  switch (is.kind) {
    case 'column':
      return { sql: `ALTER TABLE ${relationOf(is)} RENAME COLUMN ${part} TO ${to}`, moved };
    case 'constraint': {
      const of = isOfDomain(is) ? 'DOMAIN' : 'TABLE';
      return {
        sql: `ALTER ${of} ${relationOf(is)} RENAME CONSTRAINT ${part} TO ${to}`,
        moved: null,
      };
    }
    case 'trigger':
    case 'policy':
    case 'rule':
      return { sql: `ALTER ${noun} ${part} ON ${relationOf(is)} RENAME TO ${to}`, moved: null };
    default: {
      const tells = [
        'schema',
        'table',
        'sequence',
        'foreign table',
        'enum',
        'domain',
        'type',
        'view',
        'materialized view',
      ].includes(is.kind);
      return { sql: `ALTER ${noun} ${name} RENAME TO ${to}`, moved: tells ? moved : null };
    }
  }
}

/** SET SCHEMA: of an extension what is its own moves unseen. */
function schemaBack(
  { from: name, to }: Renaming,
  gone: readonly CatalogObject[],
  made: readonly CatalogObject[],
  deltas: readonly Delta[],
): NameBack | null {
  for (const is of made.filter((object) => isNamed(object) && !PART.has(object.kind))) {
    const idents = identsOf(nameOf(is));
    if (unquoted(idents.at(-1) ?? '') !== name || is.schema !== to) continue;
    const was = gone.find(
      (other) =>
        other.kind === is.kind &&
        sameTail(is, other) &&
        identsOf(nameOf(other)).at(-1) === idents.at(-1),
    );
    if (was === undefined) continue;
    const { noun, name: full } = keyName(is.key);
    const back = identsOf(nameOf(was));
    return {
      sql: `ALTER ${noun} ${full} SET SCHEMA ${back[0]}`,
      moved: { from: back, to: idents },
    };
  }
  const extension = deltas.find(
    ({ now, prior }) =>
      now?.kind === 'extension' && prior !== null && unquoted(nameOf(now)) === name,
  );
  if (extension?.now && extension.prior) {
    return {
      sql: `ALTER EXTENSION ${nameOf(extension.now)} SET SCHEMA ${extension.prior.parts['schema']}`,
      moved: null,
    };
  }
  return null;
}

function labelBack({ of, from, to }: Renaming, deltas: readonly Delta[]): NameBack | null {
  const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const labels = (object: CatalogObject | null): readonly string[] =>
    listed(object?.parts['values'] ?? '');
  const found = deltas.find(
    ({ now, prior }) =>
      now?.kind === 'enum' &&
      unquoted(ownName(now)) === of &&
      prior !== null &&
      labels(now).includes(literal(to)) &&
      labels(prior).includes(literal(from)),
  );
  if (found === undefined) return null;
  return {
    sql: `ALTER TYPE ${keyName(found.key).name} RENAME VALUE ${literal(to)} TO ${literal(from)}`,
    moved: null,
  };
}

function attributeBack({ of, from, to }: Renaming, deltas: readonly Delta[]): NameBack | null {
  const found = deltas.find(
    ({ now, prior }) => now?.kind === 'type' && unquoted(ownName(now)) === of && prior !== null,
  );
  if (found === undefined) return null;
  return {
    sql: `ALTER TYPE ${keyName(found.key).name} RENAME ATTRIBUTE ${quoted(to)} TO ${quoted(from)}`,
    moved: null,
  };
}

/** A view's columns are in its definition alone. */
function columnOfView({ type, of, from, to }: Renaming, deltas: readonly Delta[]): NameBack | null {
  if (type !== 'part') return null;
  const views = deltas.filter(
    ({ now, prior }) =>
      prior !== null && now !== null && now.kind.endsWith('view') && unquoted(ownName(now)) === of,
  );
  const [only] = views;
  if (only === undefined || views.length > 1) return null;
  const { noun, name } = keyName(only.key);
  return {
    sql: `ALTER ${noun} ${name} RENAME COLUMN ${quoted(to)} TO ${quoted(from)}`,
    moved: null,
  };
}
