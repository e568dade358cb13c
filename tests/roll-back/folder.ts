import { access, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { CatalogObject } from '../../src/core/catalog.js';
import { catalogOf } from '../evidence/support.js';
import { runMigrator } from '../support/drizzle-project.js';

interface Entry {
  readonly tag: string;
  readonly when: number;
}

/** A folder of Drizzle migrations, copied to a place of its own. */
export interface PublicFolder {
  /** The project: its migrations are in `drizzle/`. */
  readonly dir: string;
  /** In the order of the journal; what the journal does not list is left out, as the migrator does. */
  readonly tags: readonly string[];
  /** What the real migrator makes of the first so many: 0 to all. */
  readonly frames: readonly (readonly CatalogObject[])[];
  /** An empty database forward to the first so many, with the history rows that the folder's stamps give. */
  forward(client: pg.Client, count: number): Promise<How>;
}

/** All in one run; or, where it cannot be (an enum's value used where it was added), in a run for each. */
export type How = 'one run' | 'single runs';

/**
 * @param empty an empty database, in which the frames are made
 * @throws Error where the real migrator does not come through
 */
export async function openFolder(
  given: string,
  dir: string,
  empty: pg.Client,
): Promise<PublicFolder> {
  const from = (await isThere(join(given, 'meta', '_journal.json')))
    ? given
    : join(given, 'drizzle');
  const journal = JSON.parse(await readFile(join(from, 'meta', '_journal.json'), 'utf8')) as {
    readonly entries: readonly Entry[];
  };
  const { entries } = journal;
  const own = join(dir, 'drizzle');
  await mkdir(join(own, 'meta'), { recursive: true });
  for (const { tag } of entries) await cp(join(from, `${tag}.sql`), join(own, `${tag}.sql`));
  await cp(join(from, 'meta'), join(own, 'meta'), { recursive: true });
  await writeFile(join(dir, 'drizzle.config.json'), '{"dialect":"postgresql","out":"./drizzle"}');

  /** Given to the migrator: the files are the project's, the journal lists what is to be run. */
  const apart = `${dir}-runs`;
  await cp(own, apart, { recursive: true });
  const run = async (client: pg.Client, list: readonly Entry[]): Promise<void> => {
    const text = JSON.stringify({ ...journal, entries: list });
    await writeFile(join(apart, 'meta', '_journal.json'), text);
    const { error } = await runMigrator(client, apart);
    if (error !== null) {
      throw new Error(`${list.length === 1 ? list[0]?.tag : 'one run'}: ${error.message}`);
    }
  };
  /** Stamps that rise: the migrator passes over one that is older than the newest row. */
  const single = (client: pg.Client, index: number): Promise<void> =>
    run(client, [{ ...(entries[index] as Entry), when: index + 1 }]);

  const frames = [await catalogOf(empty)];
  for (const index of entries.keys()) {
    await single(empty, index);
    frames.push(await catalogOf(empty));
  }
  const forward = async (client: pg.Client, count: number): Promise<How> => {
    if (count === 0) return 'one run';
    const list = entries.slice(0, count);
    try {
      await run(client, list);
      return 'one run';
    } catch {
      // All of it was rolled back.
    }
    for (const index of list.keys()) await single(client, index);
    await client.query(
      `UPDATE drizzle.__drizzle_migrations SET created_at = ($1::bigint[])[created_at]`,
      [list.map(({ when }) => when)],
    );
    return 'single runs';
  };
  return { dir, tags: entries.map(({ tag }) => tag), frames, forward };
}

/** Nothing of it is the project's. */
export async function closeFolder(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await rm(`${dir}-runs`, { recursive: true, force: true });
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
