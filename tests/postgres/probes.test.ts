import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/server.js';
import { FORMS } from './probes-forms.js';
import { bench, type Bench } from './probes-support.js';

let database: TestDatabase;
let on: Bench;

beforeAll(async () => {
  database = await createTestDatabase();
  on = await bench(database.url);
});

afterAll(async () => {
  await on.end();
  await database.drop();
});

/** What stands in the database goes with the next case. */
async function prepare(...sql: readonly string[]): Promise<void> {
  await on.run(`DROP SCHEMA IF EXISTS public, ext, "Mixed Case" CASCADE; CREATE SCHEMA public`);
  for (const one of sql) await on.run(one);
}

describe('a statement that rows decide about', () => {
  test.each(FORMS)('$name', async ({ setup, bad, good, statement, sqlstate, ownWords }) => {
    await prepare(setup, bad);
    const asked = await on.ask(statement);
    const real = await on.really(statement);
    expect(real?.sqlstate).toBe(sqlstate);
    expect(asked.violated, JSON.stringify(asked.outcomes)).toMatchObject({ sqlstate });
    if (ownWords !== true) expect(asked.violated?.message).toBe(real?.message);

    await prepare(setup, good);
    const clear = await on.ask(statement);
    expect(await on.really(statement)).toBeNull();
    expect(clear.probes.length).toBeGreaterThan(0);
    expect(
      new Set(clear.outcomes.map(({ result, detail }) => (result === 'clear' ? result : detail))),
    ).toEqual(new Set(['clear']));
  });
});
