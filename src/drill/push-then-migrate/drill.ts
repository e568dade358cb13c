import type { Drill, Source } from '../ground.js';
import { judgeProject } from '../judge.js';
import { makeProject, type Project } from '../project.js';
import { drizzleConfig, packageJson } from '../settings.js';
import type { SnapshotFile } from '../snapshot.js';
import { data, seeded } from './data.js';
import { migrations } from './migrations.js';

const table = { schema: 'public', table: 'drizzle_migrations' };
const config = drizzleConfig({
  schema: './drizzle/schema/index.ts',
  out: './drizzle/migrations',
  url: 'DATABASE_URL_UNPOOLED',
  table,
});

const manifest = packageJson({
  name: 'coaching',
  version: '0.4.0',
  scripts: {
    'db:generate': 'drizzle-kit generate',
    'db:migrate': 'drizzle-kit migrate',
    'db:push': 'drizzle-kit push',
  },
});

/**
 * After the pushes someone wrote the snapshots 0002 to 0004 by hand: index columns as plain
 * names, as older versions had them, and `_meta` left out. drizzle-kit 0.31 answers
 * "data is malformed".
 */
function spoil(snapshot: SnapshotFile, { tag }: Source): object {
  if (tag < '0002') return snapshot;
  const { _meta, ...rest } = snapshot;
  const tables = Object.entries(snapshot.tables).map(([name, table]) => {
    const indexes = Object.entries(table.indexes).map(([key, index]) => [
      key,
      { ...index, columns: index.columns.map(({ expression }) => expression) },
    ]);
    return [name, { ...table, indexes: Object.fromEntries(indexes) }];
  });
  return { ...rest, tables: Object.fromEntries(tables) };
}

const project: Project = {
  migrations: 'drizzle/migrations',
  table,
  sources: migrations,
  files: { 'drizzle.config.ts': config, 'package.json': manifest },
  urlNames: ['DATABASE_URL', 'DATABASE_URL_UNPOOLED'],
  happened: 1,
  spoil,
  data,
};

export const pushThenMigrate: Drill = {
  name: 'push-then-migrate',
  title: 'Everything was pushed, and now the migrator wants to create it again',
  project: 'coaching',
  incident: '001',
  page: `PAGE 08:14  the release is stuck: db:migrate fails on the production database
relation "programs" already exists (42P07)
The app itself runs and people use it. Someone says: "for the last weeks we
just ran db:push". drizzle-kit generate complains about malformed snapshots,
and a column change has to go out today.`,
  goal: 'Get the migrator to agree that 0000 to 0004 are applied: five right rows in public.drizzle_migrations, schema and data untouched.',
  hints: [
    'Compare the rows of the history table with the objects that exist: one row, and the tables of five migrations.',
    'Look at drizzle.config.ts: the history table is public.drizzle_migrations, not drizzle.__drizzle_migrations.',
    'Nothing has to be created. The rows of 0001 to 0004 are missing: sha256 of each file, and the stamp (`when`) of its journal entry.',
    'The playbook baseline writes exactly these rows, once it is shown that their objects are there (mark-applied, one by one). Leave the snapshots alone: the migrator never reads them.',
  ],
  goodRun: { playbooks: ['baseline'], writes: 1 },
  make: (ground) => makeProject(ground, project),
  judge: (ground) => judgeProject(ground, project, seeded, []),
};
