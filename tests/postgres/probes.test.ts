import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOlderServer } from '../support/older-server.js';
import { createTestDatabase } from '../support/server.js';
import { CONSTRAINT_FORMS } from './probes-forms-constraints.js';
import { TYPE_FORMS } from './probes-forms-types.js';
import type { Form } from './probes-form.js';
import { bench, type Bench } from './probes-support.js';

interface Place {
  readonly url: string;
  end(): Promise<void>;
}

const FORMS: readonly Form[] = [...CONSTRAINT_FORMS, ...TYPE_FORMS];

describe.each([18, 14] as const)('on server %i, a statement that rows decide about', (major) => {
  let place: Place;
  let on: Bench;

  beforeAll(async () => {
    place = major === 18 ? await currentServer() : await olderServer(major);
    on = await bench(place.url);
  });

  afterAll(async () => {
    await on.end();
    await place.end();
  });

  const known = FORMS.filter(({ from = 13 }) => from <= major);

  test.each(known)('$name', async ({ setup, bad, good, statement, sqlstate, ownWords }) => {
    await prepare(on, setup, bad);
    const asked = await on.ask(statement);
    const real = await on.really(statement);
    expect(real?.sqlstate).toBe(sqlstate);
    expect(asked.violated, JSON.stringify(asked.outcomes)).toMatchObject({ sqlstate });
    if (ownWords !== true) expect(asked.violated?.message).toBe(real?.message);

    await prepare(on, setup, good);
    const { outcomes } = await on.ask(statement);
    expect(await on.really(statement)).toBeNull();
    expect(outcomes.length).toBeGreaterThan(0);
    expect(outcomes.filter(({ result }) => result !== 'clear')).toEqual([]);
  });
});

async function currentServer(): Promise<Place> {
  const { url, drop } = await createTestDatabase();
  return { url, end: drop };
}

async function olderServer(major: 14): Promise<Place> {
  const server = await startOlderServer(major);
  return { url: await server.createDatabase(), end: () => server.stop() };
}

/** What stands in the database goes with the next case. */
async function prepare(on: Bench, ...sql: readonly string[]): Promise<void> {
  await on.run('DROP SCHEMA IF EXISTS public, ext, "Mixed Case" CASCADE; CREATE SCHEMA public');
  for (const one of sql) await on.run(one);
}
