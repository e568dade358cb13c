import type { Diagnosis } from '../core/diagnosis.js';
import { UserError } from '../core/errors.js';
import type { Command } from '../core/session/events.js';
import { currentRun, type PlanWish, type State } from '../core/session/state.js';
import { whyNotSeen } from '../core/session/why-other.js';
import { observed } from '../postgres/observed.js';
import {
  beginRun,
  besides,
  finish,
  ground,
  otherWriter,
  type PerformOptions,
  record,
  recordVerdict,
  type Say,
  saySettings,
  type Shared,
} from './perform-shared.js';
export type { PerformOptions } from './perform-shared.js';
import type { Planned } from './parts.js';
import type { Perform } from './session.js';
import { reader } from './reader.js';
import { phaseWords } from './session-log.js';
import { words } from './words.js';

/** Does what the state machine commands. Every error becomes a reply: a command never goes silent. */
export function performer(options: PerformOptions): {
  readonly perform: Perform;
  close(): Promise<void>;
} {
  const shared: Shared = {
    reader: reader(() => ground(shared), options.now, options.seen),
    rehearsal: null,
    options,
    ground: null,
    log: null,
    lock: null,
    elsewhere: Promise.resolve(),
    recorded: Promise.resolve(),
    running: new AbortController(),
    enough: new AbortController(),
  };
  return {
    perform: (command, state, reply) => {
      const listener = options.log.during(phaseWords(command));
      void observed(listener, () => perform(shared, command, state, reply));
    },
    async close() {
      shared.reader.stop();
      const log = await shared.log?.catch(() => null);
      await shared.elsewhere;
      await shared.lock?.release();
      await log?.close();
      await (await shared.ground?.catch(() => null))?.close();
    },
  };
}

async function perform(
  shared: Shared,
  command: Exclude<Command, { type: 'exit' }>,
  state: State,
  say: Say,
): Promise<void> {
  const { now } = shared.options;
  const at = (): number => now().getTime();
  switch (command.type) {
    case 'read-facts':
    case 'verify': {
      const opened = ground(shared);
      try {
        await shared.lock?.release();
        const diagnosis = await readWorld(
          shared,
          command.type === 'verify' ? 'whole' : 'quick',
        ).catch(async (error: unknown) => {
          // Where each setting came from tells why there is nothing to be read.
          if (state.diagnosis === null) await saySettings(opened, say).catch(() => {});
          throw error;
        });
        const recorded = record(shared, diagnosis);
        shared.recorded = recorded.catch(() => {});
        if (command.type === 'verify') {
          await recorded;
          const undoes = currentRun(state)?.plan.undoes;
          if (undoes)
            await (await import('./perform-sessions.js')).seenAfter(shared, undoes, diagnosis);
          else await recordVerdict(shared, state, diagnosis);
        }
        say({ type: 'facts-read', diagnosis, at: at() });
        // The board is drawn by now; what a look does not need follows.
        await recorded;
        await saySettings(opened, say, shared.options.sessionId);
      } catch (error) {
        say({ type: 'facts-failed', ...words(error), at: at() });
      }
      return;
    }
    case 'read-evidence':
      await readEvidence(shared, say);
      return;
    case 'build-plan':
      try {
        if (state.diagnosis === null) throw new UserError('Nothing has been read yet.');
        // What decides is in the evidence; a plan waits for it.
        const known = (await shared.reader.latest()) ?? state.diagnosis;
        const { plan } = await planned(shared, known, command.wish);
        say({ type: 'plan-built', plan, at: at() });
      } catch (error) {
        say({ type: 'plan-refused', ...words(error) });
      }
      return;
    case 'rebuild-plan':
      await rebuild(shared, command.wish, say);
      return;
    case 'take-backup':
      await backUp(shared, state, say);
      return;
    case 'stop-proof':
      shared.enough.abort();
      return;
    case 'accept-backup':
      try {
        await (await shared.log)?.append({ type: 'backup-accepted', backup: command.backup });
        say({ type: 'backup-accepted', at: at() });
      } catch (error) {
        say({ type: 'backup-failed', ...words(error) });
      }
      return;
    case 'cancel-running':
      shared.running.abort();
      return;
    case 'begin-run':
      // A step is looked up in the log behind its plan: run-step waits for this append.
      // That of an undo belongs to the session that it takes back.
      if (command.plan.undoes) return;
      shared.recorded = beginRun(shared, command.plan).catch(() => {});
      return;
    case 'run-step': {
      const { performStep } = await import('./perform-step.js');
      const outcome = await performStep(shared, command, state, say);
      say({ type: 'step-ended', step: command.step, outcome, at: at() });
      return;
    }
    case 'read-sessions':
    case 'read-session':
    case 'save-report':
    case 'resume-session':
      await (await import('./perform-sessions.js')).performSessions(shared, command, say);
      return;
    case 'write-report':
      say({ type: 'report-written', path: await finish(shared) });
      return;
  }
}

async function readWorld(shared: Shared, how: 'quick' | 'whole'): Promise<Diagnosis> {
  try {
    return await shared.reader[how]();
  } catch (error) {
    // A setting that was wrong may be put right before the next try.
    if (shared.log === null) shared.ground = null;
    throw error;
  }
}

async function readEvidence(shared: Shared, say: Say): Promise<void> {
  try {
    const diagnosis = await shared.reader.behind(
      (progress) => say({ type: 'evidence-progress', progress }),
      () => shared.recorded,
    );
    if (diagnosis === null) return;
    shared.recorded = record(shared, diagnosis).catch(() => {});
    say({ type: 'evidence-read', diagnosis });
  } catch (error) {
    say({ type: 'evidence-failed', message: words(error).message });
  }
}

/** The plan; what an earlier session left open is among its warnings. */
async function planned(shared: Shared, diagnosis: Diagnosis, wish: PlanWish): Promise<Planned> {
  const [{ rehearsedPlan }, { warned }] = await Promise.all([
    import('./parts.js'),
    import('./standing.js'),
  ]);
  const found = await ground(shared);
  const { plan, rehearsal } = wish.undoes
    ? await (await import('./perform-sessions.js')).undoPlanned(shared, wish.undoes, diagnosis)
    : await rehearsedPlan(found, diagnosis, wish);
  shared.rehearsal = rehearsal;
  return { plan: await warned(await found.places(), plan), rehearsal };
}

async function rebuild(shared: Shared, wish: PlanWish, say: Say): Promise<void> {
  const at = (): number => shared.options.now().getTime();
  const writer = await otherWriter(shared);
  let diagnosis: Diagnosis;
  try {
    diagnosis = await readWorld(shared, 'whole');
    await record(shared, diagnosis);
  } catch (error) {
    say({ type: 'facts-failed', ...besides(await writer(), words(error)), at: at() });
    return;
  }
  try {
    const { plan, rehearsal } = await planned(shared, diagnosis, wish);
    const notSeen = whyNotSeen(diagnosis, rehearsal, await writer());
    say({ type: 'plan-rebuilt', plan, diagnosis, notSeen, at: at() });
  } catch (error) {
    say({ type: 'plan-refused', ...besides(await writer(), words(error)) });
  }
}

async function backUp(shared: Shared, state: State, say: Say): Promise<void> {
  const { now, sessionId, backupFolder } = shared.options;
  shared.running = new AbortController();
  shared.enough = new AbortController();
  const { signal } = shared.running;
  const enough = shared.enough.signal;
  try {
    if (state.diagnosis === null) throw new UserError('Nothing has been read yet.');
    const { proveBackup } = await import('./prove-backup.js');
    const backup = await proveBackup({
      ground: await ground(shared),
      facts: state.diagnosis.facts,
      session: sessionId,
      ...(backupFolder === undefined ? {} : { folder: backupFolder }),
      signal,
      enough,
      now,
      onProgress: (progress) => say({ type: 'backup-progress', progress }),
    });
    const log = await shared.log;
    if ('proof' in backup) {
      await log?.append({ type: 'backup-proven', backup });
      say({ type: 'backup-proven', backup, at: now().getTime() });
    } else {
      await log?.append({ type: 'backup-read-back', backup });
      say({ type: 'backup-read-back', backup, at: now().getTime() });
    }
  } catch (error) {
    const stopped = { message: 'It was stopped; nothing of it was kept.', next: [] };
    const failed = signal.aborted ? stopped : words(error);
    const { message } = failed;
    const log = await shared.log?.catch(() => null);
    await log?.append({ type: 'backup-failed', message }).catch(() => {});
    say({ type: 'backup-failed', ...failed });
  }
}
