import type { Drill, Source } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { kitProject } from '../kit-project.js';
import { makeProject } from '../project.js';

// A marina: boats, berths, bookings. The branch with the reminders was generated first and merged last.

const boats = `CREATE TABLE "boats" (
	"id" serial PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"length_cm" integer NOT NULL,
	CONSTRAINT "boats_name_unique" UNIQUE("name")
);`;

const bookings = `CREATE TABLE "berths" (
	"id" serial PRIMARY KEY NOT NULL,
	"pier" text NOT NULL,
	"length_cm" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "bookings" (
	"id" serial PRIMARY KEY NOT NULL,
	"boat_id" integer NOT NULL,
	"berth_id" integer NOT NULL,
	"arrives" date NOT NULL,
	"leaves" date NOT NULL
);
--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_boat_id_boats_id_fk" FOREIGN KEY ("boat_id") REFERENCES "public"."boats"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_berth_id_berths_id_fk" FOREIGN KEY ("berth_id") REFERENCES "public"."berths"("id") ON DELETE restrict ON UPDATE no action;`;

const invoices = `CREATE TABLE "invoices" (
	"booking_id" integer PRIMARY KEY NOT NULL,
	"cents" integer NOT NULL,
	"paid_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_booking_id_bookings_id_fk" FOREIGN KEY ("booking_id") REFERENCES "public"."bookings"("id") ON DELETE restrict ON UPDATE no action;`;

const reminders = `CREATE TABLE "reminders" (
	"booking_id" integer PRIMARY KEY NOT NULL,
	"due" date NOT NULL,
	"sent_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "reminders" ADD CONSTRAINT "reminders_booking_id_bookings_id_fk" FOREIGN KEY ("booking_id") REFERENCES "public"."bookings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
INSERT INTO "reminders" ("booking_id", "due") SELECT "id", "arrives" - 3 FROM "bookings";`;

const migrations: readonly Source[] = [
  { tag: '0000_boats', when: 1741341600000, sql: boats },
  { tag: '0001_bookings', when: 1741946400000, sql: bookings },
  { tag: '0002_invoices', when: 1743760800000, sql: invoices },
  // Generated as 0002 on its branch, two weeks before; the merge gave it another number and kept the stamp.
  { tag: '0003_reminders', when: 1742551200000, sql: reminders, skipped: true },
];

const data: readonly string[] = [
  `INSERT INTO boats (name, length_cm) SELECT 'Boat ' || n, 600 + n * 7 % 500 FROM generate_series(1, 40) n`,
  `INSERT INTO berths (pier, length_cm) SELECT chr(65 + n % 4), 800 + n % 3 * 200 FROM generate_series(1, 24) n`,
  `INSERT INTO bookings (boat_id, berth_id, arrives, leaves)
   SELECT 1 + n % 40, 1 + n % 24, date '2025-05-01' + n, date '2025-05-03' + n FROM generate_series(1, 120) n`,
  `INSERT INTO invoices (booking_id, cents) SELECT id, 4500 + id % 7 * 500 FROM bookings WHERE id % 3 <> 0`,
];

const seeded = { boats: 40, berths: 24, bookings: 120, invoices: 80 };

const project = kitProject({
  name: 'marina',
  version: '2.3.0',
  sources: migrations,
  // The last one was deployed too: the migrator passed it over.
  without: null,
  data,
});

const rules: readonly DataRule[] = [
  {
    sql: `SELECT count(*) = (SELECT count(*) FROM bookings) AND bool_and(r.due = b.arrives - 3)
          FROM reminders r JOIN bookings b ON b.id = r.booking_id`,
    right: 'Every booking has its reminder, once.',
    wrong: 'There are bookings without a reminder: the INSERT of 0003 did not run.',
  },
];

export const outOfOrder: Drill = {
  name: 'out-of-order',
  title: 'The migration of a merged branch is never run, and no deploy complains',
  project: 'marina',
  incident: null,
  page: `PAGE 07:30  2.3.0 is out since yesterday, and no guest has had a reminder
relation "reminders" does not exist
"The deploy is green, drizzle-kit migrate says it is done. I have started it
three times now. The reminders came with the branch that was merged last,
0003_reminders; I only gave it the next free number, as two branches both had
a 0002."`,
  goal: 'Get 0003_reminders applied and recorded, with a reminder for every booking, and a journal that no database will skip.',
  hints: [
    'The file is there and the journal lists it. Look at why the migrator passes it over: the last column of the board.',
    'Drizzle compares one number: the stamp (`when`) of an entry with the newest row of the history. Number and order of the files do not count.',
    'The stamp of 0003 is older than that of 0002, which has run. It has to be above it, in the journal and in the history row.',
    'The playbook reconcile-journal raises the stamp, and runs 0003 with its row when you say yes.',
  ],
  goodRun: { playbooks: ['reconcile-journal'], writes: 2 },
  make: (ground) => makeProject(ground, project),
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
