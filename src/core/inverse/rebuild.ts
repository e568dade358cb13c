import type { CatalogObject } from '../catalog.js';
import { listed, nameOf, ownName, relationOf, says, saysOf } from './names.js';
import { beneath } from './states.js';
import type { Draft, Step } from './step.js';

/** Drops an object and makes it anew, with what stands on it and the views that read it. */
export function rebuild(key: string, step: Step, draft: Draft): void {
  const { now, prior } = step;
  const [is, was] = [now.get(key), prior.get(key)];
  if (draft.drops.has(key) && (draft.makes.has(key) || was === undefined)) return;
  if (is !== undefined) draft.drops.set(key, is);
  if (was !== undefined) draft.makes.set(key, was);
  for (const child of beneath(prior, [key])) draft.makes.set(child.key, child);
  if (is === undefined) return;
  if (is.kind === 'view' || is.kind === 'materialized view') {
    for (const view of readersOf(nameOf(is), step)) rebuild(view.key, step, draft);
  }
}

/** Views, and what else names a relation in a query of its own. */
export function readersOf(name: string, { now }: Step): CatalogObject[] {
  return [...now.values()].filter(
    (object) =>
      ['view', 'materialized view', 'rule'].includes(object.kind) &&
      saysOf(object, name) &&
      nameOf(object) !== name,
  );
}

/** What has to give way while a column becomes another: what of its table and which views have it in their definitions. */
export function rebuildOn(column: CatalogObject, step: Step, draft: Draft): void {
  const { now } = step;
  const table = relationOf(column);
  const name = ownName(column);
  for (const object of now.values()) {
    const isOn = object.parent === column.parent && object.key !== column.key;
    if (
      isOn &&
      ['constraint', 'index', 'policy', 'trigger', 'statistics', 'rule'].includes(object.kind)
    ) {
      if (saysOf(object, name)) giveWay(object, step, draft);
    } else if (isOn && object.kind === 'column' && says(object.parts['generated'] ?? '', name)) {
      draft.refused.push(
        `${object.key} is generated from ${column.key}, which has to be made anew`,
      );
    } else if (
      object.kind === 'constraint' &&
      referencedBy(object)?.table === table &&
      referencedBy(object)?.columns.includes(name) === true
    ) {
      giveWay(object, step, draft);
    } else if (
      ['view', 'materialized view', 'rule'].includes(object.kind) &&
      saysOf(object, table) &&
      saysOf(object, name)
    ) {
      giveWay(object, step, draft);
    }
  }
}

/** Rebuilt, with the foreign keys that rest on it. */
export function giveWay(object: CatalogObject, step: Step, draft: Draft): void {
  rebuild(object.key, step, draft);
  freeKey(object, step, draft, () => true);
}

/**
 * Where a key goes, the foreign keys that may rest on it give way: PostgreSQL takes any unique index over
 * their columns, and when they are made again it takes another one.
 */
export function freeKey(
  object: CatalogObject,
  step: Step,
  draft: Draft,
  mayRest: (key: string) => boolean,
): void {
  const key = uniqueKey(object);
  if (key === null) return;
  for (const other of step.now.values()) {
    const target = referencedBy(other);
    if (target?.table !== key.table || target.columns.length !== key.columns.length) continue;
    if (!target.columns.every((one) => key.columns.includes(one))) continue;
    if (step.prior.has(other.key) && mayRest(other.key)) rebuild(other.key, step, draft);
  }
}

/** What a unique index or constraint is over; null: it is none to which a foreign key may point. */
function uniqueKey(
  object: CatalogObject,
): { readonly table: string; readonly columns: readonly string[] } | null {
  const definition = object.parts['definition'] ?? '';
  if (object.kind === 'constraint') {
    if (!/^(?:PRIMARY KEY|UNIQUE)/.test(definition)) return null;
    return { table: relationOf(object), columns: keyColumns(object) };
  }
  if (object.kind !== 'index' || !definition.startsWith('CREATE UNIQUE INDEX')) return null;
  const over = definition.slice(definition.indexOf(' USING '));
  return {
    table: nameOf({ key: object.parent ?? '' }),
    columns: keyColumns({ ...object, parts: { definition: over } }),
  };
}

/** The columns of a key: "PRIMARY KEY (a, b)". */
export function keyColumns({ parts }: CatalogObject): readonly string[] {
  const definition = parts['definition'] ?? '';
  const inner = /^[^(]*\(((?:"(?:[^"]|"")*"|[^")])*)\)/.exec(definition)?.[1] ?? '';
  return listed(inner);
}

/** What a foreign key points to; null: it is none. */
export function referencedBy({
  kind,
  parts,
}: CatalogObject): { readonly table: string; readonly columns: readonly string[] } | null {
  if (kind !== 'constraint') return null;
  const found =
    /^FOREIGN KEY \((?:"(?:[^"]|"")*"|[^")])*\) REFERENCES ((?:"(?:[^"]|"")*"|[^"(])+)\(((?:"(?:[^"]|"")*"|[^")])*)\)/.exec(
      parts['definition'] ?? '',
    );
  return found === null ? null : { table: found[1] ?? '', columns: listed(found[2] ?? '') };
}
