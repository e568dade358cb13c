import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withConnection } from '../../postgres/connect.js';
import type { Drill, Ground } from '../ground.js';
import { data } from './data.js';
import { judge } from './judge.js';
import { filesOf, folder, migrations, release } from './migrations.js';
import { payloadMigrate } from './runner.js';

const manifest = `${JSON.stringify(
  {
    name: 'academy',
    version: '0.6.0',
    private: true,
    type: 'module',
    scripts: { start: 'payload migrate && node server.js' },
    dependencies: { '@payloadcms/db-postgres': '3.90.0', payload: '3.90.0' },
  },
  null,
  2,
)}\n`;

export const mediaWithoutOwner: Drill = {
  name: 'media-without-owner',
  title: 'A Payload release wants an administrator who is gone',
  project: 'academy',
  incident: '000',
  page: `PAGE 21:58  release 0.6.0 does not start; back on 0.5.6 (incident 000)
column "created_by_id" of relation "media" contains null values (23502)
The release gives every file to the first administrator. There is one file,
front.jpg, and no administrator: the account was deleted in spring. The file
is the registrar's (registrar@academy.example).`,
  goal: `Get ${release} applied and recorded, front.jpg owned by the registrar, nobody made an administrator, and nothing lost.`,
  hints: [
    'Payload ran the release in one transaction and rolled it back: the column is not there, and there is no row of it.',
    'Not payload migrate:fresh, migrate:refresh or migrate:reset: the first drops the database, the others run every down, and the first down drops every table.',
    'The file needs its owner after ADD COLUMN and before SET NOT NULL; the UPDATE between them gives none while there is no administrator.',
    `The playbook backfill-not-null does it with a rule: (SELECT id FROM users WHERE email = 'registrar@academy.example').`,
  ],
  goodRun: { playbooks: ['backfill-not-null'], writes: 3 },
  make,
  judge,
};

async function make({ url, dir }: Ground): Promise<void> {
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(dir, path)), { recursive: true, mode: 0o700 });
    // .env holds a password.
    await writeFile(join(dir, path), text, { mode: 0o600 });
  };
  const release060 = Object.keys(migrations);
  const before = release060.filter((name) => name !== release);
  const putMigrations = async (names: readonly string[]): Promise<void> => {
    for (const [name, text] of Object.entries(filesOf(names))) await put(`${folder}/${name}`, text);
  };
  await put('.env', `DATABASE_URL="${url}"\n`);
  await put('package.json', manifest);
  await putMigrations(before);
  await withConnection(url, { purpose: 'drill' }, async ({ client }) => {
    await payloadMigrate(client, join(dir, folder));
    for (const sql of data) await client.query(sql);
    // The release was tried and rolled back, so nothing of it is there; the drill need not try.
    await putMigrations(release060);
    await client.query('ANALYZE');
  });
}
