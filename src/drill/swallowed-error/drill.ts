import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withConnection } from '../../postgres/connect.js';
import type { Drill, Ground } from '../ground.js';
import { data } from './data.js';
import { judge } from './judge.js';
import { folder, migrations, settings } from './migrations.js';
import { migrateOnStart } from './runner.js';

export const swallowedError: Drill = {
  name: 'swallowed-error',
  title: 'A home-made runner records what it has rolled back',
  project: 'fleet-agents',
  incident: '002',
  page: `PAGE 03:17  the Storage page is empty, every agent's report is refused (incident 002)
relation "storage_metrics" does not exist
The start log says "completed with warnings" twice; schema_migrations has a
row for each of the six files. The runner is the server's own: sorted files,
whole names.`,
  goal: 'Get what 017 and 021 make into the database, each recorded once, so that the runner has nothing to do; the files stay as they are.',
  hints: [
    'pgmedic.config.yaml says what the runner does with an error that says "already exists" or "duplicate key": it rolls back, and records the file.',
    '017 repeats the column of 016, so it can never run as a whole; its unique index is missing. 021 writes its own history row, and the runner adds another: so it was rolled back.',
    'Do not restart the server between the steps: a file without a row runs again, fails again, and is recorded again.',
    'finish-partial makes the index of 017. For 021: mark-unapplied, then apply-manually, which leaves out the row that the file writes itself.',
  ],
  goodRun: { playbooks: ['finish-partial', 'mark-unapplied', 'apply-manually'], writes: 3 },
  make,
  judge,
};

async function make({ url, dir }: Ground): Promise<void> {
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(dir, path)), { recursive: true, mode: 0o700 });
    // .env holds a password.
    await writeFile(join(dir, path), text, { mode: 0o600 });
  };
  await put('.env', `DATABASE_URL="${url}"\n`);
  await put('pgmedic.config.yaml', settings);
  await withConnection(url, { purpose: 'drill' }, async ({ client }) => {
    // Release after release, as it was: the rows were there when 017 came.
    for (const [name, sql] of Object.entries(migrations)) {
      if (name.startsWith('016')) for (const insert of data) await client.query(insert);
      await put(`${folder}/${name}`, sql);
      await migrateOnStart(client, join(dir, folder));
    }
    await client.query('ANALYZE');
  });
}
