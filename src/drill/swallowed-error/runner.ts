import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';

/**
 * The server's own migration runner, as it was in incident 002: what says "already exists" or
 * "duplicate key" it takes for done already, rolls back, and records all the same.
 * @returns what it printed
 * @throws whatever else PostgreSQL says
 */
export async function migrateOnStart(client: pg.Client, folder: string): Promise<string[]> {
  const log: string[] = [];
  await client.query(
    `CREATE TABLE IF NOT EXISTS schema_migrations (
       version VARCHAR(255) PRIMARY KEY, applied_at TIMESTAMP WITH TIME ZONE DEFAULT NOW())`,
  );
  const record = (file: string): Promise<unknown> =>
    client.query('INSERT INTO schema_migrations (version) VALUES ($1)', [file]);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.up.sql'));
  for (const file of files.toSorted()) {
    const { rowCount } = await client.query('SELECT FROM schema_migrations WHERE version = $1', [
      file,
    ]);
    if (rowCount !== 0) continue;
    try {
      await client.query('BEGIN');
      await client.query(await readFile(join(folder, file), 'utf8'));
      await record(file);
      await client.query('COMMIT');
      log.push(`executed ${file}`);
    } catch (error) {
      await client.query('ROLLBACK');
      const { message } = error as Error;
      if (!/already exists|duplicate key/.test(message)) throw error;
      await record(file);
      log.push(`completed with warnings: ${file}: ${message}`);
    }
  }
  return log;
}
