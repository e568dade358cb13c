import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Drill, Ground, Source, Surroundings } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { kitProject } from '../kit-project.js';
import { makeProject } from '../project.js';
import { startProxy } from '../proxy.js';

// A cinema with a loyalty card. The line to the database is bad, and drops at the worst moment.

const guests = `CREATE TABLE "guests" (
	"id" serial PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"points" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "guests_email_unique" UNIQUE("email")
);`;

const tickets = `CREATE TABLE "tickets" (
	"id" serial PRIMARY KEY NOT NULL,
	"guest_id" integer NOT NULL,
	"film" text NOT NULL,
	"seen_on" date NOT NULL
);
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_guest_id_guests_id_fk" FOREIGN KEY ("guest_id") REFERENCES "public"."guests"("id") ON DELETE restrict ON UPDATE no action;`;

const bonus = `ALTER TABLE "guests" ADD COLUMN "bonus_on" date;--> statement-breakpoint
UPDATE "guests" SET "points" = "points" + 100, "bonus_on" = date '2025-06-01' WHERE "points" > 0;`;

const pending = '0002_birthday_bonus';

const migrations: readonly Source[] = [
  { tag: '0000_guests', when: 1736935200000, sql: guests },
  { tag: '0001_tickets', when: 1738058400000, sql: tickets },
  { tag: pending, when: 1748768400000, sql: bonus },
];

const data: readonly string[] = [
  `INSERT INTO guests (email, points) SELECT 'guest' || n || '@example.com', n % 5 * 10 FROM generate_series(1, 100) n`,
  `INSERT INTO tickets (guest_id, film, seen_on)
   SELECT 1 + n % 100, 'Film ' || n % 12, date '2025-02-01' + n % 90 FROM generate_series(1, 500) n`,
];

const seeded = { guests: 100, tickets: 500 };

const project = kitProject({
  name: 'cinema',
  version: '4.0.0',
  sources: migrations,
  // The first try died before its COMMIT, and was rolled back.
  without: pending,
  data,
});

const rules: readonly DataRule[] = [
  {
    sql: `SELECT sum(points) = 10000 AND count(bonus_on) = 80 FROM guests`,
    right: 'The 80 guests with points have their bonus, once.',
    wrong: 'There are guests without their bonus, or with more than one.',
  },
];

/** Milliseconds that the line is down. */
const outage = 3000;

/**
 * The line: the server has committed the bonus, and the answer does not arrive. Then nobody comes
 * through for a while. It happens once.
 */
async function surround(ground: Ground): Promise<Surroundings> {
  let bonusSeen = false;
  let downUntil: number | null = null;
  const line = await startProxy(
    ground.url,
    (sql) => {
      bonusSeen ||= sql.includes('"points" + 100');
      if (!bonusSeen || downUntil !== null || !/^\s*commit\b/i.test(sql)) return 'forward';
      downUntil = Date.now() + outage;
      return 'cut after';
    },
    { refuses: () => downUntil !== null && Date.now() < downUntil },
  );
  await writeFile(join(ground.dir, '.env'), `DATABASE_URL="${line.url}"\n`, { mode: 0o600 });
  return { url: line.url, stop: line.close };
}

export const lostCommit: Drill = {
  name: 'lost-commit',
  title: 'The connection dies at COMMIT: is it there, or is it not?',
  project: 'cinema',
  incident: null,
  page: `PAGE 21:40  release 4.0.0: the migration has died once already, and the line is bad tonight
Connection terminated unexpectedly
"The first try was rolled back, I looked: guests.bonus_on is not there. The
provider says that connections may drop for some seconds, at any time."
0002_birthday_bonus gives every guest who has points 100 more. Nobody may get
them twice: they are worth money.`,
  goal: 'Get 0002_birthday_bonus applied and recorded, with the bonus given once, whatever the line does.',
  hints: [
    'Nothing of 0002 is there at the start; apply-manually runs it with its row, in one transaction.',
    'When the connection dies at COMMIT, the server may have done it or not; the error is the same. Trying again blindly gives some the bonus twice, or fails at what is there.',
    'The server knows: it remembers by its number what became of a transaction. pgmedic has noted that number before COMMIT, and asks as soon as the line is back.',
    'Read what the step says of itself. If it was committed, it is done: history row, column and rows went in together. Then the board shows 0002 applied.',
  ],
  goodRun: { playbooks: ['apply-manually'], writes: 1 },
  make: (ground) => makeProject(ground, project),
  surround,
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
