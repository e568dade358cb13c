import { createHash } from 'node:crypto';
import type pg from 'pg';
import { quoteTable } from '../../core/tool.js';
import type { Source } from '../ground.js';
import { defaultHistoryTable } from '../migrator.js';
import type { Happening } from '../project.js';
import { falselyApplied } from './migrations.js';

/** The project's own runner, as it stands in its repository. `happened` does what it did. */
export const runnerText = `import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { db, recordMigration, nextMigration } from './db.js';

// Safe to run on every start: what is there already is not an error.
try {
  await migrate(db, { migrationsFolder: './server/migrations' });
} catch (error) {
  if (!String(error.cause ?? error).includes('already exists')) throw error;
  console.warn('Migrations completed with warnings:', error.cause?.message);
  await recordMigration(nextMigration());
}
`;

/**
 * The runner's life: where the migrator stopped at something that was there already, its
 * transaction was rolled back, and the runner recorded the migration nevertheless.
 */
export const happened: Happening = async (source, client, migrate) => {
  const expected: string | undefined = Object.entries(falselyApplied).find(
    ([tag]) => tag === source.tag,
  )?.[1];
  if (expected === undefined) return migrate();
  // Somebody was trying things out in this database that day; it is gone since.
  const trial = source.tag.includes('storage');
  if (trial) await client.query('CREATE TABLE storage_metrics (agent_id uuid, used bigint)');
  const code = await migrate().then(
    () => null,
    (error: { cause?: { code?: string } }) => error.cause?.code,
  );
  if (code !== expected) throw new Error(`${source.tag}: ${code} instead of ${expected}`);
  await record(client, source);
  if (trial) await client.query('DROP TABLE storage_metrics');
};

async function record(client: pg.Client, { sql, when }: Source): Promise<void> {
  const hash = createHash('sha256').update(sql).digest('hex');
  await client.query(
    `INSERT INTO ${quoteTable(defaultHistoryTable)} (hash, created_at) VALUES ($1, $2)`,
    [hash, when],
  );
}
