import type { Drill, Source } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { kitProject } from '../kit-project.js';
import { makeProject } from '../project.js';

// A library: readers, books, loans. Somebody took the schema "drizzle" for a leftover.

const readers = `CREATE TABLE "readers" (
	"id" serial PRIMARY KEY NOT NULL,
	"card" varchar(12) NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "readers_card_unique" UNIQUE("card")
);
--> statement-breakpoint
CREATE TABLE "books" (
	"id" serial PRIMARY KEY NOT NULL,
	"isbn" varchar(13) NOT NULL,
	"title" text NOT NULL
);`;

const loans = `CREATE TABLE "loans" (
	"id" serial PRIMARY KEY NOT NULL,
	"reader_id" integer NOT NULL,
	"book_id" integer NOT NULL,
	"lent_on" date NOT NULL,
	"returned_on" date
);
--> statement-breakpoint
ALTER TABLE "loans" ADD CONSTRAINT "loans_reader_id_readers_id_fk" FOREIGN KEY ("reader_id") REFERENCES "public"."readers"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loans" ADD CONSTRAINT "loans_book_id_books_id_fk" FOREIGN KEY ("book_id") REFERENCES "public"."books"("id") ON DELETE restrict ON UPDATE no action;`;

const index = `CREATE INDEX "loans_open_idx" ON "loans" USING btree ("reader_id") WHERE "loans"."returned_on" is null;--> statement-breakpoint
ALTER TABLE "readers" ADD COLUMN "blocked" boolean DEFAULT false NOT NULL;`;

const due = `ALTER TABLE "loans" ADD COLUMN "due_on" date;--> statement-breakpoint
UPDATE "loans" SET "due_on" = "lent_on" + 28;--> statement-breakpoint
ALTER TABLE "loans" ALTER COLUMN "due_on" SET NOT NULL;`;

const pending = '0003_due_dates';

const migrations: readonly Source[] = [
  { tag: '0000_readers_and_books', when: 1738576800000, sql: readers },
  { tag: '0001_loans', when: 1739181600000, sql: loans },
  { tag: '0002_open_loans', when: 1740391200000, sql: index },
  { tag: pending, when: 1744020000000, sql: due },
];

const data: readonly string[] = [
  `INSERT INTO readers (card, name) SELECT 'R' || 10000 + n, 'Reader ' || n FROM generate_series(1, 80) n`,
  `INSERT INTO books (isbn, title) SELECT (9780000000000 + n)::text, 'Book ' || n FROM generate_series(1, 200) n`,
  `INSERT INTO loans (reader_id, book_id, lent_on, returned_on)
   SELECT 1 + n % 80, 1 + n % 200, date '2025-02-10' + n % 50,
          CASE WHEN n % 3 > 0 THEN date '2025-02-20' + n % 50 END FROM generate_series(1, 300) n`,
  // The clean-up of the page.
  'DROP SCHEMA drizzle CASCADE',
];

const seeded = { readers: 80, books: 200, loans: 300 };

const project = kitProject({
  name: 'library',
  version: '1.8.0',
  sources: migrations,
  without: pending,
  data,
  scripts: { start: 'drizzle-kit migrate && node server.js' },
  places: { schema: './db/schema.ts', migrations: 'migrations' },
});

const rules: readonly DataRule[] = [
  {
    sql: `SELECT bool_and(due_on = lent_on + 28) FROM loans`,
    right: 'Every loan is due four weeks after it was lent: the UPDATE of 0003 ran.',
    wrong: 'There are loans that are not due four weeks after they were lent.',
  },
];

export const historyLost: Drill = {
  name: 'history-lost',
  title: 'The history table is gone, and the next release waits',
  project: 'library',
  incident: null,
  page: `PAGE 18:20  1.8.0 does not start; 1.7 runs on the same database, and may not be restarted
relation "readers" already exists (42P07)
"In the afternoon I tidied up: there was a schema called drizzle that nothing
of ours uses, so I dropped it." The release brings one migration,
0003_due_dates. Nobody knows by heart which ones had run before it.`,
  goal: 'Get a history that has a row for what had run, 0003_due_dates applied and recorded, and nothing lost.',
  hints: [
    'Without its table the migrator takes the database for an empty one, and begins with 0000.',
    'What had run can be seen in the schema: the last column of the board says of each migration whether it is there.',
    'Not everything had run: loans.due_on is not there. Whoever marks all of it applied leaves 1.8.0 without the column, for good.',
    'The playbook baseline makes the table, with a row for each migration that is proven to be there. Then 0003 is the only one to run: apply-manually.',
  ],
  goodRun: { playbooks: ['baseline', 'apply-manually'], writes: 2 },
  make: (ground) => makeProject(ground, project),
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
