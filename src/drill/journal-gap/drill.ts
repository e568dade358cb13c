import type { Drill } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { defaultHistoryTable } from '../migrator.js';
import { makeProject, type Project } from '../project.js';
import { drizzleConfig, packageJson } from '../settings.js';
import { auth } from './auth.js';
import { base } from './base.js';
import { charts } from './charts.js';
import { data, seeded } from './data.js';
import { unlisted } from './unlisted.js';

// The folder is what the container image of the incident holds: the Dockerfile copies the
// migrations and the settings, not the schema.
const config = drizzleConfig({ schema: './lib/db/schema.ts', out: './lib/db/migrations' });

const manifest = packageJson({
  name: 'bcos',
  version: '0.1.0',
  scripts: { 'db:generate': 'drizzle-kit generate', 'db:migrate': 'tsx scripts/run-migrations.ts' },
});

const project: Project = {
  migrations: 'lib/db/migrations',
  table: defaultHistoryTable,
  sources: [...base, ...charts, ...auth, ...unlisted],
  files: { 'drizzle.config.ts': config, 'package.json': manifest },
  urlNames: ['DATABASE_URL'],
  happened: 16,
  spoil: (snapshot) => snapshot,
  data,
};

const rules: readonly DataRule[] = [
  {
    sql: `SELECT bool_and(d.is_default = (d.dashboard_id = (
            SELECT o.dashboard_id FROM dashboards o
            WHERE o.organization_id = d.organization_id AND o.is_active
            ORDER BY o.created_at, o.dashboard_id LIMIT 1))) FROM dashboards d`,
    right:
      'The UPDATE of 0021 ran: the oldest active dashboard of each organization is its default.',
    wrong:
      'The UPDATE of 0021 did not run: organizations have no default dashboard, or the wrong one.',
  },
];

export const journalGap: Drill = {
  name: 'journal-gap',
  title: 'The deploy is green and three migrations never ran',
  project: 'bcos',
  incident: '003',
  page: `PAGE 23:52  staging: passkey enrolment fails for everyone
relation "webauthn_credentials" does not exist
The deploy at 23:41 is green; its migration task says "Migrations completed
successfully". Dashboards show no icons and none opens by default. Production
goes out at 06:00.`,
  goal: 'Get 0019, 0020 and 0021 applied and recorded, so that the migrator has nothing left to run and nothing is lost.',
  hints: [
    'The migrator told the truth: it ran everything it knows of. Compare what is on the disk with what it reads.',
    'It reads meta/_journal.json and no folder listing; three files are not in it.',
    'An entry whose stamp (`when`) is not above the newest row of drizzle.__drizzle_migrations is passed over in silence.',
    'The playbook reconcile-journal adds the entries with stamps that will not be skipped; then the SQL has to run: by the next deploy, or with apply-manually.',
  ],
  goodRun: { playbooks: ['reconcile-journal'], writes: 4 },
  make: (ground) => makeProject(ground, project),
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
