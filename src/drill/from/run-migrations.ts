import type pg from 'pg';
import { UserError, messageOf } from '../../core/errors.js';
import type { History, Migration } from '../../core/facts.js';
import { preludeOf } from '../../core/tool.js';
import { isServerWide, reachesOut } from '../../sandbox/outward.js';
import { loadTrees, treesOf } from '../../sandbox/replay/tree.js';
import type { Query } from '../../tools/contract.js';
import type { Given } from './given.js';

/**
 * Runs migrations as the tool would, in its transactions, each with its row: by the rules of the
 * adapter, which its tests hold against the real tool.
 *
 * @throws UserError where one does not run
 */
export async function runMigrations(
  client: pg.Client,
  given: Given,
  migrations: readonly Migration[],
): Promise<void> {
  const { tool } = given;
  await loadTrees();
  const isBare = (one: Migration): boolean =>
    tool.atomicity === 'each statement' || tool.isBare(one);
  const atOnce = tool.atomicity === 'all pending' && !migrations.some(isBare);
  if (atOnce) await client.query('BEGIN');
  for (const migration of migrations) {
    const around = !atOnce && !isBare(migration);
    try {
      if (around) await client.query('BEGIN');
      const { file } = migration;
      for (const { text } of file === null ? [] : tool.chunks(file.text)) {
        const why = whyNotRun(text);
        if (why !== null) throw new Error(`not run in a drill, since ${why}`);
        await client.query(text);
      }
      // A migration may have set what its session looks at.
      await client.query('RESET search_path');
      await record(client, given, migration);
      if (around) await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw failed(migration, error);
    }
  }
  if (atOnce) await client.query('COMMIT');
}

/** The sandbox is a server of ours, and what runs there is somebody's SQL, as its superuser. Null: it is run. */
export function whyNotRun(text: string): string | null {
  for (const tree of treesOf(text)) {
    const ofRoles = /^(?:Create|Drop)RoleStmt$/.test(tree.type);
    const why =
      reachesOut(tree) ?? (ofRoles || isServerWide(tree) ? 'it is for the whole server' : null);
    if (why !== null) return why;
  }
  return null;
}

function failed({ id }: Migration, error: unknown): UserError {
  const { code } = error as { code?: string };
  const why = `${messageOf(error)}${code === undefined ? '' : ` (${code})`}`;
  return new UserError(
    `${id} does not run on an empty database: ${why}.`,
    ['A drill needs migrations that run from the first to the last, on PostgreSQL by itself.'],
    { cause: error },
  );
}

/** Writes the row that the tool would write. */
export async function record(client: pg.Client, given: Given, migration: Migration): Promise<void> {
  const { tool, table } = given;
  const first = tool.historyRow(migration, null);
  // A table of one row: what stands there says how it is written.
  const row =
    first?.follows === undefined
      ? first
      : tool.historyRow(migration, await historyOf(client, given));
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
