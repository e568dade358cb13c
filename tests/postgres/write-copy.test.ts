import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { copiesOf } from '../../src/core/roll-back/copies.js';
import type { Loss } from '../../src/core/inverse/inverse.js';
import { fromFile, type Ground, prepareGround, transaction, write } from './write-support.js';

let ground: Ground;
let keepIn: string;
beforeAll(async () => {
  ground = await prepareGround();
});
beforeEach(async () => {
  await ground.reset();
  keepIn = await mkdtemp(join(tmpdir(), 'pgmedic-test-'));
  onTestFinished(() => rm(keepIn, { recursive: true }));
});
afterAll(() => ground.drop());

const loss: Loss = {
  undoes: { migration: '0001_x', number: 1, label: 'CREATE TABLE' },
  type: 'goes',
  what: 'table public.gone',
  count: 'SELECT pg_catalog.count(*) FROM ONLY public.gone',
  rows: 'SELECT * FROM ONLY public.gone',
  table: 'public.gone',
};
const copies = copiesOf([loss]);
const drop = 'DROP TABLE public.gone';

const make = (value: string): Promise<unknown> =>
  ground.other.query(
    `DROP TABLE IF EXISTS public.gone; CREATE TABLE public.gone (a text); INSERT INTO public.gone VALUES ('${value}')`,
  );

async function files(): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(keepIn)).sort();
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(keepIn, name), 'utf8')] as const),
    ),
  );
}

test('what was copied out before under the same name stays', async () => {
  for (const value of ['first', 'second', 'third']) {
    await make(value);
    const statements = [...copies, fromFile(drop, drop)];
    const { outcome } = await write(ground.url, transaction({ statements, after: [] }), { keepIn });
    expect(outcome.state).toBe('done');
  }
  expect(await files()).toEqual({
    '1-table-public.gone.csv': 'a\nthird\n',
    '1-table-public.gone.csv.1': 'a\nfirst\n',
    '1-table-public.gone.csv.2': 'a\nsecond\n',
  });
});

test('where it is rolled back nothing is left of the copy', async () => {
  await make('kept');
  const fails = 'SELECT 1 / 0';
  const statements = [...copies, fromFile(drop, drop), fromFile(fails, fails)];
  const { outcome } = await write(ground.url, transaction({ statements, after: [] }), { keepIn });
  expect(outcome.state).toBe('failed');
  expect(await files()).toEqual({});
  expect((await ground.other.query('SELECT a FROM public.gone')).rows).toEqual([{ a: 'kept' }]);
});

test('rows that are hidden from the role are not left out: it is refused', async () => {
  await make('hidden');
  const role = `copier_${process.pid}`;
  await ground.other.query(`CREATE ROLE ${role};
    GRANT USAGE ON SCHEMA public TO ${role};
    ALTER TABLE public.gone OWNER TO ${role};
    ALTER TABLE public.gone ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`);
  const client = new pg.Client({ connectionString: ground.url });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await ground.other.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
  await client.query(`SET ROLE ${role}`);
  expect((await client.query('SELECT a FROM public.gone')).rowCount).toBe(0);
  const all = copies.map(({ sql }) =>
    sql.replace(/^COPY (.*) TO STDOUT.*$/, 'SELECT FROM $1 AS c'),
  );
  await expect(client.query(['BEGIN', ...all].join('; '))).rejects.toThrow('row-level security');
});
