import { join } from 'node:path';
import type pg from 'pg';
import { messageOf } from '../../core/errors.js';
import { withConnection } from '../../postgres/connect.js';
import type { Ground, Verdict } from '../ground.js';
import { judgeFiles, judgeSchema, judgeValues } from '../judge-parts.js';
import { judged, type Judged } from '../judged.js';
import { seeded } from './data.js';
import { filesOf, folder, migrations } from './migrations.js';
import { payloadMigrate } from './runner.js';

/** Asks Payload's own loop, the schema and the data. */
export async function judge(ground: Ground): Promise<Verdict> {
  const options = { purpose: 'drill judge', statementTimeout: 10_000 };
  const names = Object.keys(migrations);
  const truth = Object.values(migrations).map(({ up }) => up);
  const facts = await withConnection(ground.url, options, async ({ client }) => [
    await judgeFiles(join(ground.dir, folder), filesOf(names)),
    await judgeSchema(client, ground, truth),
    ...(await judgeHistory(client, ground, names)),
    await judgeValues(
      client,
      seeded,
      'front.jpg belongs to the registrar, nobody became an administrator, and nothing is lost.',
    ),
  ]);
  return { solved: facts.every(({ ok }) => ok), facts: facts.map(({ fact }) => fact) };
}

/** Payload is started only where every file has its row: then it may have nothing to do. */
async function judgeHistory(
  client: pg.Client,
  { dir }: Ground,
  names: readonly string[],
): Promise<Judged[]> {
  const { rows } = await client
    .query<{ name: string }>('SELECT name FROM payload_migrations ORDER BY name')
    .catch(() => ({ rows: [] }));
  const found = rows.map(({ name }) => name);
  const complete = found.join() === names.join();
  const recorded = judged(
    complete,
    `payload_migrations has exactly the ${names.length} rows of the files.`,
    `The rows of payload_migrations are not those of the files: ${found.join(', ') || 'none'}.`,
  );
  if (!complete) return [recorded];
  const said = await payloadMigrate(client, join(dir, folder)).then(
    (ran) => ran.join(', '),
    messageOf,
  );
  return [
    recorded,
    judged(
      said === '',
      'Payload agrees: it has nothing to run.',
      `Payload does not agree: ${said}.`,
    ),
  ];
}
