import { access, mkdir, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { TableRef } from '../core/facts.js';
import { makeDrillFolder } from './folder.js';
import { readHistory, replaceHistory, type HistoryRow } from './history.js';
import { readEntries } from './journal.js';
import { runMigrator } from './migrator.js';

/**
 * Tags that drizzle-orm's migrator would run on a database with these history rows, in order.
 * It decides by the journal and the newest row alone, so the real one is asked in a database of
 * the judge's own, with every SQL file emptied. (A copy of the drill's database by TEMPLATE would
 * need everybody else to leave it first.)
 *
 * @param client a database that may be written and has the history table; its rows are replaced.
 * @throws what the migrator throws, such as "No file ... found"
 */
export async function wouldRun(
  client: pg.Client,
  folder: string,
  table: TableRef,
  rows: readonly HistoryRow[],
): Promise<string[]> {
  const entries = (await readEntries(folder)) ?? [];
  await replaceHistory(client, table, rows);
  const { dir, remove } = await makeDrillFolder('next-run');
  try {
    await mkdir(join(dir, 'meta'));
    await copyFile(join(folder, 'meta/_journal.json'), join(dir, 'meta/_journal.json'));
    for (const { tag } of entries) {
      const there = await access(join(folder, `${tag}.sql`)).then(
        () => true,
        () => false,
      );
      if (there) await writeFile(join(dir, `${tag}.sql`), '');
    }
    await runMigrator(client, dir, table);
  } finally {
    await remove();
  }
  const added = (await readHistory(client, table)).slice(rows.length);
  return added.map(({ stamp }) => entries.find(({ when }) => String(when) === stamp)?.tag ?? '?');
}
