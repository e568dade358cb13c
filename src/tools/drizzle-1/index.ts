import { isShaped } from '../drizzle/find-tables.js';
import { drizzle } from '../drizzle/index.js';
import { journalPath } from '../drizzle/journal.js';
import type { Tool } from '../contract.js';
import { forget } from './forget.js';
import { readHistory } from './history.js';
import { historyRow, historySql } from './history-sql.js';
import { match } from './match.js';
import { nextRun, refused } from './next-run.js';
import { readFolder, wants } from './read-folder.js';

/** drizzle-orm 1.0 (as of rc.5) on PostgreSQL: a folder a migration, no journal, rows with names. */
export const drizzle1: Tool = {
  name: drizzle.name,
  title: 'Drizzle 1.0',
  atomicity: 'all pending',
  isBare: () => false,
  swallows: () => false,
  downPlace: (migration) => `${migration}/down.sql`,
  defaultHistoryTable: drizzle.defaultHistoryTable,
  usualFolders: drizzle.usualFolders,
  fits: () => false,
  isHistory: isShaped,
  wants,
  names: () => [],
  readFolder,
  readHistory,
  match,
  nextRun,
  chunks: (text) => drizzle.chunks(text),
  historyRow,
  historySql,
  reconcile: null,
  forget,
};

/** drizzle-orm 1.0 in a project whose folder is still that of 0.x: it runs nothing. */
export const drizzle1OnOldFolder: Tool = {
  ...drizzle,
  readFolder: (contents, siblings) => ({
    ...drizzle.readFolder(contents, siblings),
    unconverted: [journalPath],
  }),
  nextRun: refused,
};
