import type pg from 'pg';
import { UserError, messageOf } from '../../core/errors.js';
import type { History, Migration } from '../../core/facts.js';
import { preludeOf } from '../../core/tool.js';
import type { Query } from '../../tools/contract.js';
import type { Given } from './given.js';

/**
 * Runs migrations as the tool would, one after the other, each with its row: by the rules of the
 * adapter, which its tests hold against the real tool.
 *
 * @throws UserError where one does not run
 */
export async function runMigrations(
  client: pg.Client,
  given: Given,
  migrations: readonly Migration[],
): Promise<void> {
  for (const migration of migrations) {
    try {
      await runOne(client, given, migration);
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      const { code } = error as { code?: string };
      throw new UserError(
        `${migration.id} does not run on an empty database: ${messageOf(error)}${code === undefined ? '' : ` (${code})`}.`,
        [
          'A drill begins with an empty database of PostgreSQL itself: the migrations have to run there, one after the other.',
        ],
        { cause: error },
      );
    }
  }
}

async function runOne(client: pg.Client, given: Given, migration: Migration): Promise<void> {
  const { tool } = given;
  const chunks = migration.file === null ? [] : tool.chunks(migration.file.text);
  const alone = tool.atomicity === 'each statement' || tool.isBare(migration);
  if (!alone) await client.query('BEGIN');
  for (const { text } of chunks) await client.query(text);
  // A migration may have set what its session looks at.
  await client.query('RESET search_path');
  await record(client, given, migration);
  if (!alone) await client.query('COMMIT');
}

/** Writes the row that the tool would write. */
export async function record(client: pg.Client, given: Given, migration: Migration): Promise<void> {
  const { tool, table } = given;
  const row = tool.historyRow(migration, await historyOf(client, given));
  if (row === null) throw new Error(`${tool.title} would not record it`);
  await client.query(tool.historySql.insert(table, row));
}

/** What the tool sends before its first migration. */
export async function makeHistory(client: pg.Client, { tool, table }: Given): Promise<void> {
  for (const sql of preludeOf(tool, table)) await client.query(sql);
}

export function historyOf(client: pg.Client, { tool, table }: Given): Promise<History> {
  const query: Query = async (sql, values = []) =>
    (await client.query<Record<string, string | null>>(sql, [...values])).rows;
  return tool.readHistory(query, table, true);
}
