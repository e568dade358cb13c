import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { offerStandIns, rewriteFor, standInsIn } from '../../src/sandbox/stand-ins/index.js';
import { createTestDatabase } from '../support/server.js';
import { catalogQueries, refused, schema } from './vector-schema.js';

/** The real pgvector, in WebAssembly, beside the stand-in. */
let real: PGlite;
let standIn: pg.Client;

beforeAll(async () => {
  const { url } = await createTestDatabase();
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  expect(await offerStandIns(admin)).toBe(true);
  await admin.end();
  standIn = new pg.Client({ connectionString: url });
  await standIn.connect();
  real = await PGlite.create({ extensions: { vector } });
  for (const sql of schema) {
    await real.exec(sql);
    await standIn.query(rewriteFor(sql));
  }
}, 60_000);

afterAll(async () => {
  await standIn.end();
  await real.close();
});

async function fromBoth(
  sql: string,
): Promise<{ readonly real: unknown; readonly standIn: unknown }> {
  const texts = `SELECT pg_catalog.to_jsonb(q)::text AS row FROM (${sql}) q ORDER BY to_jsonb(q)::text COLLATE "C"`;
  const rows = (list: readonly unknown[]): unknown =>
    list.map((row) => (row as { row: string }).row);
  return {
    real: rows((await real.query(texts)).rows),
    standIn: rows((await standIn.query(texts)).rows),
  };
}

test('what a schema with vectors looks like is printed as by the real pgvector', async () => {
  for (const [what, sql] of Object.entries(catalogQueries)) {
    const both = await fromBoth(sql);
    expect.soft(both.standIn, what).toEqual(both.real);
    expect(both.real, what).not.toEqual([]);
  }
});

test('what the real pgvector refuses is refused with the same SQLSTATE and message', async () => {
  for (const sql of refused) {
    const [one, other] = await Promise.all([
      real.exec(`BEGIN; ${sql}`).then(() => 'done', told),
      standIn.query(rewriteFor(`BEGIN; ${sql}`)).then(() => 'done', told),
    ]);
    await real.exec('ROLLBACK');
    await standIn.query('ROLLBACK');
    expect(one, sql).not.toBe('done');
    expect(other, sql).toBe(one);
  }
});

function told(error: { readonly code?: string; readonly message: string }): string {
  return `${error.code}: ${error.message}`;
}

test('it owns what it made, and says what it is', async () => {
  const [extension] = await standInsIn(standIn);
  expect(extension?.sentence).toContain('pgvector is not in the sandbox');
  await standIn.query('BEGIN');
  await standIn.query('DROP EXTENSION vector CASCADE');
  const { rows } =
    await standIn.query(`SELECT oid::regprocedure::text FROM pg_proc WHERE oid >= 16384 AND proname ~ 'vec|stand_in'
    UNION ALL SELECT evtname::text FROM pg_event_trigger UNION ALL SELECT amname::text FROM pg_am WHERE oid >= 16384`);
  await standIn.query('ROLLBACK');
  expect(rows).toEqual([]);
});
