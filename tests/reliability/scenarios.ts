import { createHash } from 'node:crypto';
import { clearFailed } from './scenario-prisma.js';
import { base, entriesOf, sqlFiles, type Shop } from '../playbooks/shop.js';

/** A project broken for one playbook, and how to tell without pgmedic what of the repair is there. */
export interface Scenario {
  readonly playbook: string;
  readonly migrations: readonly string[];
  readonly answers: Readonly<Record<string, string>>;
  break(shop: Shop): Promise<void>;
  /**
   * By step: what tells that it was done. SQL that gives true or false, or the journal's tags.
   * A write that has no entry here fails the test.
   */
  readonly truth: Readonly<Record<string, string | { readonly journal: readonly string[] }>>;
  /** Each holds whenever nothing runs, however far the repair came: SQL that gives true. */
  readonly always: readonly string[];
  /** Hold when all is healthy again. */
  readonly healthy: readonly string[];
  /** What the migrator runs after the repair. */
  readonly leaves?: number;
  /** SQL that gives true when all is done, where a plan could be made once more. */
  readonly enough?: string;
  /** The project's own tool, where it is not Drizzle's migrator: what it ends with. */
  readonly migrate?: (project: { readonly dir: string; readonly url: string }) => Promise<{
    readonly wrote: readonly unknown[];
    readonly error: unknown;
  }>;
  /** A backup is proven first; then this. */
  readonly breakAfterBackup?: string;
}

const history = 'drizzle.__drizzle_migrations';

/** Its row is there, once. */
const recorded = (sql: string): string =>
  `SELECT count(*) = 1 FROM ${history} WHERE hash = '${createHash('sha256').update(sql).digest('hex')}'`;

const there = (table: string): string => `SELECT to_regclass('public.${table}') IS NOT NULL`;
const users = (name: string): string => `(SELECT count(*) FROM users WHERE name = '${name}')`;
const rows = (count: number): string => `SELECT count(*) = ${count} FROM ${history}`;
const onceEach = `SELECT count(*) = count(DISTINCT hash) FROM ${history}`;

async function pending(shop: Shop, files: Readonly<Record<string, string>>): Promise<void> {
  await shop.put(sqlFiles(files));
  await shop.list(entriesOf([...Object.keys(base), ...Object.keys(files)]));
}

const unlisted = {
  '0002_notes': `CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL, "text" text);
--> statement-breakpoint
INSERT INTO "users" ("name") VALUES ('Edsger');`,
  '0003_tags': `CREATE TABLE "tags" ("id" serial PRIMARY KEY NOT NULL);
--> statement-breakpoint
INSERT INTO "users" ("name") VALUES ('Barbara');`,
};

const reconcile: Scenario = {
  playbook: 'reconcile-journal',
  migrations: [],
  answers: { apply: 'yes' },
  break: async (shop) => {
    await shop.put(sqlFiles(unlisted));
    await shop.list(entriesOf(Object.keys(base)));
  },
  truth: {
    journal: { journal: [...Object.keys(base), ...Object.keys(unlisted)] },
    'apply:0002_notes': recorded(unlisted['0002_notes']),
    'apply:0003_tags': recorded(unlisted['0003_tags']),
  },
  always: [
    onceEach,
    `SELECT ${users('Edsger')} = (${recorded(unlisted['0002_notes'])})::int`,
    `SELECT ${users('Barbara')} = (${recorded(unlisted['0003_tags'])})::int`,
  ],
  healthy: [rows(4), there('notes'), there('tags')],
};

const divided = `INSERT INTO "users" ("name") VALUES ('Edsger');
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "users_name" ON "users" ("name");
--> statement-breakpoint
INSERT INTO "users" ("name") VALUES ('Barbara');`;
const index = `SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('users_name') AND indisvalid)`;

const apply: Scenario = {
  playbook: 'apply-manually',
  migrations: ['0002_index'],
  answers: {},
  break: (shop) => pending(shop, { '0002_index': divided }),
  truth: {
    'apply:0002_index:1': `SELECT ${users('Edsger')} = 1`,
    'apply:0002_index:2': index,
    'apply:0002_index:3': recorded(divided),
  },
  always: [
    onceEach,
    `SELECT ${users('Edsger')} <= 1`,
    `SELECT ${users('Barbara')} = (${recorded(divided)})::int`,
  ],
  healthy: [rows(3), index, `SELECT ${users('Edsger')} = 1`],
};

const half = [
  'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);',
  'ALTER TABLE "orders" ADD COLUMN "note_id" integer;',
  'ALTER TABLE "orders" ADD CONSTRAINT "orders_note_fk" FOREIGN KEY ("note_id") REFERENCES "notes"("id");',
  `INSERT INTO "users" ("name") VALUES ('Edsger');`,
];
const halfRun = half.join('\n--> statement-breakpoint\n');

const finish: Scenario = {
  playbook: 'finish-partial',
  migrations: ['0002_notes'],
  answers: {},
  break: async (shop) => {
    await pending(shop, { '0002_notes': halfRun });
    for (const sql of half.slice(0, 2)) await shop.client.query(sql);
  },
  truth: { 'finish:0002_notes': recorded(halfRun) },
  always: [
    onceEach,
    `SELECT ${users('Edsger')} = (${recorded(halfRun)})::int`,
    `SELECT count(*) = (${recorded(halfRun)})::int FROM pg_constraint WHERE conname = 'orders_note_fk'`,
  ],
  healthy: [rows(3)],
};

const pushed = {
  '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);',
  '0003_tags': 'CREATE TABLE "tags" ("id" serial PRIMARY KEY NOT NULL);',
};
const push = async (shop: Shop): Promise<void> => {
  await pending(shop, pushed);
  for (const sql of Object.values(pushed)) await shop.client.query(sql);
};

const markApplied: Scenario = {
  playbook: 'mark-applied',
  migrations: Object.keys(pushed),
  answers: {},
  break: push,
  truth: {
    'mark:0002_notes': recorded(pushed['0002_notes']),
    'mark:0003_tags': recorded(pushed['0003_tags']),
  },
  always: [onceEach, there('notes'), there('tags')],
  healthy: [rows(4)],
};

const baseline: Scenario = {
  ...markApplied,
  playbook: 'baseline',
  migrations: [],
  truth: { record: recorded(pushed['0003_tags']) },
  // Both rows in one transaction.
  always: [onceEach, `SELECT count(*) IN (2, 4) FROM ${history}`],
};

const markUnapplied: Scenario = {
  playbook: 'mark-unapplied',
  migrations: ['0003_tags'],
  answers: {},
  break: async (shop) => {
    await pending(shop, pushed);
    const { error } = await shop.migrate();
    if (error !== null) throw new Error(error.message);
    await shop.client.query('DROP TABLE tags');
  },
  truth: { 'mark:0003_tags': rows(3) },
  always: [onceEach, `SELECT count(*) IN (3, 4) FROM ${history}`],
  healthy: [rows(3)],
  leaves: 1,
};

const media = `CREATE TABLE "media" ("id" serial PRIMARY KEY NOT NULL, "touched" integer DEFAULT 0 NOT NULL);
--> statement-breakpoint
INSERT INTO "media" ("touched") SELECT 0 FROM generate_series(1, 25);
--> statement-breakpoint
CREATE FUNCTION "touch"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched := OLD.touched + 1; RETURN NEW; END $$;
--> statement-breakpoint
CREATE TRIGGER "touch" BEFORE UPDATE ON "media" FOR EACH ROW EXECUTE FUNCTION "touch"();`;
const owner = `ALTER TABLE "media" ADD COLUMN "owner_id" integer NOT NULL;
--> statement-breakpoint
ALTER TABLE "media" ADD CONSTRAINT "media_owner_fk" FOREIGN KEY ("owner_id") REFERENCES "users"("id");
--> statement-breakpoint
INSERT INTO "users" ("name") VALUES ('Edsger');`;
const column = (more = 'true'): string =>
  `SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'media'::regclass AND attname = 'owner_id' AND ${more})`;
/** Each row was written once, by the one batch that filled it. */
const touched = (count: string): string =>
  `SELECT ${count} FROM (SELECT touched, to_jsonb(m)->>'owner_id' AS owner FROM media m) AS r`;

const backfill: Scenario = {
  playbook: 'backfill-not-null',
  migrations: ['0003_owner'],
  answers: { rule: '(SELECT id FROM users ORDER BY id LIMIT 1)', batch: '10' },
  break: async (shop) => {
    await pending(shop, { '0002_media': media });
    const { error } = await shop.migrate();
    if (error !== null) throw new Error(error.message);
    await shop.put(sqlFiles({ '0003_owner': owner }));
    await shop.list(entriesOf([...Object.keys(base), '0002_media', '0003_owner']));
  },
  truth: {
    'backfill-add:0003_owner': column(),
    'backfill-fill:0003_owner': touched('count(owner) = 25'),
    'backfill:0003_owner': recorded(owner),
  },
  always: [
    onceEach,
    touched('bool_and(touched = (owner IS NOT NULL)::int)'),
    `SELECT ${users('Edsger')} = (${recorded(owner)})::int`,
  ],
  healthy: [rows(4), column('attnotnull')],
};

const release = `CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);
--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "note_id" integer REFERENCES "notes"("id");`;
const taken = `SELECT to_regclass('public.notes') IS NULL`;

const rollBack: Scenario = {
  playbook: 'roll-back',
  migrations: ['0002_release'],
  answers: {},
  break: async (shop) => {
    await pending(shop, { '0002_release': release });
    const { error } = await shop.migrate();
    if (error !== null) throw new Error(error.message);
    await shop.client.query('INSERT INTO notes VALUES (1); UPDATE orders SET note_id = 1');
  },
  truth: { back: taken },
  always: [
    onceEach,
    `SELECT (${recorded(release)}) = (NOT (${taken}))`,
    `SELECT count(*) = 2 FROM orders`,
  ],
  healthy: [rows(2), taken],
  leaves: 1,
  enough: taken,
};

/** Databases that a restore made of this one, by what their names end with. */
const beside = (end: string): string =>
  `SELECT EXISTS (SELECT FROM pg_database WHERE datname ~ ('^' || current_database() || '_(${end})_\\d+$'))`;

const restore: Scenario = {
  playbook: 'restore-backup',
  migrations: [],
  answers: { swap: 'rename' },
  break: async () => {},
  breakAfterBackup: 'DELETE FROM orders',
  truth: { restore: beside('restored|before_restore'), rename: beside('before_restore') },
  always: [
    onceEach,
    // The one with the orders has the name when both are renamed, and not before.
    `SELECT (SELECT count(*) FROM orders) = 2 * (${beside('before_restore')})::int`,
    `SELECT count(*) <= 1 FROM pg_database WHERE datname ~ ('^' || current_database() || '_(restored|before_restore)_\\d+')`,
  ],
  healthy: [rows(2), `SELECT count(*) = 2 FROM orders`],
  enough: beside('before_restore'),
};

export const scenarios: readonly Scenario[] = [
  reconcile,
  apply,
  backfill,
  finish,
  markApplied,
  markUnapplied,
  baseline,
  restore,
  rollBack,
  clearFailed,
];
