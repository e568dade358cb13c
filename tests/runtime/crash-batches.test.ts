import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countOpen, fillStatement, nothingLeft } from '../../src/core/planning/backfill-checks.js';
import { openRunLog, readRunLog } from '../../src/files/run-log.js';
import { stateOfSteps } from '../../src/runtime/resume-state.js';
import { bundled } from '../support/bundled.js';
import { inDepth } from '../support/cases.js';
import type { CrashJob } from './crash-child.js';
import {
  planOf,
  run,
  startSession,
  worldFor,
  writeStep,
  yesTo,
  type Session,
} from './step-support.js';

let session: Session;
let program: Awaited<ReturnType<typeof bundled>>;
beforeAll(async () => {
  [session, program] = await Promise.all([startSession(), bundled('tests/runtime/crash-child.ts')]);
});
afterAll(() => Promise.all([session.close(), program.remove()]));

const target = {
  table: 'app',
  tableName: 'public.app',
  columnKey: 'column public.app.name',
  column: 'name',
  how: 'set',
  statement: 1,
  rule: `'n' || id`,
} as const;

const fill = writeStep({
  type: 'batches',
  lock: '"drizzle"."history"',
  before: [],
  statement: fillStatement(target, 10),
  count: countOpen(target),
  after: [nothingLeft(target, true)],
  undo: { type: 'none', why: 'a test' },
});

async function kill(job: CrashJob): Promise<void> {
  const child = spawn(process.execPath, [program.path], {
    env: { PATH: process.env['PATH'], CRASH_JOB: JSON.stringify(job) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  expect((await once(child, 'close'))[1]).toBe('SIGKILL');
}

/** What the killed process left running on the server has come to its end. */
async function quiet(): Promise<void> {
  while ((await session.ground.count(running)) !== '0') {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const running = `SELECT count(*) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'pgmedic write'`;

test.for(inDepth([9, 12], [7, 8, 9, 10, 11, 12, 13, 14]))(
  'killed amid its batches, at operation %i: what is committed is said, and the rest is filled once',
  async (killAt) => {
    const { ground, root, base, logPath } = session;
    await session.reset();
    await session.log().close();
    await rm(dirname(logPath), { recursive: true });
    await mkdir(dirname(logPath));
    await ground.other.query(`INSERT INTO app SELECT n FROM generate_series(1, 45) n;
      ALTER TABLE app ADD filled int NOT NULL DEFAULT 0;
      CREATE OR REPLACE FUNCTION filled() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.filled := OLD.filled + 1; RETURN NEW; END $$;
      CREATE TRIGGER filled BEFORE UPDATE ON app FOR EACH ROW EXECUTE FUNCTION filled()`);
    const plan = planOf(session.target, [fill]);
    const [step] = plan.steps;
    if (step === undefined) throw new Error('no step');
    const confirmation = yesTo(step);
    const keepIn = dirname(logPath);
    const where = { url: ground.url, root, keepIn, logPath };
    await kill({
      killAt,
      midway: killAt % 2 === 0,
      everywhere: false,
      plan,
      confirmation,
      ...where,
    });
    await quiet();

    const done = Number(await ground.count('SELECT count(name) FROM app'));
    const [standing] = await stateOfSteps(
      (await readRunLog(logPath)).records,
      await worldFor(session),
    );
    const batches = done === 10 ? '1 batch is' : `${done / 10} batches are`;
    expect(standing?.state).toEqual({
      state: 'not done',
      why: expect.stringContaining(`between two batches: ${batches} committed`) as string,
    });

    const log = await openRunLog(join(base, 'session', 'again', 'run.jsonl'));
    const outcome = await run(session, plan, { log });
    await log.close();
    const left = 45 - done;
    expect(outcome).toMatchObject({
      state: 'done',
      note: `${left} rows in ${Math.ceil(left / 10)} batches`,
    });
    expect(await ground.count('SELECT count(*) FROM app WHERE filled = 1')).toBe('45');
  },
);
