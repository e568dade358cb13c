import type { BackupProgress } from '../core/backup.js';
import type { EvidenceProgress, State } from '../core/session/state.js';
import { redactText } from '../core/redact.js';
import { percent } from '../core/telling/amounts.js';
import { waitSummary } from '../core/telling/lock-words.js';
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
      return `backup: ${phase}${scene.cancelling ? ' (stopping)' : ''}`;
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
  return ({ phase }) => {
    if (phase !== last) process.stderr.write(`backup: ${phase}\n`);
    last = phase;
  };
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
 * gone leave the session as well. Returns how to stop listening.
 */
export function stopOnSignals(handle: SessionHandle): () => void {
  const { stdin, stdout } = process;
  const onInterrupt = (): void => handle.dispatch({ type: 'cancel' });
  let ending = false;
  const onEnd = (): void => {
    if (ending) return;
    ending = true;
    hangUp(handle);
  };
  const onGone = (): void => {
    if (!ending) dieOfHangUp();
    onEnd();
  };
  const ownRawMode = forgiveRawMode(stdin);
  process.on('SIGINT', onInterrupt).on('SIGTERM', onEnd).on('SIGHUP', onGone);
  // The signal may have been kept from us (nohup). A pipe that ends has answered all it will.
  if (stdin.isTTY) stdin.on('close', onGone);
  if (stdout.isTTY) stdout.on('error', onGone);
  return () => {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onEnd).off('SIGHUP', onGone);
    stdin.off('close', onGone);
    stdout.off('error', onGone);
    ownRawMode();
  };
}
