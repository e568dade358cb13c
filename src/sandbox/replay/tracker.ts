import type { CatalogObject, ObjectKind } from '../../core/catalog.js';
import type { Change } from '../../core/replay.js';

/** A row of the catalog as src/postgres/catalog gives it, with the owner it was read for. */
export interface OwnedRow {
  readonly owner: string;
  readonly key: string;
  readonly kind: ObjectKind;
  readonly schema: string | null;
  readonly parent: string | null;
  readonly parts: Readonly<Record<string, string>>;
  /** Of a column. */
  readonly position: number | null;
}

/** What stands in the catalog after a statement, as far as it was read. */
export interface Taken {
  /** The owners that were read; null: all there are. */
  readonly owners: readonly string[] | null;
  /** Keys of indexes and statistics that are gone: nothing says any more on which table they were. */
  readonly gone: readonly string[];
  readonly rows: readonly OwnedRow[];
}

/**
 * The catalog of the replay's database as known after each statement, by owner (a table with its
 * columns, constraints and indexes; a function; ...). Each thing is held once, however many statements name it.
 */
export interface Tracker {
  /** Takes in what was read and gives what is different from before. */
  apply(taken: Taken): Change[];
  /** What is known now, by key. */
  objects(): ReadonlyMap<string, CatalogObject>;
}

interface Known {
  readonly owner: string;
  readonly object: CatalogObject;
}

export function newTracker(): Tracker {
  const byKey = new Map<string, Known>();
  const byOwner = new Map<string, Set<string>>();

  const forget = (key: string): void => {
    const owner = byKey.get(key)?.owner;
    if (owner === undefined) return;
    byKey.delete(key);
    const keys = byOwner.get(owner);
    keys?.delete(key);
    if (keys?.size === 0) byOwner.delete(owner);
  };

  const remember = (owner: string, object: CatalogObject): void => {
    // After a re-creation the same key may stand under another owner.
    forget(object.key);
    byKey.set(object.key, { owner, object });
    const keys = byOwner.get(owner);
    if (keys === undefined) byOwner.set(owner, new Set([object.key]));
    else keys.add(object.key);
  };

  /** An index, and what goes with it (its comment). */
  const withChildren = (key: string): string[] => {
    const owner = byKey.get(key)?.owner;
    if (owner === undefined) return [];
    const keys = [...(byOwner.get(owner) ?? [])];
    return keys.filter((other) => other === key || byKey.get(other)?.object.parent === key);
  };

  const apply = ({ owners, gone, rows }: Taken): Change[] => {
    const changes: Change[] = [];
    const read = new Set(rows.map(({ key }) => key));
    const before =
      owners === null
        ? [...byKey.keys()]
        : [
            ...owners.flatMap((owner) => [...(byOwner.get(owner) ?? [])]),
            ...gone.flatMap(withChildren),
          ];
    for (const key of new Set(before)) {
      if (read.has(key)) continue;
      forget(key);
      changes.push({ type: 'drop', key });
    }
    for (const { owner, position, ...rest } of rows) {
      const object = position === null ? rest : { ...rest, position };
      const known = byKey.get(object.key);
      if (known !== undefined && isSame(known.object, object)) {
        if (known.owner !== owner) remember(owner, known.object);
        continue;
      }
      remember(owner, object);
      changes.push({ type: 'set', object });
    }
    return changes;
  };

  return {
    apply,
    objects: () => new Map([...byKey].map(([key, { object }]) => [key, object])),
  };
}

function isSame(a: CatalogObject, b: CatalogObject): boolean {
  if (a.kind !== b.kind || a.parent !== b.parent || a.schema !== b.schema) return false;
  const names = Object.keys(a.parts);
  if (names.length !== Object.keys(b.parts).length) return false;
  return names.every((name) => a.parts[name] === b.parts[name]);
}
