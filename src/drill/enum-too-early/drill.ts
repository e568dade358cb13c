import type { Drill, Source } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { kitProject } from '../kit-project.js';
import { makeProject } from '../project.js';

// A gym: members and their contracts. The release knows contracts that rest.

const members = `CREATE TYPE "public"."contract_state" AS ENUM('active', 'ended');--> statement-breakpoint
CREATE TABLE "members" (
	"id" serial PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "contracts" (
	"id" serial PRIMARY KEY NOT NULL,
	"member_id" integer NOT NULL,
	"state" "contract_state" DEFAULT 'active' NOT NULL,
	"rests_until" date
);
--> statement-breakpoint
ALTER TABLE "contracts" ADD CONSTRAINT "contracts_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE restrict ON UPDATE no action;`;

const visits = `CREATE TABLE "visits" (
	"member_id" integer NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "visits_member_id_idx" ON "visits" USING btree ("member_id");`;

const addValue = `ALTER TYPE "public"."contract_state" ADD VALUE 'resting';`;
const resting = `${addValue}--> statement-breakpoint
UPDATE "contracts" SET "state" = 'resting' WHERE "rests_until" IS NOT NULL AND "state" = 'active';--> statement-breakpoint
`;
const resumes = `CREATE INDEX "contracts_rests_until_idx" ON "contracts" USING btree ("rests_until");`;

const pending = '0002_resting_contracts';

const migrations: readonly Source[] = [
  { tag: '0000_members', when: 1735812000000, sql: members },
  { tag: '0001_visits', when: 1737626400000, sql: visits },
  {
    tag: pending,
    when: 1745920800000,
    sql: resting + resumes,
    // There is no contract to rest where it is empty.
    runs: `${addValue}--> statement-breakpoint\n${resumes}`,
  },
];

const data: readonly string[] = [
  `INSERT INTO members (name) SELECT 'Member ' || n FROM generate_series(1, 90) n`,
  `INSERT INTO contracts (member_id, state, rests_until)
   SELECT n, CASE WHEN n % 6 = 0 THEN 'ended' ELSE 'active' END::contract_state,
          CASE WHEN n % 4 = 0 THEN date '2025-08-01' + n END FROM generate_series(1, 90) n`,
  `INSERT INTO visits (member_id, at)
   SELECT 1 + n % 90, timestamptz '2025-03-01 07:00+00' + n * interval '1 hour' FROM generate_series(1, 400) n`,
];

const seeded = { members: 90, contracts: 90, visits: 400 };

const project = kitProject({
  name: 'gym',
  version: '3.1.0',
  sources: migrations,
  // It was tried and rolled back.
  without: pending,
  data,
});

const rules: readonly DataRule[] = [
  {
    sql: `SELECT count(*) FILTER (WHERE state::text = 'resting') = 15
             AND count(*) FILTER (WHERE state::text = 'ended') = 15 FROM contracts`,
    right: 'The 15 contracts with a date rest, and those that have ended have stayed so.',
    wrong: 'The contracts are not as the UPDATE of 0002 leaves them: 15 resting, 15 ended.',
  },
];

export const enumTooEarly: Drill = {
  name: 'enum-too-early',
  title: 'It ran on every laptop, and fails on the one database that is in use',
  project: 'gym',
  incident: null,
  page: `PAGE 06:05  release 3.1.0 is stuck in its migration; the doors open at 07:00
unsafe use of new value "resting" of enum type contract_state (55P04)
"In CI and on my machine it goes through, each time. I have run it on
production twice, always the same. Who needs that UPDATE? Let me just mark it
applied."`,
  goal: 'Get the whole of 0002_resting_contracts applied and recorded: the value, the 15 contracts that rest, and the index.',
  hints: [
    'The migrator runs what is pending in one transaction, and everything of it was rolled back: nothing of 0002 is there.',
    'PostgreSQL does not let a new value of an enum be used in the transaction that adds it. On an empty database the type itself is made in that transaction: there it may.',
    'The value has to be added and committed first; the rest, with the history row, comes in a transaction after it.',
    'The playbook apply-manually divides 0002 so: ADD VALUE is a step of its own, and the row comes last.',
  ],
  goodRun: { playbooks: ['apply-manually'], writes: 2 },
  make: (ground) => makeProject(ground, project),
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
