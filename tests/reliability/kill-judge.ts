import { expect } from 'vitest';
import type { Plan, WriteStep } from '../../src/core/plan.js';
import { readRunLog, type RunLog } from '../../src/files/run-log.js';
import { loadParser } from '../../src/postgres/parse.js';
import { runLock } from '../../src/postgres/run-lock.js';
import { newSessionId } from '../../src/runtime/identity.js';
import { look, planFor } from '../../src/runtime/parts.js';
import { resolveSteps, stateOfSteps, type World } from '../../src/runtime/resume-state.js';
import { runStep } from '../../src/runtime/run-step.js';
import { openSessionLog, sessionIds, sessionPlace } from '../../src/runtime/session-record.js';
import { worldOf } from '../../src/runtime/world.js';
import { stepWorld, writeGround } from '../../src/runtime/write-ground.js';
import type { BrokenWorld } from './broken-world.js';

const now = (): Date => new Date();

/**
 * The world must be what the log and a look say; and whoever goes on ends with what is healthy.
 * `early`: looks before the server is done as well. `told`: the log itself has every outcome.
 */
export async function judge(
  world: BrokenWorld,
  plans: Map<string, Plan | null>,
  early: boolean,
  told = false,
): Promise<string> {
  const places = await world.ground.places();
  const [session] = (await sessionIds(places)).slice(-1);
  const place = sessionPlace(places, session ?? '');
  const look = await looking(world);
  // Before the server has noticed that nobody is there any more: whatever is said then, it stays true.
  const soon = early ? await said(place.logPath, look) : null;
  await world.settled();
  const log = session === undefined ? null : await openSessionLog(place, now);
  const plan = log?.records.findLast((one) => one.type === 'plan')?.plan;
  const standings = log === null ? [] : await resolveSteps(log, look);
  const problems = log?.problems ?? [];
  await log?.close();
  const truth = new Map<string, boolean>();
  for (const step of writesOf(plan ?? world.plan)) truth.set(step.id, await isDone(world, step.id));
  const found = standings.filter(({ step }) => truth.has(step));
  const where = JSON.stringify({ problems, standings, soon, truth: [...truth] }, null, 1);
  for (const { step, state } of [...found, ...(soon ?? [])]) {
    if (state.state === 'unknown' || !truth.has(step)) continue;
    // All rows were filled, and it was stopped before it had looked for one more: it says what stays.
    if (truth.get(step) === true && isStopped.test(state.why)) continue;
    expect(state.state, `${step} ${where}`).toBe(
      truth.get(step) === true ? 'committed' : 'not done',
    );
  }
  if (told)
    expect(
      standings.filter(({ looked }) => looked),
      where,
    ).toEqual([]);
  // Without a plan in the log nothing can have been begun.
  if (plan === undefined) expect([...truth.values()], where).not.toContain(true);
  for (const sql of world.scenario.always)
    expect(await world.one(sql), `${sql} ${where}`).toBe(true);
  await goOn(world, plans, where);
  const all = [...truth.values()];
  if (found.some(({ state }) => state.state === 'unknown')) return 'one step unknown';
  return all.every(Boolean)
    ? 'all committed'
    : all.includes(true)
      ? 'some committed'
      : 'nothing done';
}

const isStopped = /^\d+ rows? in \d+ batch(es)?, which stays?\. Then: /;

async function said(path: string, look: World) {
  const log = await readRunLog(path).catch(() => null);
  return log === null ? [] : stateOfSteps(log.records, look);
}

async function looking({ url, plan, ground }: BrokenWorld): Promise<World> {
  const root = ground.resolved.migrations;
  const patience = { tries: 2, pause: 20 };
  return worldOf({ url, target: plan.target, root, parser: await loadParser(), patience });
}

function writesOf(plan: Plan): readonly WriteStep[] {
  return plan.steps.filter((step): step is WriteStep => step.kind === 'write');
}

async function isDone(world: BrokenWorld, step: string): Promise<boolean> {
  const tells = world.scenario.truth[step];
  if (tells === undefined) throw new Error(`${world.scenario.playbook}: how is ${step} told?`);
  if (typeof tells !== 'string') {
    return JSON.stringify(await world.journal()) === JSON.stringify(tells.journal);
  }
  return (await world.one(tells)) === true;
}

/** A new session makes plans from what is there now, and runs them, until there is nothing to do. */
async function goOn(
  world: BrokenWorld,
  plans: Map<string, Plan | null>,
  where: string,
): Promise<void> {
  const { scenario } = world;
  for (let rounds = 0; ; rounds++) {
    // As resume has told to.
    await dropInvalid(world, where);
    const print = await world.fingerprint();
    const enough = scenario.enough !== undefined && (await world.one(scenario.enough)) === true;
    let plan = enough ? null : plans.get(print);
    await world.leave();
    // The same facts give the same plan.
    if (plan === undefined) plans.set(print, (plan = await nextPlan(world)));
    if (plan === null) break;
    expect(rounds, where).toBeLessThan(3);
    await runAll(world, plan, where);
  }
  for (const sql of [...scenario.always, ...scenario.healthy]) {
    expect(await world.one(sql), `${sql} ${where}`).toBe(true);
  }
  const { wrote, error } = await world.migrate();
  expect([wrote.length, error], where).toEqual([scenario.leaves ?? 0, null]);
}

async function dropInvalid(world: BrokenWorld, where: string): Promise<void> {
  const name = await world.one(
    `SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid`,
  );
  const incomplete = await world.one(
    `SELECT datname FROM pg_database WHERE datname LIKE current_database() || '%_incomplete'`,
  );
  if (typeof incomplete === 'string') {
    expect(where).toContain(`DROP DATABASE \\"${incomplete}`);
    await world.one(`DROP DATABASE "${incomplete}"`);
  }
  if (typeof name !== 'string') return;
  expect(where).toContain(`the invalid index public.${name}`);
  await world.one(`DROP INDEX ${name}`);
}

/** The first of the ways to go on of which a plan can be made; null when all is as it should be. */
async function nextPlan({ ground, scenario }: BrokenWorld): Promise<Plan | null> {
  const diagnosis = await look(ground, now, { evidence: true });
  const { runs } = diagnosis.nextRun;
  const { playbook, migrations, answers } = scenario;
  const ways = [
    { playbook, migrations, answers },
    { playbook, migrations: migrations.filter((id) => runs.includes(id)), answers },
    { playbook: 'finish-partial', migrations: runs.slice(0, 1), answers: {} },
    { playbook: 'apply-manually', migrations: runs, answers: {} },
  ];
  if (scenario.leaves !== undefined) ways.splice(1);
  const refusals: string[] = [];
  for (const way of ways) {
    try {
      return await planFor(ground, diagnosis, way);
    } catch (error) {
      refusals.push(`${way.playbook}: ${(error as Error).message}`);
    }
  }
  if (scenario.enough !== undefined || runs.length > (scenario.leaves ?? 0))
    throw new Error(refusals.join('\n'));
  return null;
}

async function runAll(world: BrokenWorld, plan: Plan, where: string): Promise<void> {
  const { ground, proof } = world;
  const place = sessionPlace(await ground.places(), newSessionId(now()));
  const log: RunLog = await openSessionLog(place, now);
  const { target } = plan;
  await log.append({ type: 'session-started', target, settings: [], version: 'test' });
  await log.append({ type: 'plan', plan });
  const lock = runLock();
  const base = await writeGround({ ground, log, folder: place.folder, lock });
  try {
    for (const step of plan.steps) {
      const { id, digest } = step;
      const confirmation = {
        step: id,
        digest,
        at: now().toISOString(),
        by: 'op',
        typed: target.database,
      };
      const options = { ...base, ...stepWorld(ground, now), plan, step, confirmation, proof };
      const outcome = await runStep(options);
      expect(outcome.state, `${plan.playbook} ${id}: ${JSON.stringify(outcome)} ${where}`).toBe(
        'done',
      );
    }
  } finally {
    await lock.release();
    await log.close();
  }
}
