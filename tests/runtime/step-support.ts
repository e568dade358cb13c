import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProvenBackup } from '../../src/core/backup.js';
import { digestOf, type Undigested } from '../../src/core/digest.js';
import type { Confirmation, Plan, PlanTarget, Step } from '../../src/core/plan.js';
import { openRunLog, type RunLog } from '../../src/files/run-log.js';
import { loadParser } from '../../src/postgres/parse.js';
import { runLock, type RunLock } from '../../src/postgres/run-lock.js';
import { runStep, type RunStepOptions } from '../../src/runtime/run-step.js';
import { sha256Text } from '../../src/runtime/step-guard.js';
import { planUndo, undoStep } from '../../src/runtime/undo.js';
import { worldOf } from '../../src/runtime/world.js';
import type { TestDatabase } from '../support/server.js';
import { prepareGround, targetOf, type Ground } from '../postgres/write-support.js';

/** A session on a real database and a real folder, as the program would hold it. */
export interface Session {
  readonly ground: Ground;
  readonly target: PlanTarget;
  readonly base: string;
  /** The migrations folder. */
  readonly root: string;
  readonly logPath: string;
  readonly log: () => RunLog;
  readonly lock: RunLock;
  /** Database, folder and run log as at the start. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function startSession(making?: Promise<TestDatabase>): Promise<Session> {
  const ground = await prepareGround(making);
  const target = await targetOf(ground.url);
  const base = await mkdtemp(join(tmpdir(), 'pgmedic-step-'));
  const logPath = join(base, 'session', 'run.jsonl');
  const root = join(base, 'drizzle');
  const lock = runLock();
  let log: RunLog | null = null;
  return {
    ground,
    target,
    base,
    root,
    logPath,
    lock,
    log: () => {
      if (log === null) throw new Error('reset first');
      return log;
    },
    async reset() {
      await lock.release();
      await log?.close();
      await ground.reset();
      await rm(join(base, 'session'), { recursive: true, force: true });
      await rm(root, { recursive: true, force: true });
      await mkdir(root);
      log = await openRunLog(logPath);
    },
    async close() {
      await lock.release();
      await log?.close();
      await ground.drop();
      await rm(base, { recursive: true });
    },
  };
}

export const proofOf = (target: PlanTarget): ProvenBackup => ({
  target,
  path: '/nowhere/x.dump',
  format: 'custom',
  bytes: 1,
  sha256: '0'.repeat(64),
  by: 'a test',
  tables: 1,
  rows: 1,
  startedAt: '2026-11-21T03:00:00Z',
  provenAt: '2026-11-21T03:00:01Z',
  proof: 'a test',
  restoreCommand: '',
});

export function planOf(target: PlanTarget, steps: readonly Undigested[]): Plan {
  return {
    format: 1,
    code: '',
    playbook: 'test',
    title: 'a test',
    target,
    facts: '',
    migrations: [],
    answers: {},
    steps: steps.map((step) => ({ ...step, digest: digestOf(step, target, sha256Text) })),
    predicts: { runs: [], skips: [], fails: null },
    warnings: [],
  };
}

export function writeStep(
  write: Extract<Step, { kind: 'write' }>['write'],
  more: Partial<Undigested> = {},
): Undigested {
  const base = { id: 'w', title: 'write', text: '', risk: 'reversible' } as const;
  return { ...base, kind: 'write', write, ...more } as Undigested;
}

export function yesTo(
  step: { id: string; digest: string },
  typed: string | null = null,
): Confirmation {
  return { step: step.id, digest: step.digest, at: '2026-11-21T03:00:00Z', by: 'op', typed };
}

const timeouts = { lock: 3000, statement: 10_000 };
const patience = { tries: 20, pause: 100 };

/** Runs a plan's step, confirmed as it should be unless the test says otherwise. */
export async function run(
  session: Session,
  plan: Plan,
  more: Partial<RunStepOptions> = {},
): Promise<Awaited<ReturnType<typeof runStep>>> {
  const step = more.step ?? plan.steps[0];
  if (step === undefined) throw new Error('no step');
  return runStep({
    ...(await common(session)),
    plan,
    step,
    proof: proofOf(session.target),
    confirmation: yesTo(step),
    readNextRun: async () => plan.predicts,
    runCommand: async () => ({ state: 'done', note: 'ran', xid: null }),
    ...more,
  });
}

export async function undo(
  session: Session,
  step: string,
  more: Partial<Parameters<typeof undoStep>[0]> = {},
) {
  const planned = planUndo(session.log().records, step, session.target);
  const { target } = session;
  const confirmation = yesTo(planned);
  const proof = proofOf(target);
  return undoStep({ ...(await common(session)), planned, target, confirmation, proof, ...more });
}

async function common(session: Session) {
  const { ground, root, base, lock } = session;
  return {
    log: session.log(),
    lock,
    url: ground.url,
    root,
    keepIn: join(base, 'session'),
    parser: await loadParser(),
    timeouts,
    patience,
    random: () => 0,
  };
}

export async function worldFor({ ground, target, root }: Session) {
  return worldOf({ url: ground.url, target, root, parser: await loadParser(), patience });
}
