import { dirname } from 'node:path';
import { type LockWait, locksOf } from '../core/lock-wait.js';
import type { StepOutcome } from '../core/plan.js';
import type { Command } from '../core/session/events.js';
import type { State, StepProgress } from '../core/session/state.js';
import type { RunLog } from '../files/run-log.js';
import { runLock } from '../postgres/run-lock.js';
import { ground, type Say, type Shared } from './perform-shared.js';
import { takeBack } from './perform-sessions.js';
import { runStep } from './run-step.js';
import type { WriteGround } from './step-parts.js';
import { words } from './words.js';
import { stepWorld, writeGround } from './write-ground.js';

/** Runs one step of the plan that is confirmed; what fails before it had begun is `notRun`. */
export async function performStep(
  shared: Shared,
  command: Extract<Command, { type: 'run-step' }>,
  state: State,
  say: Say,
): Promise<StepOutcome> {
  const { now } = shared.options;
  const { undoes } = command.plan;
  shared.running = new AbortController();
  try {
    await shared.recorded;
    const log = await shared.log;
    const step = command.plan.steps.find((one) => one.id === command.step);
    if (log === null || step === undefined) throw new Error(`no step ${command.step}`);
    const found = await ground(shared);
    const lock = (shared.lock ??= runLock());
    const onAhead = (wait: LockWait): void => say({ type: 'step-waiting', wait });
    const onWaiting = (_: unknown, wait: LockWait): void => say({ type: 'step-waiting', wait });
    const onBatch = seldom((progress: StepProgress) => say({ type: 'step-progress', progress }));
    const { signal } = shared.running;
    const files = state.diagnosis?.facts.folder ?? null;
    const locks = step.kind === 'write' ? locksOf(step.write, files, shared.rehearsal) : [];
    const told = { locks, onAhead, onWaiting, onBatch };
    const { confirmation } = command;
    const proof = state.backup;
    const groundFor = (at: RunLog): Promise<WriteGround> =>
      writeGround({ ground: found, log: at, folder: dirname(at.path), lock, signal, ...told });
    if (undoes) return await takeBack(shared, undoes, { groundFor, confirmation, proof });
    return await runStep({
      ...(await groundFor(log)),
      ...stepWorld(found, now),
      ...{ plan: command.plan, step, confirmation, proof },
    });
  } catch (error) {
    const { message, next } = words(error);
    const log = await shared.log?.catch(() => null);
    const begun = log?.records.some((one) => one.type === 'intent' && one.step === command.step);
    if (!begun) return { state: 'notRun', why: [message, ...next].join(' ') };
    // What had begun has an intent in the log; whether it went through is to be looked at.
    return { state: 'unknown', message, next: [...next, 'Look: pgmedic resume'] };
  }
}

/** Passes news on four times a second at the most. */
function seldom<T>(tell: (news: T) => void): (news: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (news) => {
    if (performance.now() - last < 250) return;
    last = performance.now();
    tell(news);
  };
}
