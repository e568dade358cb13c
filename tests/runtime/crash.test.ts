import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../src/core/plan.js';
import type { StepState } from '../../src/core/run-log.js';
import { sha256Of } from '../../src/files/edit.js';
import { readRunLog } from '../../src/files/run-log.js';
import { stateOfSteps } from '../../src/runtime/resume-state.js';
import { transaction } from '../postgres/write-support.js';
import { bundled } from '../support/bundled.js';
import type { CrashJob } from './crash-child.js';
import { planOf, startSession, worldFor, writeStep, yesTo, type Session } from './step-support.js';

/** Two sessions, since the machine has two cores and a child takes half a second to start. */
let sessions: Session[];
let program: Awaited<ReturnType<typeof bundled>>;
beforeAll(async () => {
  program = await bundled('tests/runtime/crash-child.ts');
  sessions = [await startSession(), await startSession()];
});
afterAll(() => Promise.all([...sessions.map((session) => session.close()), program.remove()]));

/** With `npm run test:deep`; else only where something changes, on the disk or on the server. */
const everywhere = Boolean(process.env['PGMEDIC_DEEP']);

interface Death {
  /** null when it was killed. */
  readonly survived: { readonly count: number; readonly outcome: { state: string } } | null;
}

async function die(job: CrashJob): Promise<Death> {
  const child = spawn(process.execPath, [program.path], {
    env: { PATH: process.env['PATH'], CRASH_JOB: JSON.stringify(job) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)));
  if (signal === 'SIGKILL') return { survived: null };
  if (out === '') throw new Error(errors);
  return { survived: JSON.parse(out) as NonNullable<Death['survived']> };
}

interface Case {
  prepare(session: Session): Promise<void>;
  plan(session: Session): Plan;
  /** What is really there once the dust has settled. */
  truth(session: Session): Promise<StepState['state']>;
}

/** Kills the step at one place after the other until it gets through, and compares what the log and a look say with what is there. */
async function killEverywhere(what: Case, more: { midway: boolean; mayBeUnknown?: boolean }) {
  const found: string[] = [];
  let next = 1;
  let last = Number.POSITIVE_INFINITY;
  const work = async (session: Session): Promise<void> => {
    while (next <= last) {
      const killAt = next++;
      await session.reset();
      await session.log().close();
      await rm(dirname(session.logPath), { recursive: true });
      await mkdir(dirname(session.logPath));
      await what.prepare(session);
      const plan = what.plan(session);
      const [step] = plan.steps;
      if (step === undefined) throw new Error('no step');
      const { survived } = await die({
        killAt,
        midway: more.midway,
        everywhere,
        plan,
        confirmation: yesTo(step),
        url: session.ground.url,
        root: session.root,
        keepIn: dirname(session.logPath),
        logPath: session.logPath,
      });
      if (survived !== null) last = Math.min(last, survived.count);
      const { records, problems } = await readRunLog(session.logPath);
      const [standing] = await stateOfSteps(records, await worldFor(session));
      const said = standing?.state.state ?? 'nothing';
      const truth = await what.truth(session);
      if (survived !== null) expect([survived.outcome.state, said]).toEqual(['done', 'committed']);
      found.push(said);
      const where = `killed at ${killAt}: ${JSON.stringify([records.at(-1), problems])}`;
      if (!(more.mayBeUnknown === true && said === 'unknown')) {
        expect(said, where).toBe(truth);
      }
    }
  };
  await Promise.all(sessions.map(work));
  return { found, last };
}

const settled = async (session: Session): Promise<void> => {
  // What the killed process left running on the server comes to its end first.
  for (;;) {
    const busy = await session.ground.count(
      `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'pgmedic write'`,
    );
    if (busy === '0') return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const marking: Case = {
  prepare: async () => {},
  plan: ({ target }) => planOf(target, [writeStep(transaction())]),
  truth: async (session) => {
    await settled(session);
    return (await session.ground.count()) === '2' ? 'committed' : 'not done';
  },
};

const index: Case = {
  prepare: async () => {},
  plan: ({ target }) =>
    planOf(target, [
      writeStep({
        type: 'statement',
        before: [],
        statement: { sql: 'CREATE INDEX CONCURRENTLY made ON app (id)', source: null },
        after: [
          {
            type: 'sql',
            title: 'made',
            sql: `SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('made')`,
            expect: [['t']],
          },
        ],
        undo: { type: 'none', why: 'a test' },
      }),
    ]),
  truth: async (session) => {
    await settled(session);
    const there = await session.ground.count(
      `SELECT count(*) FROM pg_class WHERE relname = 'made'`,
    );
    return there === '1' ? 'committed' : 'not done';
  },
};

const journal: Case = {
  prepare: ({ root }) => writeFile(join(root, 'j.json'), 'old'),
  plan: ({ target }) =>
    planOf(target, [
      writeStep({
        type: 'file',
        path: 'j.json',
        before: sha256Of('old'),
        after: 'new',
        afterSha256: sha256Of('new'),
      }),
    ]),
  truth: async ({ root }) => {
    const text = await readFile(join(root, 'j.json'), 'utf8');
    expect(['old', 'new']).toContain(text);
    return text === 'new' ? 'committed' : 'not done';
  },
};

describe('a kill -9 at any place', () => {
  for (const midway of [false, true]) {
    const how = midway ? 'while an operation is under way' : 'between two operations';
    test(`of a transaction, ${how}: committed or not done, as it really is`, async () => {
      const { found, last } = await killEverywhere(marking, { midway });
      expect(last).toBeGreaterThanOrEqual(9);
      expect(new Set(found)).toEqual(new Set(['committed', 'not done']));
    });
  }

  test('of a file edit: the old bytes or the new, and known which', async () => {
    for (const midway of everywhere ? [false, true] : [false]) {
      const { found } = await killEverywhere(journal, { midway });
      expect(new Set(found)).toEqual(new Set(['committed', 'not done']));
    }
  });

  test('of a statement outside a transaction: never called what it is not', async () => {
    const { found } = await killEverywhere(index, { midway: false, mayBeUnknown: true });
    expect(found).toContain('not done');
    expect(found).toContain('committed');
  });
});
