import { join } from 'node:path';
import type pg from 'pg';
import { withConnection } from '../../postgres/connect.js';
import type { Ground, Verdict } from '../ground.js';
import { judgeFiles, judgeSchema, judgeValues } from '../judge-parts.js';
import { judged, type Judged } from '../judged.js';
import { seeded } from './data.js';
import { folder, migrations, truth } from './migrations.js';
import { migrateOnStart } from './runner.js';

/** Compares the project with what its files are meant to make of an empty database. */
export async function judge(ground: Ground): Promise<Verdict> {
  const options = { purpose: 'drill judge', statementTimeout: 10_000 };
  const facts = await withConnection(ground.url, options, async ({ client }) => [
    await judgeFiles(join(ground.dir, folder), migrations),
    await judgeSchema(client, ground, truth),
    ...(await judgeHistory(client, ground)),
    await judgeValues(client, seeded, 'The rows are there, and the INSERT of 021 ran once.'),
  ]);
  return { solved: facts.every(({ ok }) => ok), facts: facts.map(({ fact }) => fact) };
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
