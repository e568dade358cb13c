import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { withConnection } from '../../postgres/connect.js';
import { readCatalog } from '../catalog.js';
import type { Ground } from '../ground.js';
import { readEntries } from '../journal.js';
import { judged, type Judged } from '../judged.js';
import { type Project, withoutTable } from '../project.js';
import { noSnapshot, snapshotOf, type SnapshotFile } from '../snapshot.js';

/**
 * What drizzle-kit check and generate go by: each snapshot follows the one before, and the last
 * one says what the database has. drizzle-kit itself is no part of the program; the test runs it.
 */
export async function judgeSnapshots(ground: Ground, project: Project): Promise<Judged[]> {
  const folder = join(ground.dir, project.migrations);
  const tags = ((await readEntries(folder)) ?? []).map(({ tag }) => tag);
  const snapshots = await Promise.all(tags.map((tag) => readSnapshot(folder, tag)));
  const astray = tags.filter((_, at) => {
    const before = at === 0 ? noSnapshot : snapshots[at - 1]?.id;
    return snapshots[at] === null || snapshots[at]?.prevId !== before;
  });
  const last = snapshots.at(-1);
  const options = { purpose: 'drill judge', statementTimeout: 10_000 };
  const truth = await withConnection(ground.url, options, async ({ client }) =>
    snapshotOf(withoutTable(await readCatalog(client), project.table), '', ''),
  );
  const knows =
    isDeepStrictEqual(last?.tables, JSON.parse(JSON.stringify(truth.tables))) &&
    isDeepStrictEqual(last?.enums, truth.enums);
  return [
    judged(
      astray.length === 0,
      'Each snapshot follows the one before it: drizzle-kit check has nothing to refuse.',
      `Snapshots do not follow the one before: that of ${astray.join(', ')}.`,
    ),
    judged(
      knows,
      'The last snapshot has what the database has: drizzle-kit generate has nothing to write again.',
      'The last snapshot is not what the database has: the next drizzle-kit generate writes the difference as a migration.',
    ),
  ];
}

/** null: it cannot be read. */
async function readSnapshot(folder: string, tag: string): Promise<SnapshotFile | null> {
  try {
    const text = await readFile(join(folder, `meta/${tag.slice(0, 4)}_snapshot.json`), 'utf8');
    return JSON.parse(text) as SnapshotFile;
  } catch {
    return null;
  }
}
