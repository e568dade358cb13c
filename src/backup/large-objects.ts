import type pg from 'pg';

/** Above this number their contents are not read one by one. */
const most = 10_000;

/** Large objects are in no table that anybody may read, so they are counted and hashed for themselves. */
export interface LargeObjects {
  readonly count: number;
  /** A sum of hashes; null where they are too many, too long, or not to be read. */
  readonly content: string | null;
}

/** In the transaction that is open; a content that cannot be read leaves it as it was. */
export async function readLargeObjects(client: pg.Client): Promise<LargeObjects> {
  const found = await client.query<{ count: string }>(
    'SELECT count(*) AS count FROM pg_catalog.pg_largeobject_metadata',
  );
  const count = Number(found.rows[0]?.count);
  if (count === 0 || count > most) return { count, content: null };
  await client.query('SAVEPOINT large_objects');
  try {
    const { rows } = await client.query<{ content: string }>(
      `SELECT sum(pg_catalog.hashtextextended(oid || ':' || pg_catalog.md5(pg_catalog.lo_get(oid)), 0))::text AS content
       FROM pg_catalog.pg_largeobject_metadata`,
    );
    return { count, content: rows[0]?.content ?? null };
  } catch (error) {
    // A connection that is gone, or a stop, is no matter of one content.
    await client.query('ROLLBACK TO SAVEPOINT large_objects').catch(() => {
      throw error;
    });
    return { count, content: null };
  }
}
