import { setTimeout as pause } from 'node:timers/promises';
import type { Drill, Ground, Source, Surroundings } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { otherSession } from '../other-session.js';
import { kitProject } from '../kit-project.js';
import { makeProject } from '../project.js';

// A market hall: stalls, sales. Two people repair the same release at once, and one of them is you.

const stalls = `CREATE TABLE "stalls" (
	"id" serial PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sales" (
	"id" serial PRIMARY KEY NOT NULL,
	"stall_id" integer NOT NULL,
	"cents" integer NOT NULL,
	"sold_on" date NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sales" ADD CONSTRAINT "sales_stall_id_stalls_id_fk" FOREIGN KEY ("stall_id") REFERENCES "public"."stalls"("id") ON DELETE restrict ON UPDATE no action;`;

const payoutsTable = `CREATE TABLE "payouts" (
	"id" serial PRIMARY KEY NOT NULL,
	"stall_id" integer NOT NULL,
	"cents" bigint NOT NULL
);`;
const holdsTable = `CREATE TABLE "payout_holds" (
	"stall_id" integer PRIMARY KEY NOT NULL,
	"reason" text NOT NULL
);`;
const payouts = [
  payoutsTable,
  holdsTable,
  `CREATE INDEX "payouts_stall_id_idx" ON "payouts" USING btree ("stall_id");`,
  `INSERT INTO "payouts" ("stall_id", "cents") SELECT "stall_id", sum("cents") FROM "sales" GROUP BY "stall_id";`,
].join('--> statement-breakpoint\n');

const half = '0001_payouts';

const migrations: readonly Source[] = [
  { tag: '0000_stalls', when: 1739782800000, sql: stalls },
  { tag: half, when: 1748250000000, sql: payouts },
];

const data: readonly string[] = [
  `INSERT INTO stalls (name) SELECT 'Stall ' || n FROM generate_series(1, 30) n`,
  `INSERT INTO sales (stall_id, cents, sold_on)
   SELECT 1 + n % 30, 250 + n % 40 * 25, date '2025-05-01' + n % 20 FROM generate_series(1, 450) n`,
  // What the console of the page left.
  payoutsTable,
];

const seeded = { stalls: 30, sales: 450 };

const project = kitProject({
  name: 'market',
  version: '1.1.0',
  sources: migrations,
  without: half,
  data,
});

const rules: readonly DataRule[] = [
  {
    sql: `SELECT count(*) = 30 AND count(DISTINCT stall_id) = 30 AND sum(cents) = (SELECT sum(cents) FROM sales) FROM payouts`,
    right: 'Every stall is paid out, once.',
    wrong: 'There are stalls that are not paid out, or paid out more than once.',
  },
];

/**
 * The colleague: as soon as the operator's backup is under way, pastes one more statement of the
 * migration into a console of their own.
 */
async function surround({ url }: Ground): Promise<Surroundings> {
  const colleague = await otherSession(url, 'psql');
  const ended = new AbortController();
  const { signal } = ended;
  const play = async (): Promise<void> => {
    for (;;) {
      const { rowCount } = await colleague.query(
        `SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND application_name ~ '^pgmedic (backup|dump)'`,
      );
      if (rowCount !== 0) break;
      await pause(50, undefined, { signal });
    }
    await colleague.query(holdsTable);
  };
  // The end of the drill, or of the session from outside: then nobody pastes anything.
  const playing = play().catch(() => {});
  return {
    stop: async () => {
      ended.abort();
      await playing;
      await colleague.end().catch(() => {});
    },
  };
}

export const twoOperators: Drill = {
  name: 'two-operators',
  title: 'You are not the only one who repairs it',
  project: 'market',
  incident: null,
  page: `PAGE 09:15  payouts are due at noon, and release 1.1.0 fails in its migration
relation "payouts" already exists (42P07)
"I pasted the first statement of 0001_payouts into a console, and then the
phone rang." Somebody of the other team writes that they are having a look as
well; nobody answers the phone there. Each stall may be paid out once, and
once only.`,
  goal: 'Get the rest of 0001_payouts applied, once, and recorded, whatever the other one does meanwhile.',
  hints: [
    'Of 0001 the first of four statements is there. Running the whole again fails; marking it applied leaves the stalls unpaid.',
    'finish-partial runs what is not there yet, and records it, in one transaction.',
    'Between the plan and its first step somebody else may have changed the database. pgmedic looks again and shows what is different now: read it before you go on.',
    'The colleague has made payout_holds meanwhile. Make a new plan with finish-partial: it goes on behind that, and pays out once.',
  ],
  goodRun: { playbooks: ['finish-partial'], writes: 1 },
  make: (ground) => makeProject(ground, project),
  surround,
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
