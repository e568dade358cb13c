import type { Drill } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { defaultHistoryTable } from '../migrator.js';
import { makeProject, type Project } from '../project.js';
import { drizzleConfig, packageJson } from '../settings.js';
import { data, seeded } from './data.js';
import { migrations } from './migrations.js';

const config = drizzleConfig({ schema: './src/db/schema.ts', out: './drizzle' });

const manifest = packageJson({
  name: 'tallow',
  version: '1.4.0',
  scripts: {
    'db:generate': 'drizzle-kit generate',
    start: 'drizzle-kit migrate && node dist/server.js',
  },
});

const project: Project = {
  migrations: 'drizzle',
  table: defaultHistoryTable,
  sources: migrations,
  files: { 'drizzle.config.ts': config, 'package.json': manifest },
  urlNames: ['DATABASE_URL'],
  happened: migrations.length,
  spoil: (snapshot) => snapshot,
  data,
};

/** As it has to be when the release is gone. */
const before: Project = { ...project, sources: migrations.slice(0, -1) };

const rules: readonly DataRule[] = [
  {
    sql: `SELECT count(*) = 40 FROM orders WHERE placed_at > '2025-11-17 11:10+00'`,
    right: 'The 40 orders that came in since the release are there.',
    wrong: 'Orders that came in since the release are lost.',
  },
  {
    sql: `SELECT count(phone) = 30 FROM customers`,
    right: 'The customers have their telephone numbers.',
    wrong: 'Telephone numbers of customers are lost.',
  },
];

export const badRelease: Drill = {
  name: 'bad-release',
  title: 'A release has to be taken back, and orders came in since',
  project: 'tallow',
  incident: null,
  page: `PAGE 12:31  release 1.4.0 of 11:10 is to be taken back; 1.3.2 is ready to start
The list of open orders takes 40 s since (0003_coupons dropped its index), and the coupons are
wrong. 1.3.2 knows neither coupons nor customers.telephone, and starts by
running the migrator: what stands in the project runs. 40 orders came in since
11:10; they are paid for, and must stay.`,
  goal: 'Take 0003_coupons back, out of the database and out of the project, and lose no order.',
  hints: [
    'The board shows 0003_coupons applied, and all of it there. A backup from before 11:10 has none of the 40 orders.',
    'Taking it back means: the index again, telephone named phone again, and coupons gone. Only the coupons are a loss.',
    'pgmedic plan roll-back 0003_coupons shows the ways with what each costs, and tries it on a copy of the schema.',
    'The migrator of 1.3.2 would run it again: --set project=remove takes its file, journal entry and snapshot out as well.',
  ],
  goodRun: { playbooks: ['roll-back'], writes: 4 },
  make: (ground) => makeProject(ground, project),
  judge: (ground) => judgeProject(ground, before, seeded, rules),
};
