import { mkdir, mkdtemp, readFile, realpath, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import type { RealRun } from '../support/drizzle-project.js';
import { readFolderAt, readHistoryAt, runMigrator } from '../support/drizzle-project.js';
import { createTestDatabase } from '../support/server.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import type { NextRun } from '../../src/core/tool.js';

/** A journal entry as drizzle-kit writes it; a test may leave out or spoil what it likes. */
export interface Entry {
  readonly tag: string;
  readonly when: number;
  readonly idx?: number;
}

/** Stamps of the first migrations; later ones follow. */
export const T = 1_760_000_000_000;

/** What the shop's life began with: both applied by the real migrator. */
export const base: Readonly<Record<string, string>> = {
  '0000_users': `CREATE TABLE "users" ("id" serial PRIMARY KEY NOT NULL, "name" text NOT NULL);
--> statement-breakpoint
INSERT INTO "users" ("name") VALUES ('Ada'), ('Grace');`,
  '0001_orders': `CREATE TABLE "orders" ("id" serial PRIMARY KEY NOT NULL, "user_id" integer NOT NULL, "total" integer NOT NULL);
--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "users"("id");
--> statement-breakpoint
INSERT INTO "orders" ("user_id", "total") VALUES (1, 10), (2, 20);`,
};

/** One database and one project folder, to break and to repair. */
export interface Shop {
  readonly url: string;
  /** The project; its migrations are in `drizzle/`. */
  readonly dir: string;
  readonly folder: string;
  readonly client: pg.Client;
  /** Writes files of the migrations folder; null removes one. */
  put(files: Readonly<Record<string, string | null>>): Promise<void>;
  /** Writes the journal with these entries, as drizzle-kit does; the text that was written. */
  list(entries: readonly Entry[]): Promise<string>;
  journal(): Promise<string>;
  /** The real migrator. */
  migrate(): Promise<RealRun>;
  /** What pgmedic thinks that the migrator would do. */
  nextRun(): Promise<NextRun>;
  rows(): Promise<readonly Row[]>;
  one(sql: string): Promise<string | null>;
  /** Everything that a write to the database could change, as one text: rows with their versions, catalog. */
  database(): Promise<string>;
  /** Back to the two applied migrations of `base`. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface Row {
  readonly id: string;
  readonly hash: string;
  readonly created_at: string | null;
}

export async function openShop(): Promise<Shop> {
  const database = await createTestDatabase();
  const root = await realpath(await mkdtemp(join(tmpdir(), 'pgmedic-test-')));
  const dir = join(root, 'shop');
  const folder = join(dir, 'drizzle');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const journalPath = join(folder, 'meta', '_journal.json');
  const shop: Shop = {
    url: database.url,
    dir,
    folder,
    client,
    put: async (files) => {
      for (const [path, text] of Object.entries(files)) {
        const file = join(folder, path);
        await mkdir(dirname(file), { recursive: true });
        await (text === null ? unlink(file) : writeFile(file, text));
      }
    },
    list: async (entries) => {
      const text = journalText(entries);
      await shop.put({ 'meta/_journal.json': text });
      return text;
    },
    journal: () => readFile(journalPath, 'utf8'),
    migrate: () => runMigrator(client, folder),
    nextRun: async () => drizzle.nextRun(await readFolderAt(folder), await readHistoryAt(client)),
    rows: async () =>
      (
        await client.query(
          'SELECT id, hash, created_at FROM drizzle.__drizzle_migrations ORDER BY id',
        )
      ).rows as Row[],
    one: async (sql) => {
      const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
      const value = rows[0]?.[0] ?? null;
      return value === null ? null : `${value as string | number}`;
    },
    database: () => contents(client),
    reset: async () => {
      await client.query('ROLLBACK');
      const anew = 'DROP SCHEMA IF EXISTS drizzle, public CASCADE; CREATE SCHEMA public';
      await client.query(anew).catch((error: unknown) => {
        // What an earlier test has just left may still be reading.
        if ((error as { code?: string }).code !== '40P01') throw error;
        return client.query(anew);
      });
      await rm(dir, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await shop.put(sqlFiles(base));
      await shop.list(entriesOf(Object.keys(base)));
      const { error } = await shop.migrate();
      if (error !== null) throw new Error(error.message);
    },
    close: async () => {
      await client.end();
      await database.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
  await shop.reset();
  return shop;
}

export function sqlFiles(migrations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(migrations).map(([tag, sql]) => [`${tag}.sql`, sql]));
}

/** Entries with stamps a second apart, the first at T. */
export function entriesOf(tags: readonly string[]): Entry[] {
  return tags.map((tag, index) => ({ tag, when: T + index * 1000 }));
}

export function journalText(entries: readonly Entry[]): string {
  const list = entries.map(({ tag, when, idx }, index) => ({
    idx: idx ?? index,
    version: '7',
    when,
    tag,
    breakpoints: true,
  }));
  return JSON.stringify({ version: '7', dialect: 'postgresql', entries: list }, null, 2);
}

/** Every row with the transaction that wrote it, and the definitions around them. */
async function contents(client: pg.Client): Promise<string> {
  const read = async (sql: string): Promise<string> =>
    JSON.stringify((await client.query({ text: sql, rowMode: 'array' })).rows);
  const tables = await client.query<{ name: string }>(
    `SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind IN ('r', 'S') AND nspname !~ '^(pg_|information_schema)' ORDER BY 1`,
  );
  const parts = [
    await read(
      `SELECT attrelid::regclass::text, attname, atttypid::regtype::text, attnotnull,
              pg_get_expr(adbin, adrelid)
         FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
         LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
        WHERE nspname !~ '^(pg_|information_schema)' AND attnum > 0 ORDER BY 1, attnum`,
    ),
    await read(
      `SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY 1, 2`,
    ),
    await read(`SELECT nspname, xmin FROM pg_namespace ORDER BY 1`),
    await read(`SELECT enumtypid::regtype::text, enumlabel FROM pg_enum ORDER BY 1, enumsortorder`),
  ];
  for (const { name } of tables.rows) {
    parts.push(`${name}: ${await read(`SELECT xmin, ctid, t.* FROM ${name} t ORDER BY ctid`)}`);
  }
  return parts.join('\n');
}
