import type { Tool } from '../contract.js';
import { chunks, historyRow } from './chunks.js';
import { isShaped } from './find-tables.js';
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
  isBare: () => false,
  swallows: () => false,
  downPlace: (migration) => `${migration}.down.sql beside it`,
  defaultHistoryTable: { schema: 'drizzle', table: '__drizzle_migrations' },
  usualFolders: ['drizzle'],
  // A folder of Drizzle's is known by its journal, a config names it, or it is the default.
  fits: () => false,
  isHistory: isShaped,
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
