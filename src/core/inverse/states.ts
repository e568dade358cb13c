import type { CatalogObject } from '../catalog.js';
import type { ReplayedStatement } from '../replay.js';
import type { InverseRequest, Refusal, StatementRef } from './inverse.js';

export type Catalog = ReadonlyMap<string, CatalogObject>;

/** What a statement did to one object: null is not there. */
export interface Delta {
  readonly key: string;
  readonly prior: CatalogObject | null;
  readonly now: CatalogObject | null;
}

/** An applied statement that is to be taken back, with what it changed where it really ran. */
export interface Applied {
  readonly ref: StatementRef;
  /** Among all that ran, from 0. */
  readonly at: number;
  readonly statement: ReplayedStatement;
  readonly deltas: readonly Delta[];
}

export interface States {
  /** In the order in which they ran. */
  readonly applied: readonly Applied[];
  /** What stands after all that ran, by the timelines. */
  readonly end: Catalog;
  /** By key: the last statement that stays and touched it, or something that stands on it. */
  readonly keptOn: ReadonlyMap<string, { readonly at: number; readonly ref: StatementRef }>;
  readonly refused: readonly Refusal[];
}

/** Plays what ran: what stays and what is taken back; a statement that never ran changes nothing. */
export function statesOf({ replay, applied, kept }: InverseRequest): States {
  const catalog = new Map(replay.base.map((object) => [object.key, object]));
  const taken: Applied[] = [];
  const refused: Refusal[] = [];
  const keptOn = new Map<string, { at: number; ref: StatementRef }>();
  const last = replay.migrations.findLastIndex(({ id }) => applied.has(id));
  let at = 0;
  for (const [index, { id, statements }] of replay.migrations.entries()) {
    const back = applied.get(id);
    for (const statement of statements) {
      const { number, label, changes, error } = statement;
      const ref: StatementRef = { migration: id, number, label };
      const isBack = back?.has(number) === true;
      const stays =
        kept === undefined
          ? back === undefined && index < last
          : kept.get(id)?.has(number) === true;
      if (!isBack && !stays) continue;
      at++;
      const deltas = changes.map((change): Delta => {
        const key = change.type === 'drop' ? change.key : change.object.key;
        const prior = catalog.get(key) ?? null;
        return { key, prior, now: change.type === 'drop' ? null : change.object };
      });
      for (const { key, now } of deltas) {
        if (now === null) catalog.delete(key);
        else catalog.set(key, now);
      }
      if (isBack) {
        if (error !== null && !error.redundant) {
          refused.push({
            of: ref,
            why: `${said(ref)} fails in the sandbox (${error.sqlstate} ${error.message}), so what it did is not known`,
          });
        }
        taken.push({ ref, at, statement, deltas });
      } else {
        for (const { key, now, prior } of deltas) {
          for (let up: string | null = key; up !== null; up = parentOf(catalog, up, now ?? prior)) {
            keptOn.set(up, { at, ref });
          }
        }
      }
    }
  }
  for (const id of applied.keys()) {
    const migration = replay.migrations.find((one) => one.id === id);
    if (migration === undefined || migration.unparsed !== null) {
      const ref = { migration: id, number: 1, label: 'statement' };
      refused.push({
        of: ref,
        why: `what ${id} does is not known: ${migration?.unparsed ?? 'it was not replayed'}`,
      });
    }
  }
  return { applied: taken, end: catalog, keptOn, refused };
}

/** "statement 3 (UPDATE)". */
export function said({ number, label }: StatementRef): string {
  return `statement ${number} (${label})`;
}

function parentOf(catalog: Catalog, key: string, object: CatalogObject | null): string | null {
  if (object?.key === key) return object.parent;
  return catalog.get(key)?.parent ?? null;
}

/** The catalog before the statement. */
export function before(now: Catalog, deltas: readonly Delta[]): Map<string, CatalogObject> {
  const catalog = new Map(now);
  for (const { key, prior } of deltas) {
    if (prior === null) catalog.delete(key);
    else catalog.set(key, prior);
  }
  return catalog;
}

/** What goes with these objects, whatever depth: columns, the comments on them. Not the topmost of them. */
export function beneath(catalog: Catalog, roots: Iterable<string>): CatalogObject[] {
  const within = new Set(roots);
  const known = new Map<string, boolean>();
  const isWithin = (key: string | null): boolean => {
    if (key === null) return false;
    if (within.has(key)) return true;
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    known.set(key, false);
    const found = isWithin(catalog.get(key)?.parent ?? null);
    known.set(key, found);
    return found;
  };
  return [...catalog.values()].filter(({ parent }) => isWithin(parent));
}
