import type pg from 'pg';
import type { TableRef } from '../core/facts.js';

/**
 * Runs drizzle-orm's own migrator, the one the project of the drill would use. It throws what
 * the migrator throws (DrizzleQueryError with the server's error as its cause). Loaded when
 * it is needed: a recovery never needs it.
 */
export async function runMigrator(
  client: pg.Client,
  folder: string,
  table: TableRef,
): Promise<void> {
  const [{ drizzle }, { migrate }] = await Promise.all([
    import('drizzle-orm/node-postgres'),
    import('drizzle-orm/node-postgres/migrator'),
  ]);
  await migrate(drizzle(client), {
    migrationsFolder: folder,
    migrationsSchema: table.schema,
    migrationsTable: table.table,
  });
}

/** drizzle-orm's history table where no setting names another. */
export const defaultHistoryTable: TableRef = { schema: 'drizzle', table: '__drizzle_migrations' };
