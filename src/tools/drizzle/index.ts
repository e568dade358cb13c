import type { Tool } from '../contract.js';
import { chunks, historyRow } from './chunks.js';
import { forget } from './forget.js';
import { readHistory } from './history.js';
import { historySql } from './history-sql.js';
import { match } from './match.js';
import { nextRun } from './next-run.js';
import { names, readFolder, wants } from './read-folder.js';
import { reconcile } from './reconcile.js';

/** drizzle-orm 0.30 to 0.45 on PostgreSQL, with the folders of drizzle-kit up to 0.31. */
export const drizzle: Tool = {
  name: 'drizzle',
  title: 'Drizzle',
  atomicity: 'all pending',
  defaultHistoryTable: { schema: 'drizzle', table: '__drizzle_migrations' },
  wants,
  names,
  readFolder,
  readHistory,
  match,
  nextRun,
  chunks,
  historyRow,
  historySql,
  reconcile,
  forget,
};
