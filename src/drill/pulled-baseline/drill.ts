import type { Drill, Source } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { kitProject } from '../kit-project.js';
import { makeProject, type Project } from '../project.js';

// A clinic whose database is older than its migrations: drizzle-kit pull made the first of them.

const statements: readonly string[] = [
  `CREATE TABLE "patients" (
	"id" serial PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"born_on" date NOT NULL
);
`,
  `CREATE TABLE "doctors" (
	"id" serial PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "doctors_name_unique" UNIQUE("name")
);
`,
  `CREATE TABLE "visits" (
	"id" serial PRIMARY KEY NOT NULL,
	"patient_id" integer NOT NULL,
	"doctor_id" integer NOT NULL,
	"at" timestamp with time zone NOT NULL
);
`,
  `ALTER TABLE "visits" ADD CONSTRAINT "visits_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE restrict ON UPDATE no action;`,
  `ALTER TABLE "visits" ADD CONSTRAINT "visits_doctor_id_doctors_id_fk" FOREIGN KEY ("doctor_id") REFERENCES "public"."doctors"("id") ON DELETE restrict ON UPDATE no action;`,
  `CREATE INDEX "visits_patient_id_idx" ON "visits" USING btree ("patient_id");`,
];

// As drizzle-kit writes it, with the comment taken away as its second line says.
const pulled = `-- Current sql file was generated after introspecting the database
-- If you want to run this migration please uncomment this code before executing migrations

${statements.join('--> statement-breakpoint\n')}
`;

const reminders = `ALTER TABLE "visits" ADD COLUMN "remind_on" date;--> statement-breakpoint
UPDATE "visits" SET "remind_on" = ("at" AT TIME ZONE 'UTC')::date - 2;--> statement-breakpoint
CREATE INDEX "visits_remind_on_idx" ON "visits" USING btree ("remind_on");`;

const baseline = '0000_flawless_carnage';
const pending = '0001_reminders';

const migrations: readonly Source[] = [
  { tag: baseline, when: 1746432000000, sql: pulled },
  { tag: pending, when: 1746518400000, sql: reminders },
];

const data: readonly string[] = [
  `INSERT INTO patients (name, born_on) SELECT 'Patient ' || n, date '1950-01-01' + n * 97 FROM generate_series(1, 110) n`,
  `INSERT INTO doctors (name) SELECT 'Dr. ' || n FROM generate_series(1, 6) n`,
  `INSERT INTO visits (patient_id, doctor_id, at)
   SELECT 1 + n % 110, 1 + n % 6, timestamptz '2025-05-12 08:00+00' + n * interval '20 minutes' FROM generate_series(1, 340) n`,
];

const seeded = { patients: 110, doctors: 6, visits: 340 };

const project: Project = {
  ...kitProject({
    name: 'clinic',
    version: '2.0.0',
    sources: migrations,
    without: pending,
    data,
    scripts: { pull: 'drizzle-kit pull', start: 'drizzle-kit migrate && node server.js' },
  }),
  // For years the schema was kept by hand: no migrator has ever run here.
  happened: async ({ tag }, client) => {
    if (tag === baseline) for (const sql of statements) await client.query(sql);
  },
};

const rules: readonly DataRule[] = [
  {
    sql: `SELECT bool_and(remind_on = (at AT TIME ZONE 'UTC')::date - 2) FROM visits`,
    right: 'Every visit has the day of its reminder: the UPDATE of 0001 ran.',
    wrong: 'There are visits without the day of their reminder.',
  },
];

export const pulledBaseline: Drill = {
  name: 'pulled-baseline',
  title: 'The first migration was pulled from a database that has it all',
  project: 'clinic',
  incident: null,
  page: `PAGE 06:30  2.0.0, our first with migrations, does not start; doors at 08:00
relation "patients" already exists (42P07)
"drizzle-kit pull wrote 0000 from this very database, and says in its second
line to uncomment it, so I did. On an empty database both run. Shall I drop
the tables and let it make them, or take the two for done?"`,
  goal: 'Get 0000_flawless_carnage recorded without running it, 0001_reminders applied and recorded, and nothing lost.',
  hints: [
    'There is no history table: the migrator takes the database for an empty one, and begins with 0000.',
    'What pull has written is what the database had that day. It is to be recorded as applied, and never to be run here; on a new database it runs.',
    'Not 0001: visits.remind_on is not there. Whoever takes both for done leaves 2.0.0 without it.',
    'The playbook baseline makes the table, with a row for 0000, which is proven to be there. Then 0001 is the only one to run: apply-manually.',
  ],
  goodRun: { playbooks: ['baseline', 'apply-manually'], writes: 2 },
  make: (ground) => makeProject(ground, project),
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
