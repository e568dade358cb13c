import type { CatalogObject, ObjectKind } from '../catalog.js';
import type { Replay } from '../replay.js';

/** Where a statement stands among all statements of all migrations, from 0; -1 is before the first. */
export type Position = number;

type Parts = CatalogObject['parts'];

/** One object through all migrations. */
export interface Timeline {
  readonly key: string;
  readonly kind: ObjectKind;
  readonly schema: string | null;
  /** The last one: an index stays the same when its table is renamed. */
  readonly parent: string | null;
  /** In order; the first is how it was before the first migration. */
  readonly states: readonly TimelineState[];
}

export interface TimelineState {
  readonly at: Position;
  /** Null: it is not there. */
  readonly parts: Parts | null;
  readonly parent: string | null;
}

/** Every object that the replay ever saw, by key. */
export function timelinesOf(replay: Replay): ReadonlyMap<string, Timeline> {
  const timelines = new Map<string, Timeline & { states: TimelineState[] }>();
  const put = (object: CatalogObject, at: Position): void => {
    const { key, kind, schema, parent, parts } = object;
    const before = at < 0 ? [] : [{ at: -1, parts: null, parent }];
    const states = timelines.get(key)?.states ?? before;
    states.push({ at, parts, parent });
    timelines.set(key, { key, kind, schema, parent, states });
  };
  for (const object of replay.base) put(object, -1);
  let at = 0;
  for (const migration of replay.migrations) {
    for (const statement of migration.statements) {
      for (const change of statement.changes) {
        if (change.type === 'set') put(change.object, at);
        else timelines.get(change.key)?.states.push({ at, parts: null, parent: null });
      }
      at++;
    }
  }
  return timelines;
}
