import type { Drill, Source } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { kitProject } from '../kit-project.js';
import { makeProject } from '../project.js';
import { snapshotId, type SnapshotFile } from '../snapshot.js';
import { judgeSnapshots } from './judge-snapshots.js';
import { program, programPath } from './program.js';

// A cinema: films, screenings, and two branches that both generated the next migration.

const films = `CREATE TABLE "films" (
	"id" serial PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"minutes" integer NOT NULL
);`;

const screenings = `CREATE TABLE "screenings" (
	"id" serial PRIMARY KEY NOT NULL,
	"film_id" integer NOT NULL,
	"hall" integer NOT NULL,
	"starts_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "screenings" ADD CONSTRAINT "screenings_film_id_films_id_fk" FOREIGN KEY ("film_id") REFERENCES "public"."films"("id") ON DELETE restrict ON UPDATE no action;`;

const snacks = `CREATE TABLE "snack_orders" (
	"id" serial PRIMARY KEY NOT NULL,
	"screening_id" integer NOT NULL,
	"cents" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "snack_orders" ADD CONSTRAINT "snack_orders_screening_id_screenings_id_fk" FOREIGN KEY ("screening_id") REFERENCES "public"."screenings"("id") ON DELETE restrict ON UPDATE no action;`;

const seats = `ALTER TABLE "screenings" ADD COLUMN "seats" integer;--> statement-breakpoint
UPDATE "screenings" SET "seats" = CASE "hall" WHEN 1 THEN 240 ELSE 90 END;--> statement-breakpoint
ALTER TABLE "screenings" ALTER COLUMN "seats" SET NOT NULL;`;

const parent = '0001_screenings';
const first = '0002_snack_orders';
const second = '0003_seats';

const migrations: readonly Source[] = [
  { tag: '0000_films', when: 1741168800000, sql: films },
  { tag: parent, when: 1741860000000, sql: screenings },
  { tag: first, when: 1746086400000, sql: snacks },
  // Generated as 0002 on its branch; the merge gave it the next free number.
  { tag: second, when: 1746172800000, sql: seats },
];

const data: readonly string[] = [
  `INSERT INTO films (title, minutes) SELECT 'Film ' || n, 80 + n * 7 % 70 FROM generate_series(1, 20) n`,
  `INSERT INTO screenings (film_id, hall, starts_at)
   SELECT 1 + n % 20, 1 + n % 3, timestamptz '2025-05-05 18:00+00' + n * interval '3 hours' FROM generate_series(1, 150) n`,
  `INSERT INTO snack_orders (screening_id, cents) SELECT 1 + n % 150, 350 + n % 6 * 120 FROM generate_series(1, 260) n`,
];

const seeded = { films: 20, screenings: 150, snack_orders: 260 };

/** The team's own playbook. */
const playbook = `name: chain-snapshots
title: Chain the snapshots
summary: >-
  Puts the snapshots of merged branches one behind the other, each with what the ones before it have.
tools: [drizzle]
treats: [snapshot-collision]
migrations: none
steps:
  - command: [node, ${programPath}]
    id: chain
    title: Chain the snapshots
`;

/** As its branch left it: it follows 0001, and knows nothing of 0002. */
function asOnItsBranch(snapshot: SnapshotFile, { tag }: Source): SnapshotFile {
  if (tag !== second) return snapshot;
  const { 'public.snack_orders': _, ...tables } = snapshot.tables;
  return { ...snapshot, prevId: snapshotId(parent), tables };
}

const project = kitProject({
  name: 'cinema',
  version: '4.1.0',
  sources: migrations,
  // The check before it has stopped the release.
  without: second,
  data,
  scripts: {
    generate: 'drizzle-kit generate',
    start: 'drizzle-kit check && drizzle-kit migrate && node server.js',
  },
  files: { [programPath]: program, 'pgmedic/playbooks/chain-snapshots.yaml': playbook },
  spoil: asOnItsBranch,
});

const rules: readonly DataRule[] = [
  {
    sql: `SELECT bool_and(seats = CASE hall WHEN 1 THEN 240 ELSE 90 END) FROM screenings`,
    right: 'Every screening has the seats of its hall: the UPDATE of 0003 ran.',
    wrong: 'There are screenings without the seats of their hall.',
  },
];

export const snapshotCollision: Drill = {
  name: 'snapshot-collision',
  title: 'Two branches generated the next migration, and the release is refused',
  project: 'cinema',
  incident: null,
  page: `PAGE 16:40  4.1.0 stops before it migrates; tonight's seats are not on sale
[0002_snapshot.json, 0003_snapshot.json] are pointing to a parent snapshot: 0001_snapshot.json which is a collision.
Both branches were called 0002 until the merge; I took the next free number
for the second. "Leave out drizzle-kit check, or put 0003 into the history,
then it starts", says somebody.`,
  goal: 'Get 0003_seats applied and recorded, and the snapshots into one chain whose last one knows what both branches made.',
  hints: [
    'The migrator never reads a snapshot: it would run 0003. drizzle-kit check does, and so does generate, with which the next migration is made.',
    'Both snapshots name the same parent in prevId. That of 0003 has to follow that of 0002.',
    'prevId alone is not enough: the snapshot of 0003 is of a branch without snack_orders. The next generate would take that table for a new one, and write it again.',
    "The team's own playbook chain-snapshots (pgmedic/playbooks in the project) does both; then apply-manually runs 0003.",
  ],
  goodRun: { playbooks: ['chain-snapshots', 'apply-manually'], writes: 2 },
  make: (ground) => makeProject(ground, project),
  judge: async (ground) => {
    const { solved, facts } = await judgeProject(ground, project, seeded, rules);
    const snapshots = await judgeSnapshots(ground, project);
    return {
      solved: solved && snapshots.every(({ ok }) => ok),
      facts: [...facts, ...snapshots.map(({ fact }) => fact)],
    };
  },
};
