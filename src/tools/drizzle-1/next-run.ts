import type { Folder, History, Migration } from '../../core/facts.js';
import type { NextRun, RunFailure } from '../../core/tool.js';
import { tableName } from '../../core/tool.js';
import { journalPath } from '../drizzle/journal.js';
import { upgrade, upgradeOrder } from './match.js';
import { stampOf } from './stamp.js';

/** What 1.0 says where it finds the journal of 0.x. */
const oldFolder =
  'We detected that you have old drizzle-kit migration folders. You must upgrade drizzle-kit and run "drizzle-kit up"';

/**
 * What drizzle-orm 1.0's migrator would do (migrator.js, up-migrations/pg.js, and migrate of
 * pg-core/async/session.js, 1.0.0-rc.5): it reads all folders, gives the rows of an old table their
 * names, and runs every folder whose name no row has, all in one transaction.
 */
export function nextRun(folder: Folder, history: History | null): NextRun {
  if (folder.unconverted?.includes(journalPath) === true) return refused();
  const unread = folder.migrations.find(({ id }) => reasonAgainst(folder, id) !== null);
  if (unread !== undefined) return stopped(reasonAgainst(folder, unread.id) ?? '', unread.id);
  const names = new Set<string | undefined>();
  let order: readonly Migration[] = folder.migrations;
  if (history?.outdated === true) {
    const owners = upgrade(folder, history);
    const lost = [...owners].flatMap(([{ id }, owner]) => (owner === null ? [id] : []));
    if (lost.length > 0) return stopped(noUpgrade(lost));
    for (const owner of owners.values()) names.add(owner?.id);
    order = upgradeOrder(folder);
  } else {
    for (const { name } of history?.rows ?? []) names.add(name);
  }
  const runs = order.flatMap(({ id, file }) => (file === null || names.has(id) ? [] : [id]));
  return { runs, skips: [], fails: firstFailure(runs, history) };
}

/** Nothing is run of a folder that is still of 0.x. */
export function refused(): NextRun {
  return stopped(oldFolder);
}

function stopped(message: string, migration: string | null = null): NextRun {
  return { runs: [], skips: [], fails: { migration, statement: null, sqlstate: null, message } };
}

function noUpgrade(ids: readonly string[]): string {
  return `While upgrading your database migrations table we found ${ids.length} migrations (ids: ${ids.join(', ')}) in the database that do not match any local migration. This means that some migrations were applied to the database but are missing from the local environment`;
}

/** Why a file that is there cannot be read, as Node says it; null: it can. */
function reasonAgainst({ unreadable }: Folder, id: string): string | null {
  const found = unreadable.find(({ path }) => path === `${id}/migration.sql`);
  if (found === undefined) return null;
  return found.reason.startsWith('it is a folder')
    ? 'EISDIR: illegal operation on a directory, read'
    : `${found.path}: ${found.reason}`;
}

/** The first INSERT into the history table that PostgreSQL would refuse, whatever the migrations do. */
function firstFailure(runs: readonly string[], history: History | null): RunFailure | null {
  const taken = new Set(history?.rows.map(({ id }) => id));
  const table = history?.table ?? history?.expected;
  for (const [at, migration] of runs.entries()) {
    const id = history?.sequence == null ? null : String(history.sequence.next + at);
    const why = Number.isNaN(stampOf(migration))
      ? { sqlstate: '22P02', message: 'invalid input syntax for type bigint: "NaN"' }
      : id !== null && taken.has(id)
        ? {
            sqlstate: '23505',
            message: `duplicate key value violates unique constraint "${table?.table}_pkey"`,
          }
        : null;
    if (why !== null) {
      const into = table === undefined ? 'the history table' : tableName(table);
      return { migration, statement: `insert into ${into} ("hash", "created_at", "name")`, ...why };
    }
  }
  return null;
}
