import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CatalogObject } from '../../src/core/catalog.js';
import { describeParts } from '../../src/core/evidence/show-parts.js';
import { catalogSql } from '../../src/postgres/catalog/sql.js';
import { everyKind, kinds } from '../support/catalog-schema.js';
import { type CatalogServer, catalogServer, difference } from '../support/catalog-server.js';
import { createTestDatabase, type TestDatabase } from '../support/server.js';
import { changes } from '../support/catalog-changes.js';

const role = `catalog_${randomBytes(6).toString('hex')}`;
let database: TestDatabase;
let server: CatalogServer;
let catalog: Map<string, CatalogObject>;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await catalogServer(database.url);
  await server.run(`CREATE ROLE ${role}`);
  await server.run(everyKind(role).join(';\n'));
  catalog = await server.read();
});

afterAll(async () => {
  await server.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await server.close();
  await database.drop();
});

describe('the catalog of a schema with every kind of object', () => {
  it('has each kind, under keys of their own, and parents that are there', () => {
    expect([...new Set([...catalog.values()].map(({ kind }) => kind))].sort()).toEqual(kinds);
    for (const { key, parent } of catalog.values()) {
      expect(key).not.toBe('');
      if (parent !== null) expect(catalog.has(parent), `parent of ${key}`).toBe(true);
    }
  });

  it('leaves out what the server makes by itself', () => {
    const keys = [...catalog.keys()].join('\n');
    expect(keys).not.toMatch(/pg_toast|information_schema|_RETURN|not_null|multirange|app\._/);
    expect(catalog.has('sequence public.users_order_seq')).toBe(false);
    expect(catalog.has('index public.users_pkey')).toBe(false);
    expect(keys).not.toMatch(/ to postgres$/m);
    expect(catalog.has('comment on extension plpgsql')).toBe(false);
    expect(catalog.has('comment on schema public')).toBe(false);
  });

  it('gives each part of a column', () => {
    expect(catalog.get('column public.users."Full Name"')).toEqual({
      key: 'column public.users."Full Name"',
      kind: 'column',
      schema: 'public',
      parent: 'table public.users',
      parts: {
        type: 'character varying(50)',
        nullable: 'false',
        default: `'x'::character varying`,
      },
      position: 2,
    });
    expect(catalog.get('column public.users."order"')?.parts).toMatchObject({
      identity: 'always',
      'identity options': 'START WITH 100 INCREMENT BY 5',
    });
    expect(catalog.get('enum app.mood')?.parts['values']).toBe(
      `'sad', 'it''s ok', 'content', 'happy'`,
    );
  });

  it('shows a right of everybody that was revoked', () => {
    const key = 'function app.add(a integer, b integer, VARIADIC c text[])';
    expect(catalog.get(`revoke EXECUTE on ${key} from public`)?.parent).toBe(key);
    expect(catalog.has('revoke USAGE on enum app.mood from public')).toBe(true);
    expect(catalog.has('grant EXECUTE on function app.touch() to public')).toBe(false);
    expect(catalog.get(`grant SELECT on table public.users to ${role}`)?.parts).toEqual({
      'with grant option': 'true',
    });
    // GRANT ALL includes MAINTAIN since 17 only.
    expect(catalog.has(`grant TRUNCATE on table app.logs to ${role}`)).toBe(true);
    expect(catalog.has(`grant MAINTAIN on table app.logs to ${role}`)).toBe(false);
  });

  it('says what an object is in one line', () => {
    const shown = (key: string): string => {
      const object = catalog.get(key)!;
      return describeParts(object.kind, object.parts);
    };
    expect(shown('column public.users."Full Name"')).toBe(
      `character varying(50) NOT NULL DEFAULT 'x'::character varying`,
    );
    expect(shown('constraint "Mixed Case"."Order".later')).toBe(
      'CHECK (("userId" < 1000)) NOT VALID',
    );
    expect(shown(`grant SELECT on table public.users to ${role}`)).toBe('WITH GRANT OPTION');
    for (const object of catalog.values()) {
      expect(describeParts(object.kind, object.parts)).not.toMatch(/\n|^.{201}/);
    }
  });
});

describe('what was touched', () => {
  it('gives the same rows as all do, for each owner by itself and for all at once', async () => {
    await server.run('CREATE TEMP TABLE pgmedic_touched (class oid, object oid)');
    const all = await server.query(catalogSql('all', server.versionNum));
    const byOwner = new Map<string, Record<string, string | null>[]>();
    for (const row of all) {
      const owner = row['owner'] ?? '';
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), row]);
    }
    const sorted = (rows: readonly Record<string, string | null>[]): string[] =>
      rows.map((row) => JSON.stringify(row)).sort();
    await server.run(`PREPARE touched AS ${catalogSql('touched', server.versionNum)}`);
    for (const owner of byOwner.keys()) {
      const [classOid, object] = owner.split('/');
      await server.run(
        `TRUNCATE pg_temp.pgmedic_touched; INSERT INTO pg_temp.pgmedic_touched VALUES (${classOid}, ${object})`,
      );
      const rows = await server.query('EXECUTE touched');
      expect(sorted(rows), owner).toEqual(sorted(byOwner.get(owner) ?? []));
    }
    await server.run('TRUNCATE pg_temp.pgmedic_touched');
    expect(await server.query('EXECUTE touched')).toEqual([]);
    for (const owner of byOwner.keys()) {
      const values = owner.replace('/', ', ');
      await server.run(`INSERT INTO pg_temp.pgmedic_touched VALUES (${values})`);
    }
    expect(sorted(await server.query('EXECUTE touched'))).toEqual(sorted(all));
  });
});

describe('one change', () => {
  it.each(changes)('is seen where it is, and nowhere else: %s', async (change, expected) => {
    const sql = change.replaceAll('ROLE', role);
    await server.run('BEGIN');
    try {
      await server.run(sql);
      const seen = difference(catalog, await server.read());
      expect(seen).toEqual(expected.map((line) => line.replaceAll('ROLE', role)).sort());
    } finally {
      await server.run('ROLLBACK');
    }
  });
});

describe('a history table', () => {
  it('is left out with all that is its own, and with its schema where nothing else stands in it', async () => {
    const table = { schema: 'Hist', table: 'order' };
    await server.run('BEGIN');
    try {
      await server.run(`CREATE SCHEMA "Hist"; COMMENT ON SCHEMA "Hist" IS 'h';
        CREATE TABLE "Hist"."order" (id serial PRIMARY KEY, hash text UNIQUE);
        CREATE INDEX ON "Hist"."order" (hash); COMMENT ON COLUMN "Hist"."order".hash IS 'c';
        GRANT USAGE ON SEQUENCE "Hist".order_id_seq TO ${role}`);
      expect(difference(catalog, await server.read()).length).toBe(11);
      expect(difference(catalog, await server.read([table]))).toEqual([]);
      await server.run(`CREATE TYPE "Hist".other AS ENUM ()`);
      expect(difference(catalog, await server.read([table]))).toEqual([
        'new comment on schema "Hist"',
        'new enum "Hist".other',
        'new schema "Hist"',
      ]);
    } finally {
      await server.run('ROLLBACK');
    }
  });
});
