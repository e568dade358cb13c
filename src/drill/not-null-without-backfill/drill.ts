import type { Drill } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { defaultHistoryTable } from '../migrator.js';
import { makeProject, type Project } from '../project.js';
import { drizzleConfig, packageJson } from '../settings.js';
import { data, seeded } from './data.js';
import { migrations } from './migrations.js';

const config = drizzleConfig({ schema: './server/db/schema.ts', out: './server/db/migrations' });

const manifest = packageJson({
  name: 'campus',
  version: '0.6.0',
  scripts: {
    'db:generate': 'drizzle-kit generate',
    start: 'drizzle-kit migrate && node server/index.js',
  },
});

const project: Project = {
  migrations: 'server/db/migrations',
  table: defaultHistoryTable,
  sources: migrations,
  files: { 'drizzle.config.ts': config, 'package.json': manifest },
  urlNames: ['DATABASE_URL'],
  // The release was tried and rolled back, so nothing of it is there; the drill need not try.
  happened: async ({ tag }, _, migrate) => {
    if (tag !== migrations.at(-1)?.tag) await migrate();
  },
  spoil: (snapshot) => snapshot,
  data,
};

const rules: readonly DataRule[] = [
  {
    sql: `SELECT bool_and(created_by_id IS NOT DISTINCT FROM
            (SELECT min(u.id) FROM users u WHERE u.school_id = m.school_id)) FROM media m`,
    right: 'Every file belongs to the first account of its school.',
    wrong: 'There are files that do not belong to the first account of their school.',
  },
  {
    sql: `SELECT count(*) = 0 FROM users WHERE role = 'admin'`,
    right: 'Nobody was made an administrator to get the migration through.',
    wrong: 'There is an administrator now, and nobody was to become one.',
  },
];

export const notNullWithoutBackfill: Drill = {
  name: 'not-null-without-backfill',
  title: 'The release demands an owner for files that have none',
  project: 'campus',
  incident: '000',
  page: `PAGE 22:04  release 0.6.0 does not start, the schools are back on 0.5.6 (as in incident 000)
column "created_by_id" of relation "media" contains null values (23502)
Every uploaded file is to have an owner from now on; 0005_v0_6_0 gives them to
the first administrator. This database has none, and nobody is to become one.
The schools agreed: a file belongs to the first account (lowest users.id) of
its own school (media.school_id).`,
  goal: 'Get 0005_v0_6_0 applied and recorded, every file owned by the first account of its school, and nothing lost.',
  hints: [
    'The whole of 0005 was rolled back: neither the column nor users.theme is there, and 0.5.6 runs.',
    'Its UPDATE has a condition: AND EXISTS (an administrator). Count them: SELECT role, count(*) FROM users GROUP BY role.',
    'The rows need their value after ADD COLUMN and before SET NOT NULL. Marking 0005 applied gives them none, and the column is never made.',
    'The playbook backfill-not-null does it with a rule: (SELECT min(id) FROM users u WHERE u.school_id = media.school_id).',
  ],
  goodRun: { playbooks: ['backfill-not-null'], writes: 3 },
  make: (ground) => makeProject(ground, project),
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
