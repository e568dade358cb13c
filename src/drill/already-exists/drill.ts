import type { Drill } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { defaultHistoryTable } from '../migrator.js';
import { makeProject, type Happening, type Project } from '../project.js';
import { drizzleConfig, packageJson } from '../settings.js';
import { data, moved, seeded } from './data.js';
import { migrations, pasted } from './migrations.js';

const config = drizzleConfig({ schema: './src/lib/database/schemas/index.ts', out: './drizzle' });

const manifest = packageJson({
  name: 'foldly',
  version: '0.9.0',
  scripts: { generate: 'drizzle-kit generate', migrate: 'drizzle-kit migrate' },
});

const breakpoint = '--> statement-breakpoint';

const branch = '0006_workspace_branding';

/**
 * What the console did: each statement a transaction of its own, up to the first that fails.
 * 0007 and 0008 were deployed from a branch that did not have 0006.
 */
const happened: Happening = async ({ tag, sql }, client, migrate) => {
  if (tag === branch) {
    await client.query(sql);
    return;
  }
  if (tag !== '0009_flexible_subscription_system') return migrate(branch);
  for (const rows of data) await client.query(rows);
  for (const statement of pasted.split(breakpoint)) {
    const code = await client.query(statement).then(
      () => null,
      (error: { code?: string }) => error.code,
    );
    if (code === '22P02') break;
    if (code !== null) throw new Error(`${tag}: ${code} instead of 22P02`);
  }
  await client.query(moved);
};

const project: Project = {
  migrations: 'drizzle',
  table: defaultHistoryTable,
  sources: migrations,
  files: { 'drizzle.config.ts': config, 'package.json': manifest },
  urlNames: ['DATABASE_URL'],
  happened,
  spoil: (snapshot) => snapshot,
  data: [],
};

const rules: readonly DataRule[] = [
  {
    sql: `SELECT array_agg(tier_key::text || storage_limit_gb ORDER BY storage_limit_gb) = '{free50,pro500,business2000}'
          FROM subscription_tiers`,
    right: 'There are the three tiers, each once.',
    wrong: 'The tiers are not free, pro and business, each once.',
  },
  {
    sql: `SELECT count(*) = (SELECT count(*) FROM users) AND bool_and(t.tier_key = u.plan AND s.is_current)
          FROM user_subscriptions s JOIN users u ON u.id = s.user_id JOIN subscription_tiers t ON t.id = s.tier_id`,
    right: 'Every user was migrated to the tier of their plan, once.',
    wrong: 'There are users without a subscription, or with one that is not of their plan.',
  },
  {
    sql: `SELECT count(*) = (SELECT count(*) FROM users) AND count(DISTINCT user_id) = count(*) FROM subscription_events`,
    right: 'Every migrated user has an event, once.',
    wrong: 'The events of the migrated users are missing, or there are too many.',
  },
  {
    sql: `SELECT count(*) FILTER (WHERE w.name = 'Clients') = 4 AND count(w.id) = 150
          FROM links l LEFT JOIN workspaces w ON w.id = l.workspace_id AND w.user_id = l.user_id`,
    right: 'Every link is in a workspace, and those that support moved have stayed there.',
    wrong: 'Links have lost their workspace, or those that support moved were moved back.',
  },
];

export const alreadyExists: Drill = {
  name: 'already-exists',
  title: 'The column is there already, and the rest of the migration is not',
  project: 'foldly',
  incident: '004',
  page: `PAGE 17:40  the subscription release is stuck: npm run migrate fails (as in incident 004)
column "workspace_id" of relation "links" already exists (42701)
"Last week I pasted 0009 into the SQL console. It stopped somewhere with a
JSON error. The file is corrected now. 0006 I had pasted too, that one went
through." Since then support has moved links to other workspaces, so nothing
of links.workspace_id may be lost.`,
  goal: 'Get the rest of 0009 applied, every user migrated to a subscription, and a history that has 0006 and 0009, so that the migrator has nothing to run.',
  hints: [
    'Compare the rows of drizzle.__drizzle_migrations with the journal: 0006 and 0009 have none, though 0006 is wholly there.',
    'The console ran statement by statement. The first three of 0009 are there: the column, its values, its foreign key; CREATE TABLE "subscription_tiers" failed.',
    'Dropping the column and running the migrator would undo what support did. Marking 0009 applied leaves everybody without a subscription.',
    'baseline records 0006, for which everything is there. finish-partial runs 0009 from statement 4 and records it.',
  ],
  goodRun: { playbooks: ['baseline', 'finish-partial'], writes: 2 },
  make: (ground) => makeProject(ground, project),
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
