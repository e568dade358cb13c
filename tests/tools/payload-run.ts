import { execFile } from 'node:child_process';
import { readdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { createJiti } from 'jiti';
import pg from 'pg';

const devMode = "It looks like you've run Payload in dev mode";

/** Runs what is pending: the real Payload where PGMEDIC_PAYLOAD says where it is, else its rule. */
export async function runPayload(dir: string, url: string): Promise<string | null> {
  const packages = process.env['PGMEDIC_PAYLOAD'];
  const folder = join(dir, 'src/migrations');
  return packages === undefined ? byRule(folder, url) : real(packages, dir, folder, url);
}

async function real(
  packages: string,
  dir: string,
  folder: string,
  url: string,
): Promise<string | null> {
  // The migrations import its packages.
  const modules = join(packages, 'node_modules');
  await symlink(modules, join(dir, 'node_modules')).catch(() => {});
  const tsx = createRequire(join(packages, 'package.json')).resolve('tsx');
  const program = join(import.meta.dirname, 'payload-real.ts');
  const run = promisify(execFile)('node', ['--import', tsx, program, packages, folder, url], {
    cwd: packages,
  });
  // Where nobody answers its question, it waits for ever.
  run.child.stdout?.on('data', (text: string) => {
    if (text.includes(devMode)) run.child.kill();
  });
  const ended = await run.catch((error: unknown) => error as { stdout: string; stderr: string });
  return /went through\n/.test(ended.stdout) ? null : `${ended.stdout}\n${ended.stderr}`;
}

interface Up {
  readonly up: (has: { db: unknown; payload: unknown; req: object }) => Promise<void>;
}

/** @payloadcms/drizzle 3.90, migrate.js, with Drizzle's own `sql` and `execute` as there. */
async function byRule(folder: string, url: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { resolve } = createRequire(import.meta.url);
  const alias = { '@payloadcms/db-postgres': resolve('drizzle-orm') };
  const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: false, alias });
  const create = (table: string): Promise<unknown> =>
    client.query(`CREATE TABLE ${table} (id int)`);
  try {
    const there = await client.query<{ there: boolean }>(
      `SELECT to_regclass('"payload_migrations"') IS NOT NULL AS there`,
    );
    const { rows } = there.rows[0]?.there
      ? await client.query<{ name: string; batch: string | null }>(
          'SELECT name, batch FROM payload_migrations ORDER BY name DESC',
        )
      : { rows: [] };
    if (rows.some(({ batch }) => Number(batch) === -1)) return devMode;
    const last = Number(rows[0]?.batch ?? 0);
    const names = (await readdir(folder)).toSorted();
    for (const file of names.filter((name) => /^(?!index\.[jt]s$).*\.[jt]s$/.test(name))) {
      const [name] = file.split('.');
      if (rows.some((row) => row.name === name)) continue;
      const { up } = await jiti.import<Up>(join(folder, file));
      const db = drizzle(client);
      await client.query('BEGIN');
      await up({ db: { execute: (sql: SQL) => db.execute(sql) }, payload: { create }, req: {} });
      await client.query('INSERT INTO payload_migrations (name, batch) VALUES ($1, $2)', [
        name,
        (last > 0 ? last : 0) + 1,
      ]);
      await client.query('COMMIT');
    }
    return null;
  } catch (error) {
    await client.query('ROLLBACK');
    const { cause, message } = error as Error;
    return cause instanceof Error ? cause.message : message;
  } finally {
    await client.end();
  }
}
