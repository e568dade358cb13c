import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { withConnection } from '../../postgres/connect.js';
import { catalogLines, readCatalog } from '../catalog.js';
import type { Ground, Verdict } from '../ground.js';
import { judged, type Judged } from '../judged.js';
import { seeded } from './data.js';
import { folder, migrations, truth } from './migrations.js';
import { migrateOnStart } from './runner.js';

/** Compares the project with what its files are meant to make of an empty database. */
export async function judge(ground: Ground): Promise<Verdict> {
  const options = { purpose: 'drill judge', statementTimeout: 10_000 };
  const facts = await withConnection(ground.url, options, async ({ client }) => [
    await judgeFiles(ground),
    await judgeSchema(client, ground),
    ...(await judgeHistory(client, ground)),
    await judgeData(client),
  ]);
  return { solved: facts.every(({ ok }) => ok), facts: facts.map(({ fact }) => fact) };
}

async function judgeFiles({ dir }: Ground): Promise<Judged> {
  const names = await readdir(join(dir, folder)).catch((): string[] => []);
  const wrong = names.filter((name) => migrations[name] === undefined);
  for (const [name, sql] of Object.entries(migrations)) {
    const text = await readFile(join(dir, folder, name), 'utf8').catch(() => null);
    if (text !== sql) wrong.push(name);
  }
  return judged(
    wrong.length === 0,
    'The migration files are as they were.',
    `Migration files were changed, added or removed: ${wrong.join(', ')}.`,
  );
}

async function judgeSchema(client: pg.Client, { sandbox }: Ground): Promise<Judged> {
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

/** Where every file has its row, the real runner is started: then it may have nothing to do. */
async function judgeHistory(client: pg.Client, { dir }: Ground): Promise<Judged[]> {
  const { rows } = await client.query<{ version: string }>('SELECT version FROM schema_migrations');
  const names = Object.keys(migrations).filter((name) => name.endsWith('.up.sql'));
  const lacks = names.filter((name) => !rows.some(({ version }) => version === name));
  const complete = lacks.length === 0 && rows.length === names.length;
  const recorded = judged(
    complete,
    `schema_migrations has exactly the ${names.length} rows of the files.`,
    `The rows of schema_migrations are not those of the files: ${lacks.length === 0 ? 'there are others' : `missing ${lacks.join(', ')}`}.`,
  );
  if (!complete) return [recorded];
  const log = await migrateOnStart(client, join(dir, folder));
  return [
    recorded,
    judged(
      log.length === 0,
      "The server's own runner was started, and has nothing to do.",
      `The server's own runner was started, and said: ${log.join('; ')}.`,
    ),
  ];
}

async function judgeData(client: pg.Client): Promise<Judged> {
  const wrong: string[] = [];
  for (const [what, { sql, is }] of Object.entries(seeded)) {
    // A table that is not there has no rows.
    const { rows } = await client
      .query<{ is: string }>(`SELECT (${sql})::text AS is`)
      .catch(() => ({ rows: [] }));
    if (rows[0]?.is !== is) wrong.push(`${what}: ${rows[0]?.is ?? 'none'} instead of ${is}`);
  }
  return judged(
    wrong.length === 0,
    'The rows are there, and the INSERT of 021 ran once.',
    `Rows are lost, or not as they should be: ${wrong.join('; ')}.`,
  );
}
