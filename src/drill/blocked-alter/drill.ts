import type { Drill, Source, Surroundings } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { otherSession } from '../other-session.js';
import { kitProject } from '../kit-project.js';
import { makeProject } from '../project.js';

// A parcel service. A report holds a table, and a release wants to alter it.

const parcels = `CREATE TABLE "depots" (
	"id" serial PRIMARY KEY NOT NULL,
	"city" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "parcels" (
	"id" serial PRIMARY KEY NOT NULL,
	"depot_id" integer NOT NULL,
	"grams" integer NOT NULL,
	"sent_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "parcels" ADD CONSTRAINT "parcels_depot_id_depots_id_fk" FOREIGN KEY ("depot_id") REFERENCES "public"."depots"("id") ON DELETE restrict ON UPDATE no action;`;

const index = `CREATE INDEX "parcels_depot_id_idx" ON "parcels" USING btree ("depot_id");`;

const insurance = `ALTER TABLE "parcels" ADD COLUMN "insured_cents" integer DEFAULT 50000 NOT NULL;--> statement-breakpoint
UPDATE "parcels" SET "insured_cents" = 250000 WHERE "grams" > 15000;`;

const pending = '0002_insurance';

const migrations: readonly Source[] = [
  { tag: '0000_parcels', when: 1736154000000, sql: parcels },
  { tag: '0001_by_depot', when: 1738836000000, sql: index },
  { tag: pending, when: 1747396800000, sql: insurance },
];

const data: readonly string[] = [
  `INSERT INTO depots (city) VALUES ('Bern'), ('Graz'), ('Ulm'), ('Brno')`,
  `INSERT INTO parcels (depot_id, grams, sent_at)
   SELECT 1 + n % 4, 200 + n * 7919 % 20000, timestamptz '2025-04-01 06:00+00' + n * interval '1 hour'
   FROM generate_series(1, 600) n`,
];

const seeded = { depots: 4, parcels: 600 };

/** The team's own playbook. */
const playbook = `name: end-report
title: End the weekly report
summary: >-
  Ends the session of the weekly report, and no other. The report only reads; it starts again by itself.
tools: []
treats: [blocked]
migrations: none
steps:
  - write: sql
    id: end
    title: End the weekly report
    sql: >-
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'weekly-report'
    risk: ddl
`;

const project = kitProject({
  name: 'parcels',
  version: '5.2.0',
  sources: migrations,
  // The release waited for the lock until somebody stopped it.
  without: pending,
  data,
  scripts: { start: 'drizzle-kit migrate && node server.js' },
  files: { 'pgmedic/playbooks/end-report.yaml': playbook },
});

const rules: readonly DataRule[] = [
  {
    sql: `SELECT bool_and(insured_cents = CASE WHEN grams > 15000 THEN 250000 ELSE 50000 END) FROM parcels`,
    right: 'Every parcel is insured by its weight: the UPDATE of 0002 ran.',
    wrong: 'There are parcels that are not insured by their weight.',
  },
];

export const reportName = 'weekly-report';

/** The report has read the table, and has been thinking about it since, in an open transaction. */
async function surround({ url }: { readonly url: string }): Promise<Surroundings> {
  const report = await otherSession(url, reportName);
  await report.query('BEGIN');
  await report.query('SELECT depot_id, sum(grams) FROM parcels GROUP BY depot_id');
  return { stop: () => report.end().catch(() => {}) };
}

export const blockedAlter: Drill = {
  name: 'blocked-alter',
  title: 'The release waits, and everybody waits behind it',
  project: 'parcels',
  incident: null,
  page: `PAGE 14:02  the parcel service stood still for four minutes, until we stopped the release
drizzle-kit migrate printed nothing and did not come back; every page that shows a parcel hung.
As soon as it was stopped, all went on. Release 5.2.0 brings 0002_insurance,
and has to go out today. From the jobs' list: weekly-report only reads; it may
be ended at any time, and starts again by itself. Everything else on this
database belongs to customers: leave it alone.`,
  goal: 'Get 0002_insurance applied and recorded, without ending any session but that of the weekly report.',
  hints: [
    'ALTER TABLE needs the table for itself, for a moment. Whoever has read it in a transaction that is still open is in its way; and who comes later waits behind the ALTER.',
    'pgmedic names who is in the way before a step waits, gives up after a few seconds, and ends nobody by itself. Read who it is, and since when.',
    "It is the weekly report, idle in its transaction. The team's own playbook end-report (pgmedic/playbooks in the project) ends that session alone.",
    'end-report first; then apply-manually runs 0002 in one transaction, with its row.',
  ],
  goodRun: { playbooks: ['end-report', 'apply-manually'], writes: 2 },
  make: (ground) => makeProject(ground, project),
  surround,
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
