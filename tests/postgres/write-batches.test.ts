import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { countOpen, fillStatement, nothingLeft } from '../../src/core/planning/backfill-checks.js';
import type { Write } from '../../src/core/plan.js';
import { prepareGround, write, type Ground } from './write-support.js';

let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.drop());
beforeEach(async () => {
  await ground.reset();
  await ground.other.query(`INSERT INTO app SELECT n FROM generate_series(1, 25) n`);
});

const target = {
  table: '"public"."app"',
  tableName: 'public.app',
  columnKey: 'column public.app.name',
  column: 'name',
  how: 'set',
  statement: 1,
  rule: `'n' || id`,
} as const;

const fill: Extract<Write, { type: 'batches' }> = {
  type: 'batches',
  lock: null,
  before: [],
  statement: fillStatement(target, 10),
  count: countOpen(target),
  after: [nothingLeft(target, true)],
  undo: { type: 'none', why: 'a test' },
};

/** Takes the value away again; `when`, `timing`: CREATE TRIGGER's own words. */
async function resetting(timing: string, body: string, when = ''): Promise<void> {
  await ground.other
    .query(`CREATE OR REPLACE FUNCTION reset() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN ${body} RETURN NEW; END $$;
    CREATE TRIGGER reset ${timing} UPDATE ON app FOR EACH ROW ${when} EXECUTE FUNCTION reset()`);
}

const filled = (): Promise<string> => ground.count('SELECT count(name) FROM app');

test('tells after each batch how many rows are done, of how many', async () => {
  const told: unknown[] = [];
  const { outcome } = await write(ground.url, fill, { onBatch: (one) => told.push(one) });
  expect(outcome).toMatchObject({ state: 'done', note: '25 rows in 3 batches' });
  expect(told).toEqual([10, 20, 25].map((done) => ({ done, total: 25 })));
});

test('a trigger that puts NULL back stops it at the first batch that brings nothing', async () => {
  await resetting('BEFORE', 'NEW.name := NULL;');
  const { outcome, commits } = await write(ground.url, fill);
  expect(outcome).toMatchObject({
    state: 'failed',
    message: expect.stringMatching(
      /^0 rows in 0 batches.*all of the next 10 are without a value again\. A trigger/s,
    ) as string,
  });
  expect(commits).toHaveLength(1);
  expect(await filled()).toBe('0');
});

test('where it does so for some rows, the others are filled, and stay', async () => {
  await resetting('BEFORE', 'NEW.name := NULL;', 'WHEN (NEW.id > 20)');
  const { outcome } = await write(ground.url, fill);
  expect(outcome).toMatchObject({
    state: 'failed',
    message: expect.stringMatching(/^20 rows in \d batches, which stay\. .*next 5 are/s) as string,
  });
  expect(await filled()).toBe('20');
});

test('one that does so behind the update, unseen by it, stops it too', async () => {
  const body = 'IF NEW.name IS NOT NULL THEN UPDATE app SET name = NULL WHERE id = NEW.id; END IF;';
  await resetting('AFTER', body);
  const { outcome } = await write(ground.url, fill);
  expect(outcome).toMatchObject({
    state: 'failed',
    message: expect.stringContaining('only 25 were without a value at the start') as string,
  });
});
