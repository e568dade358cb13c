import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadParser } from '../../src/postgres/parse.js';
import { runLock } from '../../src/postgres/run-lock.js';
import { leftOfPlan } from '../../src/runtime/left-of-plan.js';
import { look, planFor } from '../../src/runtime/parts.js';
import { resolveSteps } from '../../src/runtime/resume-state.js';
import { runStep } from '../../src/runtime/run-step.js';
import { openSessionLog, sessionPlace } from '../../src/runtime/session-record.js';
import { worldOf } from '../../src/runtime/world.js';
import { stepWorld, writeGround } from '../../src/runtime/write-ground.js';
import { type BrokenWorld, breakWorld } from '../reliability/broken-world.js';
import { bundled } from '../support/bundled.js';
import { children } from '../reliability/killing.js';
import { inDepth } from '../support/cases.js';
import { base, entriesOf, sqlFiles } from './shop.js';

const id = '0002_release';
const files = [`${id}.sql`, `${id}.down.sql`, 'meta/0002_snapshot.json'];
const now = (): Date => new Date();

let world: BrokenWorld;
let program: Awaited<ReturnType<typeof bundled>>;
beforeAll(async () => {
  program = await bundled('tests/reliability/kill-child.ts');
  world = await breakWorld({
    playbook: 'roll-back',
    migrations: [id],
    answers: { project: 'remove' },
    break: async (shop) => {
      await shop.put({
        ...sqlFiles({ [id]: 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);' }),
        [`${id}.down.sql`]: 'DROP TABLE "notes";',
        'meta/0002_snapshot.json': '{"version":"7"}',
      });
      await shop.list(entriesOf([...Object.keys(base), id]));
      const { error } = await shop.migrate();
      if (error !== null) throw new Error(error.message);
    },
    truth: {},
    always: [],
    healthy: [],
  });
});
afterAll(async () => {
  await world.close();
  await program.remove();
});

const isThere = (path: string): Promise<boolean> =>
  access(join(world.dir, 'drizzle', path)).then(
    () => true,
    () => false,
  );

/** Runs what is left of the session, killed before its nth operation (0: not at all). */
async function killedAt(
  pool: ReturnType<typeof children>,
  killAt: number,
): Promise<readonly string[]> {
  await world.restore();
  const { dir, url, sandboxUrl, state, session } = world;
  const { playbook, migrations, answers } = world.scenario;
  const places = { dir, databaseUrl: url, sandboxUrl, state, session };
  const life = await pool.live(
    { killAt, midway: false, ...places, playbook, migrations, answers },
    null,
  );
  await world.settled();
  return life.survived?.operations ?? [];
}

/** As `pgmedic resume` does it. */
async function resumed(): Promise<string | null> {
  const place = sessionPlace(await world.ground.places(), world.session);
  const log = await openSessionLog(place, now);
  const { plan, url, ground } = world;
  const root = ground.resolved.migrations;
  const parser = await loadParser();
  const steps = await resolveSteps(log, worldOf({ url, target: plan.target, root, parser }));
  const left = await leftOfPlan(ground, log.records, steps);
  await log.close();
  return left;
}

/** A plan of what is left, and all its steps. */
async function goOn(): Promise<readonly string[]> {
  const { ground, proof, plan: first } = world;
  const { playbook, migrations, answers } = world.scenario;
  const diagnosis = await look(ground, now, { evidence: true });
  const plan = await planFor(ground, diagnosis, { playbook, migrations, answers });
  const place = sessionPlace(await ground.places(), 'goes-on');
  const log = await openSessionLog(place, now);
  const lock = runLock();
  try {
    await log.append({ type: 'plan', plan });
    const own = await writeGround({ ground, log, folder: place.folder, lock });
    for (const step of plan.steps) {
      const typed = first.target.database;
      const confirmation = { ...step, step: step.id, at: now().toISOString(), by: 'op', typed };
      const options = { ...own, ...stepWorld(ground, now), plan, step, confirmation, proof };
      expect(await runStep(options), step.id).toMatchObject({ state: 'done' });
    }
  } finally {
    await lock.release();
    await log.close();
  }
  return plan.steps.flatMap((step) => (step.kind === 'write' ? [step.id] : []));
}

test('killed between the database and the project: resume names the plan of what is left, and it does the files alone', async () => {
  const pool = children(program.path);
  try {
    const operations = await killedAt(pool, 0);
    expect(await Promise.all(files.map(isThere))).toEqual([false, false, false]);
    const commit = operations.indexOf('query: COMMIT') + 1;
    expect(commit).toBeGreaterThan(0);
    // From 1.
    const later = operations.flatMap((name, index) =>
      index + 1 > commit ? [{ name, at: index + 1 }] : [],
    );
    let finished = 0;
    const edges = later.filter(({ name }) => ['rename', 'unlink'].includes(name));
    // Before the journal, and before the second file.
    const few = edges.filter((_, index) => index === 0 || index === 2);
    for (const { name, at } of inDepth(few, later)) {
      await killedAt(pool, at);
      expect(await world.one(`SELECT to_regclass('notes')`), `${at} ${name}`).toBe(null);
      if (!(await isThere(`${id}.sql`))) {
        expect(await resumed(), `${at} ${name}`).toBe(null);
        expect(await Promise.all(files.map(isThere))).toEqual([false, false, false]);
        continue;
      }
      finished++;
      expect(await resumed(), `${at} ${name}`).toBe(
        `pgmedic plan roll-back ${id} --set project=remove`,
      );
      const did = await goOn();
      expect(did, `${at} ${name}`).not.toContain('back');
      expect(did, `${at} ${name}`).toContain(`back:${id}.sql`);
      expect(await Promise.all(files.map(isThere))).toEqual([false, false, false]);
      expect(await world.journal()).toEqual(Object.keys(base));
      expect(await world.migrate()).toMatchObject({ wrote: [], error: null });
    }
    expect(finished).toBeGreaterThanOrEqual(few.length);
  } finally {
    pool.close();
  }
}, 900_000);
