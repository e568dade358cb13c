import type pg from 'pg';
import type { LockTaken, RelationSize } from '../../core/rehearsal.js';
import type { RelationSizes } from '../../postgres/read-sizes.js';

/** From the weakest on; stronger than ROW EXCLUSIVE are those after it. */
const modes = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];
const rowExclusive = modes.indexOf('RowExclusiveLock');

const words = (mode: string): string =>
  mode
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();

/**
 * What the own session holds now. Written so that it means the same under any search_path.
 * Object ids below 16384 are the system's.
 */
export const measureSql = `SELECT l.relation::pg_catalog.text AS oid, l.mode, c.relfilenode::pg_catalog.text AS file,
    pg_catalog.pg_stat_get_xact_numscans(l.relation)::pg_catalog.text AS scans,
    (pg_catalog.pg_stat_get_xact_tuples_inserted(l.relation)
      + pg_catalog.pg_stat_get_xact_tuples_updated(l.relation)
      + pg_catalog.pg_stat_get_xact_tuples_deleted(l.relation))::pg_catalog.text AS wrote
  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation
  WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid() AND l.granted
    AND l.relation >= 16384 AND l.mode <> 'AccessShareLock' AND l.mode <> 'RowShareLock'`;

/** A row of `measureSql`. */
export interface Held {
  readonly oid: string;
  readonly mode: string;
  readonly file: string | null;
  /** Sequential scans of it that this transaction has begun. */
  readonly scans: string | null;
  /** Rows of it that this transaction has written. */
  readonly wrote: string | null;
}

export interface KnownRelation {
  readonly oid: string;
  /** "public.orders" */
  readonly name: string;
  readonly kind: string;
  readonly file: string;
}

export interface Measured {
  readonly locks: readonly LockTaken[];
  readonly rewrites: readonly RelationSize[];
  /** It looked at the rows of something it locks so. */
  readonly readsRows: boolean;
  /** Oids of known relations whose rows this statement wrote, or may have written. */
  readonly written: readonly string[];
}

export type Measure = (label: string, held: readonly Held[]) => Measured;

/**
 * Whether a statement wrote rows of one relation or changed it, by what was held before and after;
 * the tool's own INSERT in between is `expected` rows.
 */
export function meddled(
  oid: string,
  before: readonly Held[],
  after: readonly Held[],
  expected: number,
): boolean {
  const ofIt = (held: readonly Held[]): readonly Held[] => held.filter((one) => one.oid === oid);
  const count = (held: readonly Held[]): number =>
    Math.max(0, ...ofIt(held).map(({ wrote }) => Number(wrote ?? 0)));
  const strong = (held: readonly Held[]): boolean =>
    ofIt(held).some(({ mode }) => modes.indexOf(mode) > rowExclusive);
  return (strong(after) && !strong(before)) || count(after) > count(before) + expected;
}

/** The relations that are there before the run: what it makes itself nobody waits for. */
export async function readRelations(client: pg.Client): Promise<readonly KnownRelation[]> {
  const { rows } = await client.query<Record<string, string>>(`
    SELECT c.oid::text AS oid, n.nspname || '.' || c.relname AS name, c.relkind AS kind,
      c.relfilenode::text AS file
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND c.oid >= 16384
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`);
  return rows.map((row) => ({
    oid: row['oid'] ?? '',
    name: row['name'] ?? '',
    kind: row['kind'] ?? '',
    file: row['file'] ?? '',
  }));
}

/** Compares what is held after each statement with what was held before it. For a session that has read nothing yet. */
export function makeMeasure(
  known: readonly KnownRelation[],
  sizes: Readonly<Record<string, RelationSizes>>,
): Measure {
  const byOid = new Map(known.map((one) => [one.oid, one]));
  const files = new Map(known.map((one) => [one.oid, one.file]));
  let strongest = new Map<string, number>();
  const scanned = new Map<string, number>();
  const sizeOf = (relation: string): RelationSize => ({
    relation,
    ...(sizes[relation] ?? { bytes: 0, rows: -1 }),
  });
  return (label, held) => {
    const now = new Map<string, number>();
    const rewrites: RelationSize[] = [];
    const written = new Set<string>();
    const read = new Set<string>();
    for (const { oid, mode, file, scans: count } of held) {
      const relation = byOid.get(oid);
      if (relation === undefined) continue;
      const rank = modes.indexOf(mode);
      now.set(oid, Math.max(rank, now.get(oid) ?? -1));
      if (rank === rowExclusive) written.add(oid);
      // The server counts on over transactions until it puts the numbers away, then from 0.
      const [seen, last] = [Number(count ?? 0), scanned.get(oid) ?? 0];
      if (seen > last || (seen < last && seen > 0)) read.add(oid);
      scanned.set(oid, seen);
      // A partitioned table has no file (0), a dropped one none any more.
      if (file === null || file === files.get(oid)) continue;
      files.set(oid, file);
      written.add(oid);
      // It gets an empty file: nothing is written anew.
      if (label !== 'TRUNCATE') rewrites.push(sizeOf(relation.name));
    }
    const locks = [...now].flatMap(([oid, rank]): LockTaken[] => {
      const relation = byOid.get(oid);
      if (relation === undefined || relation.kind === 'm' || rank <= rowExclusive) return [];
      // One that is held already counts again where the statement takes its time with the rows.
      if (rank <= (strongest.get(oid) ?? -1) && !read.has(oid)) return [];
      return [{ ...sizeOf(relation.name), mode: words(modes[rank] ?? '') }];
    });
    const readsRows = [...read].some((oid) => (now.get(oid) ?? 0) > rowExclusive);
    strongest = now;
    const byName = (a: RelationSize, b: RelationSize): number => (a.relation < b.relation ? -1 : 1);
    return {
      locks: locks.sort(byName),
      rewrites: rewrites.sort(byName),
      readsRows,
      written: [...written],
    };
  };
}
