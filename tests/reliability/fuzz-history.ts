import pg from 'pg';
import { loadPlaybooks } from '../../src/files/playbooks.js';
import { loadParser } from '../../src/postgres/parse.js';
import { openGround } from '../../src/runtime/ground.js';
import { look } from '../../src/runtime/parts.js';
import { openShop } from '../playbooks/shop.js';
import { projectFiles, takeIn } from './fuzz-readers.js';

/** A real database in which something else stands where the history should be. */
export interface OddHistory {
  /** Resolves to how it was taken. @throws what pgmedic throws, or when anything was written */
  read(random: () => number): Promise<string>;
  readonly url: string;
  readonly dir: string;
  close(): Promise<void>;
}

const table = 'drizzle.__drizzle_migrations';

export async function oddHistory(): Promise<OddHistory> {
  const shop = await openShop();
  await shop.put(projectFiles);
  const playbooks = await loadPlaybooks(shop.dir);
  const parser = await loadParser();
  const ground = await openGround({ dir: shop.dir, databaseUrl: shop.url }, {});
  return {
    url: shop.url,
    dir: shop.dir,
    read: async (random) => {
      const sql = oddSql(random);
      await shop.client
        .query(`DROP SCHEMA drizzle CASCADE; CREATE SCHEMA drizzle; ${sql}`)
        .catch(async (error: unknown) => {
          if (!(error instanceof pg.DatabaseError)) throw error;
          await shop.client.query('CREATE SCHEMA IF NOT EXISTS drizzle');
        });
      const before = await shop.database();
      const how = await look(ground, () => new Date(), { evidence: false })
        .then((diagnosis) => takeIn(diagnosis, playbooks, parser))
        .catch((error: unknown) => Object.assign(error as Error, { sql }));
      if ((await shop.database()) !== before) throw new Error(`something was written: ${sql}`);
      if (typeof how !== 'string') throw how;
      return how;
    },
    close: async () => {
      await ground.close();
      await shop.close();
    },
  };
}

function oddSql(random: () => number): string {
  const pick = (all: readonly string[]): string => all[Math.floor(random() * all.length)] ?? '';
  const types = {
    id: pick([
      'serial',
      'integer',
      'bigint',
      'text',
      'uuid',
      'numeric',
      'double precision',
      'smallint[]',
      'jsonb',
    ]),
    hash: pick([
      'text',
      'text',
      'text',
      'text',
      'varchar(64)',
      'char(70)',
      'bytea',
      'uuid',
      'name',
      'text[]',
      'integer',
    ]),
    created_at: pick([
      'bigint',
      'bigint',
      'bigint',
      'bigint',
      'numeric',
      'integer',
      'text',
      'timestamptz',
      'double precision',
      'json',
    ]),
  };
  const columns = Object.entries(types).map(([name, type]) => `"${name}" ${type}`);
  if (random() < 0.15) columns.splice(Math.floor(random() * 3), 1);
  if (random() < 0.3)
    columns.push(pick(['name text', 'applied_at timestamptz', '"ID" int', '"x""y" text']));
  const rows = Array.from({ length: Math.floor(random() * 5) }, () => {
    const id = pick([
      '1',
      '2',
      '2',
      '-7',
      '2147483647',
      'NULL',
      `'x'`,
      '1.5',
      `'NaN'`,
      '99999999999999999999',
    ]);
    const hash = pick([
      'NULL',
      `''`,
      `'${'a'.repeat(64)}'`,
      `repeat('x', 100000)`,
      `E'\\u202e\\x07'`,
      `'DROP TABLE'`,
    ]);
    const stamp = pick([
      'NULL',
      '0',
      '-1',
      '9223372036854775807',
      '1760000000000',
      `'NaN'`,
      `'Infinity'`,
      '1e300',
      '0.5',
    ]);
    return `INSERT INTO ${table} VALUES (${id}, ${hash}, ${stamp});`;
  });
  const kind = random();
  // A row that its types do not take is left out, and the others stay.
  const insert = rows
    .map((row) => `DO $odd$ BEGIN ${row} EXCEPTION WHEN OTHERS THEN NULL; END $odd$;`)
    .join('\n');
  const made = `CREATE TABLE ${table} (${columns.join(', ')}); ${insert}`;
  const elsewhere = made.replaceAll(table, 'drizzle.other');
  if (kind < 0.6) return made;
  if (kind < 0.7) return `${elsewhere} CREATE VIEW ${table} AS SELECT * FROM drizzle.other;`;
  if (kind < 0.75)
    return `${elsewhere} CREATE MATERIALIZED VIEW ${table} AS SELECT * FROM drizzle.other;`;
  if (kind < 0.8)
    return `CREATE VIEW ${table} AS SELECT 1/0 AS id, 'x'::text AS hash, 1::bigint AS created_at;`;
  if (kind < 0.85)
    return `CREATE TABLE ${table} (id serial, hash text, created_at bigint) PARTITION BY RANGE (id);`;
  if (kind < 0.9) return `CREATE SEQUENCE ${table};`;
  if (kind < 0.95) return `CREATE TYPE ${table} AS (id int, hash text, created_at bigint);`;
  return `${made} ${made.replaceAll(table, 'public.__drizzle_migrations')}`;
}
