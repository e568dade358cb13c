import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { withConnection } from '../postgres/connect.js';
import { catalogLines, readCatalog } from './catalog.js';
import type { Ground } from './ground.js';
import { judged, type Judged } from './judged.js';

/** What drills with a runner of their own are judged by, where the truth is known as SQL. */

/** The folder has these files, by name, and no others of their kind. */
export async function judgeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<Judged> {
  const names = await readdir(folder).catch((): string[] => []);
  const wrong = names.filter((name) => files[name] === undefined);
  for (const [name, right] of Object.entries(files)) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => null);
    if (text !== right) wrong.push(name);
  }
  return judged(
    wrong.length === 0,
    'The migration files are as they were.',
    `Migration files were changed, added or removed: ${wrong.join(', ')}.`,
  );
}

/** The schema is what this SQL makes of an empty database, in one beside the drill's. */
export async function judgeSchema(
  client: pg.Client,
  { sandbox }: Ground,
  truth: readonly string[],
): Promise<Judged> {
  const found = catalogLines(await readCatalog(client));
  const url = await sandbox.createDatabase();
  try {
    const right = await withConnection(url, { purpose: 'drill judge' }, async (own) => {
      for (const sql of truth) await own.client.query(sql);
      return catalogLines(await readCatalog(own.client));
    });
    const lacks = right.filter((line) => !found.includes(line)).map((line) => `no ${line}`);
    const extra = found.filter((line) => !right.includes(line)).map((line) => `a ${line}`);
    return judged(
      lacks.length + extra.length === 0,
      'The schema is what the migrations are meant to make.',
      `The schema is not what the migrations are meant to make: there is ${[...lacks, ...extra].slice(0, 3).join('; ')}.`,
    );
  } finally {
    await sandbox.dropDatabase(url);
  }
}

/** One value each, as text. */
export type Values = Readonly<Record<string, { readonly sql: string; readonly is: string }>>;

export async function judgeValues(
  client: pg.Client,
  values: Values,
  right: string,
): Promise<Judged> {
  const wrong: string[] = [];
  for (const [what, { sql, is }] of Object.entries(values)) {
    // A table that is not there has no rows.
    const { rows } = await client
      .query<{ is: string }>(`SELECT (${sql})::text AS is`)
      .catch(() => ({ rows: [] }));
    if (rows[0]?.is !== is) wrong.push(`${what}: ${rows[0]?.is ?? 'none'} instead of ${is}`);
  }
  return judged(
    wrong.length === 0,
    right,
    `Rows are lost, or not as they should be: ${wrong.join('; ')}.`,
  );
}
