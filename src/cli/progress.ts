import type { BackupProgress } from '../core/backup.js';
import type { LockWait } from '../core/lock-wait.js';
import type { Wish } from '../core/session/events.js';
import type { EvidenceProgress, State } from '../core/session/state.js';
import { redactText } from '../core/redact.js';
import { percent } from '../core/telling/amounts.js';
import { sameWait, waitSummary } from '../core/telling/lock-words.js';
import { oneLine } from '../core/telling/visible.js';
import type { SessionHandle } from '../core/session/store.js';
import { dieOfHangUp, forgiveRawMode, hangUp } from './hang-up.js';

/** Writes to standard error what the session is at, one line each time that changes. */
export function watchProgress(): (state: State) => void {
  let last = '';
  return (state) => {
    const line = progressLine(state);
    if (line === '' || line === last) return;
    last = line;
    process.stderr.write(`${oneLine(redactText(line))}\n`);
  };
}

function progressLine(state: State): string {
  const { scene } = state;
  switch (scene.name) {
    case 'backup': {
      const phase = scene.progress?.phase ?? 'starting the sandbox';
      if (scene.stoppingProof) return 'backup: stopping the proof';
      return `backup: ${phase}${waitWords(scene.progress)}${scene.cancelling ? ' (stopping)' : ''}`;
    }
    case 'running': {
      const step = state.runs.at(-1)?.plan.steps[scene.index];
      const title = step?.title ?? 'step';
      if (scene.wait !== null) return `${title}: ${waitSummary(scene.wait)}`;
      const { progress } = scene;
      if (progress === null || progress.total === null) return title;
      // A line for each tenth of it.
      const tenths = Math.floor(percent(progress.done, progress.total) / 10);
      return tenths === 0 ? title : `${title}: ${tenths * 10} % of ${progress.total} rows`;
    }
    case 'reading':
    case 'rechecking':
      return 'reading';
    case 'verifying':
      return 'verifying';
    default:
      return '';
  }
}

/** The same for a backup that is taken outside a session. */
export function tellPhases(): (progress: BackupProgress) => void {
  let last = '';
  return (progress) => {
    const line = `backup: ${progress.phase}${waitWords(progress)}`;
    if (line !== last) process.stderr.write(`${oneLine(redactText(line))}\n`);
    last = line;
  };
}

/** Told once a wait: without what changes every second. */
function waitWords(progress: BackupProgress | null): string {
  const waitingFor = progress?.waitingFor ?? [];
  if (waitingFor.length === 0) return '';
  const who = waitingFor.map(
    ({ pid, user, holds, query }) =>
      `pid ${pid} (${user}; ${holds}): ${query.replaceAll(/\s+/g, ' ').slice(0, 80)}`,
  );
  return `, waiting for ${who.join('; ')}`;
}

/** The same for a write outside a session: who is in its way, and then whom it waits for. */
export function tellWaiting(what: string) {
  let last: LockWait | null = null;
  const onAhead = (wait: LockWait): void => {
    if (!sameWait(last, wait)) {
      process.stderr.write(`${oneLine(redactText(`${what}: ${waitSummary(wait)}`))}\n`);
    }
    last = wait;
  };
  return { onAhead, onWaiting: (_: unknown, wait: LockWait): void => onAhead(wait) };
}

/** The same for the evidence; only where somebody watches, since it is soon over. */
export function tellEvidence(): (progress: EvidenceProgress) => void {
  let last = '';
  return ({ doing }) => {
    if (doing !== last && process.stderr.isTTY) process.stderr.write(`${doing}\n`);
    last = doing;
  };
}

/**
 * Ctrl-C stops what runs safely instead of cutting it; SIGTERM, SIGHUP and a terminal that is
 * gone leave the session as well. `interrupted`: what else Ctrl-C means. Returns how to stop
 * listening.
 */
export function stopOnSignals(
  handle: SessionHandle,
  interrupted: (state: State) => Wish = () => ({ type: 'cancel' }),
): () => void {
  const ownRawMode = forgiveRawMode(process.stdin);
  const unhook = onSignals(
    () => handle.dispatch(interrupted(handle.getState())),
    () => hangUp(handle),
  );
  return () => {
    unhook();
    ownRawMode();
  };
}

/**
 * Ctrl-C interrupts; SIGTERM, SIGHUP and a terminal that is gone end it, once. After a hang-up the
 * program dies of it at its very end. Returns how to stop listening.
 */
export function onSignals(onInterrupt: () => void, end: () => void): () => void {
  const { stdin, stdout } = process;
  let ending = false;
  const onEnd = (): void => {
    if (ending) return;
    ending = true;
    end();
  };
  const onGone = (): void => {
    if (!ending) dieOfHangUp();
    onEnd();
  };
  process.on('SIGINT', onInterrupt).on('SIGTERM', onEnd).on('SIGHUP', onGone);
  // The signal may have been kept from us (nohup). A pipe that ends has answered all it will.
  if (stdin.isTTY) stdin.on('close', onGone);
  if (stdout.isTTY) stdout.on('error', onGone);
  return () => {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onEnd).off('SIGHUP', onGone);
    stdin.off('close', onGone);
    stdout.off('error', onGone);
  };
}
