import type { Drill } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { defaultHistoryTable } from '../migrator.js';
import { makeProject, type Project } from '../project.js';
import { drizzleConfig, packageJson } from '../settings.js';
import { data, seeded } from './data.js';
import { migrations } from './migrations.js';
import { happened, runnerText } from './runner.js';

const config = drizzleConfig({ schema: './server/schema.ts', out: './server/migrations' });

const manifest = packageJson({
  name: 'fleet-server',
  version: '0.1.27',
  type: 'module',
  scripts: {
    'db:generate': 'drizzle-kit generate',
    start: 'node server/migrate.js && node server/main.js',
  },
});

const project: Project = {
  migrations: 'server/migrations',
  table: defaultHistoryTable,
  sources: migrations,
  files: {
    'drizzle.config.ts': config,
    'package.json': manifest,
    'server/migrate.js': runnerText,
  },
  urlNames: ['DATABASE_URL'],
  happened,
  spoil: (snapshot) => snapshot,
  data,
};

const rules: readonly DataRule[] = [
  {
    sql: `SELECT count(*) = (SELECT count(*) FROM agents)
          FROM agent_subsystems WHERE subsystem = 'storage' AND interval_minutes = 30`,
    right: 'The INSERT of 0021 ran once: every agent reports its storage.',
    wrong: 'The INSERT of 0021 did not run: there are agents without the subsystem "storage".',
  },
  {
    sql: `SELECT count(machine_id) = 38 FROM agents`,
    right: 'The machine ids that the agents reported are there.',
    wrong: 'Machine ids of agents are lost.',
  },
];

export const falselyAppliedDrill: Drill = {
  name: 'falsely-applied',
  title: 'Eight migrations are recorded, and two of them were rolled back',
  project: 'fleet-server',
  incident: '002',
  page: `PAGE 03:17  the Storage page is empty, every agent's report is refused (as in incident 002)
relation "storage_metrics" does not exist
The start log says "Migrations completed with warnings", once in October and
once in December; the history table has a row for each of the eight
migrations.`,
  goal: 'Get what 0017 and 0021 make into the database, each recorded once, so that the migrator has nothing to run and skips nothing; the files stay as they are.',
  hints: [
    'Read server/migrate.js: what it does with an error that says "already exists", after the migrator has rolled back.',
    '0021 left nothing: no table, no index, no rows. 0017 repeats the column of 0016, so it can never run as a whole; its unique index is missing.',
    'A row that is removed below a newer one does not bring the migration back: the migrator goes by the newest stamp and skips it in silence.',
    'finish-partial makes the index of 0017. For 0021: mark-unapplied, then apply-manually, which runs the SQL and puts the row back in one transaction.',
  ],
  goodRun: { playbooks: ['finish-partial', 'mark-unapplied', 'apply-manually'], writes: 3 },
  make: (ground) => makeProject(ground, project),
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
