import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import { UserError } from '../../src/core/errors.js';
import { openGround, type Ground } from '../../src/runtime/ground.js';
import { look, planFor } from '../../src/runtime/parts.js';
import { sandboxServer } from '../support/server.js';
import { deepTest } from '../support/deep-test.js';
import { base, entriesOf, openShop, sqlFiles, type Shop } from './shop.js';

let shop: Shop;
let ground: Ground;
beforeAll(async () => {
  shop = await openShop();
  const { dir, url: databaseUrl } = shop;
  ground = await openGround(
    { dir, databaseUrl, sandboxUrl: sandboxServer().adminUrl },
    process.env,
  );
});
afterAll(async () => {
  await ground.close();
  await shop.close();
});
beforeEach(() => shop.reset());

/** The words of the plan's steps. */
async function planned(
  migrations: Readonly<Record<string, string>>,
  byHand: string,
): Promise<string> {
  const diagnosis = await applied(migrations, byHand);
  const wish = { playbook: 'roll-back', migrations: Object.keys(migrations), answers: {} };
  const { steps } = await planFor(ground, diagnosis, wish);
  return steps.map(({ text }) => text).join('\n');
}

async function applied(
  migrations: Readonly<Record<string, string>>,
  byHand: string,
): Promise<Diagnosis> {
  await shop.put(sqlFiles(migrations));
  await shop.list(entriesOf([...Object.keys(base), ...Object.keys(migrations)]));
  const { error } = await shop.migrate();
  if (error !== null) throw new Error(error.message);
  await shop.client.query(byHand);
  return look(ground, () => new Date(), { evidence: true });
}

/** What an operator is told who wants the migration taken back: the message, and what to do. */
async function told(
  migrations: Readonly<Record<string, string>>,
  byHand: string,
): Promise<{ readonly message: string; readonly next: string }> {
  const diagnosis = await applied(migrations, byHand);
  const before = await shop.database();
  const [first = ''] = Object.keys(migrations);
  const wish = { playbook: 'roll-back', migrations: [first], answers: {} };
  const refusal = await planFor(ground, diagnosis, wish).then(
    () => null,
    (error: unknown) => error,
  );
  expect(await shop.database()).toBe(before);
  if (!(refusal instanceof UserError)) throw refusal ?? new Error('it was planned');
  return { message: refusal.message, next: refusal.next.join('\n') };
}

test('what was made by hand upon a table that goes is named, each with what it stands on', async () => {
  const { message, next } = await told(
    {
      '0002_notes': `CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL, "text" text);
--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "note" text;`,
    },
    `CREATE VIEW noted AS SELECT note FROM orders;
     CREATE VIEW titles AS SELECT text FROM notes;
     CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM notes;
     CREATE FUNCTION first_word(n notes) RETURNS text LANGUAGE sql AS 'SELECT n.text';
     CREATE TABLE marks (note integer REFERENCES notes (id));
     ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
     CREATE POLICY noted ON orders USING (EXISTS (SELECT FROM notes WHERE notes.id = orders.id));`,
  );
  for (const name of [
    'view public.titles',
    'materialized view public.counts',
    'function public.first_word(n public.notes)',
    'constraint public.marks.marks_note_fkey',
    'policy public.orders.noted',
  ]) {
    expect(message).toContain(`${name} (made by hand) depends on table public.notes`);
    expect(next).toContain(name);
  }
  // Which the server says alone: no text tells whose column it is.
  expect(message).toContain(
    'view public.noted (made by hand) depends on column public.orders.note',
  );
  expect(next).toContain('nothing is dropped along unasked');
});

deepTest('and upon a column, a key, a type or a function that goes', async () => {
  const column = await told(
    { '0002_note': 'ALTER TABLE "orders" ADD COLUMN "note" text;' },
    `CREATE VIEW noted AS SELECT note FROM orders;
     ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
     CREATE POLICY noted ON orders USING (note IS NULL);
     CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
     CREATE TRIGGER watch BEFORE UPDATE OF note ON orders FOR EACH ROW EXECUTE FUNCTION nothing();`,
  );
  for (const name of [
    'view public.noted',
    'policy public.orders.noted',
    'trigger public.orders.watch',
  ]) {
    expect(column.message).toContain(`${name} (made by hand) depends on column public.orders.note`);
    expect(column.next).toContain(name);
  }
  await shop.reset();
  const key = await told(
    { '0002_key': 'ALTER TABLE "orders" ADD CONSTRAINT "orders_total" UNIQUE ("total");' },
    'CREATE TABLE sums (total integer REFERENCES orders (total))',
  );
  expect(key.message).toContain('constraint public.sums.sums_total_fkey (made by hand) depends on');
  await shop.reset();
  const type = await told(
    {
      '0002_kind': `CREATE TYPE "kind" AS ENUM ('a', 'b');
--> statement-breakpoint
CREATE FUNCTION "next_kind"() RETURNS integer LANGUAGE sql AS 'SELECT 1';`,
    },
    `CREATE TABLE kinds (kind kind, number integer DEFAULT next_kind());
     CREATE FUNCTION is_a(k kind) RETURNS boolean LANGUAGE sql AS 'SELECT true';`,
  );
  expect(type.message).toContain(
    'column public.kinds.kind (made by hand) depends on enum public.kind',
  );
  expect(type.message).toContain('function public.is_a(k public.kind) (made by hand) depends on');
  expect(type.message).toContain('column public.kinds.number (made by hand) depends on function');
});

test('what would go along without a word is named; rights and comments go, and that is said', async () => {
  const notes = { '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY, "text" text);' };
  const { message, next } = await told(
    notes,
    'CREATE INDEX texts ON notes (text); CREATE POLICY mine ON notes USING (true)',
  );
  for (const name of ['index public.texts', 'policy public.notes.mine']) {
    expect(message).toContain(
      `${name} (made by hand) would go with what goes of table public.notes`,
    );
    expect(next).toContain(name);
  }
  await shop.reset();
  const later = await told(
    {
      '0002_note': 'ALTER TABLE "orders" ADD COLUMN "note" text;',
      '0003_index': 'CREATE INDEX "noted" ON "orders" ("note");',
    },
    '',
  );
  expect(later.message).toContain('index public.noted (of 0003_index) would go with what goes of');
  expect(later.next).toContain('pgmedic plan roll-back 0002_note 0003_index');
  await shop.reset();
  const plan = await planned(
    notes,
    `GRANT SELECT ON notes TO PUBLIC; COMMENT ON TABLE notes IS 'mine'`,
  );
  expect(plan).toContain('rights and comments given by hand to table public.notes go with it');
});

test('a later migration is named with what it made, and the command that takes both back', async () => {
  const { message, next } = await told(
    {
      '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL, "text" text);',
      '0003_titles': 'CREATE VIEW "titles" AS SELECT "text" FROM "notes";',
      '0004_marks': `CREATE TABLE "marks" ("note" integer REFERENCES "notes"("id"));`,
    },
    'CREATE VIEW texts AS SELECT text FROM notes',
  );
  expect(message).toContain('view public.titles (of 0003_titles) depends on table public.notes');
  expect(message).toContain('constraint public.marks.marks_note_fkey (of 0004_marks) depends on');
  expect(message).toContain('view public.texts (made by hand) depends on table public.notes');
  expect(next).toContain('pgmedic plan roll-back 0002_notes 0003_titles 0004_marks');
  expect(next).toMatch(/^view public\.texts is of no migration/m);
});
