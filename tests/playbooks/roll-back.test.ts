import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { look } from '../../src/runtime/parts.js';
import { recovering, states, type Recovering, type Recovery } from './session.js';
import { base, entriesOf, openShop, sqlFiles, type Shop } from './shop.js';
import { deepTest } from '../support/deep-test.js';

let shop: Shop;
let session: Recovering;
beforeAll(async () => {
  shop = await openShop();
  session = await recovering(shop);
});
afterAll(async () => {
  await session.close();
  await shop.close();
});

const notes = {
  '0002_notes': `CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL, "text" text);
--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "note" text;
--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "name" DROP NOT NULL;`,
};
const index = { '0003_index': 'CREATE INDEX "orders_note" ON "orders" ("note");' };

async function applied(files: Readonly<Record<string, string>>): Promise<void> {
  await shop.put(sqlFiles(files));
  await shop.list(entriesOf([...Object.keys(base), ...Object.keys(files)]));
  const { error } = await shop.migrate();
  if (error !== null) throw new Error(error.message);
}

beforeEach(() => shop.reset());

async function back(migrations: readonly string[], answers = {}): Promise<Recovery> {
  const targetName = new URL(shop.url).pathname.slice(1);
  return session.play('roll-back', { migrations, answers, targetName });
}

const why = ({ end }: Recovery): string => (end.end === 'stopped' ? end.why : end.end);

/** The files that the last step copied out, by name. */
async function copies(): Promise<Readonly<Record<string, string>>> {
  const { sessions } = await session.ground.places();
  const found: Record<string, string> = {};
  for (const one of await readdir(sessions)) {
    for (const name of await readdir(join(sessions, one))) {
      if (name.endsWith('.csv')) found[name] = await readFile(join(sessions, one, name), 'utf8');
    }
  }
  return found;
}

test('brings the schema back, takes the row away, copies out what goes, and leaves all else alone', async () => {
  const before = await shop.database();
  const rows = await shop.rows();
  await applied(notes);
  await shop.client.query(`INSERT INTO notes (text) VALUES ('one'), (NULL), ('a, "b"');
    UPDATE orders SET note = 'kept' WHERE id = 1`);
  const lost = {
    notes: await shop.one('SELECT json_agg(n ORDER BY id)::text FROM notes n'),
    orders: await shop.one('SELECT json_agg(o ORDER BY id)::text FROM orders o'),
  };
  const recovery = await back(['0002_notes']);
  expect(states(recovery)).toEqual({ before: 'done', back: 'done', agree: 'done' });
  expect(recovery.plan?.steps.find(({ id }) => id === 'back')?.risk).toBe('destructive');
  expect(recovery.plan?.seen).toEqual(
    expect.arrayContaining([
      'Goes for good, as counted now: 3 in table public.notes',
      'Goes for good, as counted now: 1 in column public.orders.note',
      expect.stringMatching(/^Not here: .* \(there is none for 0002_notes\)$/),
      expect.stringMatching(/^Or: Restore .*It loses every row written since/),
      expect.stringMatching(/^Or: Roll forward.*It loses nothing and needs a new release/),
    ]),
  );
  expect(recovery.verdict?.words).toContain('it will run 0002_notes');
  expect(await shop.rows()).toEqual(rows);
  expect(schemaIn(await shop.database())).toEqual(schemaIn(before));
  expect(await copies()).toEqual({
    '1-column-public.orders.note.csv': 'id,note\n1,kept\n',
    '2-table-public.notes.csv': 'id,text\n1,one\n2,\n3,"a, ""b"""\n',
  });
  const { sessions } = await session.ground.places();
  const [own = ''] = await readdir(sessions);
  const { mode } = await stat(join(sessions, own, '2-table-public.notes.csv'));
  expect(mode & 0o777).toBe(0o600);

  const found = await look(session.ground, () => new Date(), { evidence: true });
  expect(found.evidence?.migrations.get('0002_notes')?.schema).toBe('absent');
  expect(found.nextRun.runs).toEqual(['0002_notes']);

  // Forward again by the migrator, and what was copied out goes back in.
  const { wrote, error } = await shop.migrate();
  expect([wrote.length, error]).toEqual([1, null]);
  const kept = await copies();
  await copyIn('notes', kept['2-table-public.notes.csv'] ?? '');
  await shop.client.query('CREATE TEMP TABLE kept (id integer, note text)');
  await copyIn('kept', kept['1-column-public.orders.note.csv'] ?? '');
  await shop.client.query('UPDATE orders o SET note = k.note FROM kept k WHERE k.id = o.id');
  expect(await shop.one(`SELECT json_agg(n ORDER BY id)::text FROM notes n`)).toBe(lost.notes);
  expect(await shop.one(`SELECT json_agg(o ORDER BY id)::text FROM orders o`)).toBe(lost.orders);
});

deepTest(
  'a table with a column that is generated, and one that numbers itself, goes back in as it was',
  async () => {
    await applied({
      '0002_lines': `CREATE TABLE "lines" (
      "id" integer GENERATED ALWAYS AS IDENTITY, "price" integer NOT NULL,
      "twice" integer GENERATED ALWAYS AS ("price" * 2) STORED, "Text" text);`,
    });
    await shop.client.query(`INSERT INTO lines (price, "Text") VALUES (1, 'a'), (2, NULL);
    DELETE FROM lines WHERE id = 1; INSERT INTO lines (price, "Text") VALUES (3, 'a, "b"')`);
    const rows = `SELECT json_agg(l ORDER BY id)::text FROM lines l`;
    const lost = await shop.one(rows);
    expect(states(await back(['0002_lines']))).toMatchObject({ back: 'done' });
    const { '1-table-public.lines.csv': copy = '' } = await copies();
    expect(copy).toBe('id,price,Text\n2,2,\n3,3,"a, ""b"""\n');
    expect((await shop.migrate()).error).toBe(null);
    await copyIn('lines', copy);
    expect(await shop.one(rows)).toBe(lost);
  },
);

/** As psql's \\copy does it. */
async function copyIn(table: string, csv: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const query = Object.assign(
      new pg.Query<never>(`COPY ${table} FROM STDIN WITH (FORMAT csv, HEADER)`),
      {
        handleCopyInResponse: (connection: {
          sendCopyFromChunk(chunk: Buffer): void;
          endCopyFrom(): void;
        }): void => {
          connection.sendCopyFromChunk(Buffer.from(csv));
          connection.endCopyFrom();
        },
        callback: (error: unknown): void => (error ? reject(error) : resolve()),
      },
    );
    shop.client.query(query);
  });
}

/** The lines of the catalog: versions of rows change where a table is written to. */
function schemaIn(text: string): readonly string[] {
  return text.split('\n').filter((line) => /attname|column|constraint|index/i.test(line));
}

deepTest('takes back what is there of a half-run migration, and no more', async () => {
  await shop.put(sqlFiles(notes));
  await shop.list(entriesOf([...Object.keys(base), ...Object.keys(notes)]));
  const [first = '', second = ''] = notes['0002_notes'].split('--> statement-breakpoint');
  await shop.client.query(first);
  await shop.client.query(second);
  const recovery = await back(['0002_notes']);
  expect(states(recovery)).toEqual({ before: 'done', back: 'done', agree: 'done' });
  expect(await shop.one(`SELECT to_regclass('notes')`)).toBe(null);
  expect((await shop.migrate()).error).toBe(null);
});

test('a later migration that builds upon it is named; both go together, the newest first', async () => {
  await applied({ ...notes, ...index });
  const refusal = why(await back(['0002_notes']));
  expect(refusal).toContain('0003_index');
  expect(refusal).toContain('pgmedic plan roll-back 0002_notes 0003_index');
  const recovery = await back(['0002_notes', '0003_index']);
  expect(states(recovery)).toEqual({ before: 'done', back: 'done', agree: 'done' });
  expect((await shop.rows()).length).toBe(2);
  expect(await shop.one(`SELECT to_regclass('orders_note')`)).toBe(null);
});

test('what was made by hand upon it is in the way, and nothing is dropped with it unasked', async () => {
  await applied(notes);
  await shop.client.query('CREATE VIEW titles AS SELECT text FROM notes');
  const before = await shop.database();
  expect(why(await back(['0002_notes']))).toMatch(/depends on|titles/);
  expect(await shop.database()).toBe(before);
});

test('rows that do not fit what was before stop it before anything is confirmed', async () => {
  await applied(notes);
  await shop.client.query('INSERT INTO users (name) VALUES (NULL)');
  expect(why(await back(['0002_notes']))).toMatch(/null|users/i);
});

test('changed rows are in no catalog: it is refused, and the other ways are named', async () => {
  await applied({
    '0002_rows': `UPDATE "orders" SET "total" = 0; CREATE INDEX "t" ON "orders" ("total");`,
  });
  const refusal = why(await back(['0002_rows']));
  expect(refusal).toContain('changed rows');
  expect(refusal).toContain('restore-backup');
});

deepTest('by a down file: it must leave what was before, else it is refused', async () => {
  await applied(notes);
  await shop.put({ '0002_notes.down.sql': 'DROP TABLE "notes";' });
  expect(why(await back(['0002_notes'], { way: 'down' }))).toContain('column public.orders.note');
  await shop.put({
    '0002_notes.down.sql': `DROP TABLE "notes"; ALTER TABLE "orders" DROP COLUMN "note";
      ALTER TABLE "users" ALTER COLUMN "name" SET NOT NULL;`,
  });
  const recovery = await back(['0002_notes'], { way: 'down', copy: 'no' });
  expect(states(recovery)).toEqual({ before: 'done', back: 'done', agree: 'done' });
  expect((await shop.rows()).length).toBe(2);
});

test('rows that come in while it waits are copied out too', async () => {
  await applied(notes);
  const other = new pg.Client({ connectionString: shop.url });
  await other.connect();
  // Has only read so far: what has written before is waited for anyway.
  await other.query('BEGIN; SELECT FROM notes');
  const going = back(['0002_notes']);
  // Until the step waits for this session.
  for (let over = false; !over;) {
    void going.then(() => (over = true));
    const waits = await shop.one(
      `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgmedic write'
        AND wait_event_type = 'Lock'`,
    );
    if (waits !== '0') break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await other.query(`INSERT INTO notes (id, text) VALUES (77, 'late'); COMMIT`);
  await other.end();
  expect(states(await going)).toEqual({ before: 'done', back: 'done', agree: 'done' });
  expect(Object.values(await copies()).join('')).toContain('77,late');
});

deepTest(
  'out of the project: the newest go with entry and snapshot, undo gives every byte back',
  async () => {
    await applied({ ...notes, ...index });
    const journal = await shop.journal();
    expect(why(await back(['0002_notes'], { project: 'remove' }))).toMatch(/0003_index/);
    const recovery = await back(['0003_index'], { project: 'remove' });
    expect(states(recovery)).toEqual({
      ...{ before: 'done', back: 'done', agree: 'done' },
      'back:meta/_journal.json': 'done',
      'back:0003_index.sql': 'done',
    });
    expect(recovery.verdict?.words).toContain('nothing to run');
    expect((await readdir(shop.folder)).includes('0003_index.sql')).toBe(false);
    for (const step of ['back:0003_index.sql', 'back:meta/_journal.json']) {
      expect(await session.undo(step)).toMatchObject({ state: 'done' });
    }
    expect(await readFile(join(shop.folder, '0003_index.sql'), 'utf8')).toBe(index['0003_index']);
    expect(await shop.journal()).toBe(journal);
    // What it did to the schema is taken back by applying it again.
    const again = await shop.migrate();
    expect([again.wrote.length, again.error]).toEqual([1, null]);
  },
);
