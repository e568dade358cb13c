import { readdir } from 'node:fs/promises';
import type pg from 'pg';
import { migrations } from './migrations.js';

/**
 * What `payload migrate` does (@payloadcms/drizzle 3.90, migrate.js): the names of the folder that
 * no row has, sorted, each in a transaction of its own with its row; a batch for the run. The SQL
 * is the drill's own: files that were changed are not run.
 *
 * @returns what it ran
 * @throws what PostgreSQL says; that migration is rolled back
 */
export async function payloadMigrate(client: pg.Client, folder: string): Promise<string[]> {
  const [history] = (
    await client.query<{ is: string | null }>(
      `SELECT to_regclass('payload_migrations')::text AS is`,
    )
  ).rows;
  const { rows } =
    history?.is == null
      ? { rows: [] }
      : await client.query<{ name: string; batch: string | null }>(
          'SELECT name, batch FROM payload_migrations ORDER BY name DESC',
        );
  const batch = Number(rows[0]?.batch ?? 0) + 1;
  const names = (await readdir(folder)).filter((name) => /^(?!index\.).*\.ts$/.test(name));
  const ran: string[] = [];
  for (const name of names.toSorted().map((file) => file.slice(0, -'.ts'.length))) {
    if (rows.some((row) => row.name === name)) continue;
    try {
      await client.query('BEGIN');
      await client.query(migrations[name]?.up ?? '');
      await client.query('INSERT INTO payload_migrations (name, batch) VALUES ($1, $2)', [
        name,
        batch,
      ]);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
    ran.push(name);
  }
  return ran;
}
