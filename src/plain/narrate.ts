import type { BackupProgress } from '../core/backup.js';
import type { LockWait } from '../core/lock-wait.js';
import type { State } from '../core/session/state.js';
import { currentRun } from '../core/session/state.js';
import { currentStep } from '../core/session/step-moves.js';
import { isAccepted } from '../core/backup.js';
import {
  paceWords,
  reachedWords,
  silenceWords,
  unprovenWords,
} from '../core/telling/backup-words.js';
import { bytes, clock, grouped, rowsDone } from '../core/telling/amounts.js';
import { queueWords, sameWait, waitParts } from '../core/telling/lock-words.js';
import { oneLine } from '../core/telling/visible.js';
import { outcomeLines, outcomeWord } from '../core/telling/outcome-words.js';
import { resumedLines, resumeStopped, sessionLines } from '../core/telling/sessions-words.js';
import { boardLines, planLines, stepLines } from './tell.js';

/** What happened between two states, in lines. `before` null: the session begins. */
export function narrate(before: State | null, after: State): readonly string[] {
  const told = [
    ...settings(before, after),
    ...outcomes(before, after),
    ...proven(before, after),
    ...(sameScene(before, after) ? [] : scene(before, after)),
    ...waiting(before, after),
    ...report(before, after),
  ];
  const { notice } = after;
  const fresh = notice !== null && notice !== before?.notice && !told.includes(notice);
  return fresh ? [...told, notice] : told;
}

/** The same place: what was asked there still holds. */
export function sameScene(a: State | null, b: State): boolean {
  if (a === null || a.scene.name !== b.scene.name || a.runs.length !== b.runs.length) return false;
  if (b.scene.name === 'board') {
    if (a.diagnosis !== b.diagnosis || a.playbooks !== b.playbooks) return false;
    if (a.weighing.state !== b.weighing.state) return false;
  }
  if (loaded(a) !== loaded(b)) return false;
  const index = (state: State): number => ('index' in state.scene ? state.scene.index : 0);
  return index(a) === index(b);
}

/** Whether what a scene about earlier sessions asks for is there, and of which session. */
function loaded({ scene: now }: State): string {
  switch (now.name) {
    case 'sessions':
      return String(now.sessions !== null);
    case 'session':
      return `${now.summary.session} ${now.details !== null} ${now.saving}`;
    case 'resume':
      return String(now.resumed !== null);
    default:
      return '';
  }
}

/** One line, for every few seconds of a backup, or of a step in batches. */
export function progressLine({ scene: now }: State, at: number): string | null {
  if (now.name === 'running' && now.progress !== null) {
    const { done, total } = now.progress;
    return `  ${rowsDone(done, total, at - now.since)}`;
  }
  return now.name === 'backup' && now.progress !== null ? backupLine(now.progress) : null;
}

function backupLine(progress: BackupProgress): string {
  const { phase, tablesDone, tablesTotal, rowsDone: rows, bytes: size, elapsed, table } = progress;
  const pace = [table ?? '', paceWords(progress), reachedWords(progress)]
    .filter(Boolean)
    .join('; ');
  const silence = silenceWords(progress).map((words) => `\n  ${words}`);
  return `  ${phase}: ${tablesDone} of ${tablesTotal} tables, ${grouped(rows)} rows, ${bytes(size)}, ${clock(elapsed)}; ${pace}${silence.join('')}`;
}

function settings(before: State | null, after: State): readonly string[] {
  if (after.settings === before?.settings) return [];
  return after.settings.map((one) => `  ${one.name}: ${one.value}  (${one.origin})`);
}

function outcomes(before: State | null, after: State): readonly string[] {
  const run = currentRun(after);
  const was = before?.runs.length === after.runs.length ? currentRun(before) : null;
  return (run?.outcomes ?? []).flatMap((outcome, index) => {
    if (outcome === null || was?.outcomes[index] != null) return [];
    const title = run?.plan.steps[index]?.title ?? '';
    return [
      `${outcomeWord(outcome)}: ${oneLine(title)}`,
      ...outcomeLines(outcome).map((row) => `  ${row}`),
    ];
  });
}

function proven(before: State | null, after: State): readonly string[] {
  const { backup } = after;
  if (backup === null || backup === before?.backup) return [];
  if (isAccepted(backup)) {
    return [`Backup NOT proven, and gone on with: ${backup.accepted.reason}`];
  }
  return [
    `Backup proven: ${backup.proof}.`,
    ...(backup.chosen === undefined ? [] : [`  ${backup.chosen}`]),
    ...(backup.lag == null ? [] : [`  ${backup.lag}`]),
    `  ${backup.path}, ${bytes(backup.bytes)}, sha256 ${backup.sha256}`,
    `  by hand: ${backup.restoreCommand}`,
  ];
}

function scene(before: State | null, after: State): readonly string[] {
  const { scene: now } = after;
  switch (now.name) {
    case 'reading':
      return ['Reading files, history table and catalog, in one read-only transaction...'];
    case 'cannot-look':
      return [now.message, ...now.next.map((next) => `  ${next}`)];
    case 'board':
      // The facts may be there before the playbooks; then the board is told with them.
      if (after.playbooks.length === 0) return [];
      // One board, whole, is better than two in a row.
      if (after.weighing.state === 'working') {
        const told = before?.weighing.state === 'working' && before.playbooks.length > 0;
        return told ? [] : [lookingAtSchema];
      }
      // From a question or a plan one comes back to the board that stands above.
      return before?.scene.name === 'reading' ||
        before?.diagnosis !== after.diagnosis ||
        before?.playbooks !== after.playbooks ||
        before?.weighing.state === 'working'
        ? boardLines(after)
        : [];
    case 'sessions':
      return now.sessions === null ? ['Reading the run logs of earlier sessions...'] : [];
    case 'session':
      return now.details === null ||
        (before?.scene.name === 'session' && before.scene.details !== null)
        ? []
        : ['', ...sessionLines(now.summary)];
    case 'resume':
      return now.resumed === null
        ? [`Looking at the steps of session ${now.session}. ${resumeStopped}`]
        : ['', ...resumedLines(now.resumed)];
    case 'asking':
      return [`${now.playbook.title}, question ${now.index + 1} of ${now.asks.length}.`];
    case 'plan':
      return planLines(now.plan);
    case 'backup':
      return ['Taking a backup and proving it. Ctrl-C stops it safely; nothing is kept then.'];
    case 'unproven':
      return now.accepting === null
        ? ['The backup is read back, and NOT proven.', ...unprovenWords(now.backup)]
        : [];
    case 'rechecking':
      return ['Reading the facts again: is the plan still the same?'];
    case 'step':
      return stepLines(after);
    case 'running':
      return [`Running: ${oneLine(currentStep(after)?.step.title ?? '')}. Ctrl-C stops it safely.`];
    case 'verifying':
      return ['Verifying: the facts are read again...'];
    case 'ended':
      return verdict(after);
    case 'leaving':
      // Where the reading was all that was waited for, there was no scene that tells it.
      return before?.scene.name === 'verifying' ? [...verdict(after), 'Leaving.'] : ['Leaving.'];
    default:
      return [];
  }
}

function verdict(state: State): readonly string[] {
  const words = currentRun(state)?.verdict?.words;
  return words === undefined ? [] : [words];
}

const lookingAtSchema =
  'Replaying the migrations in the sandbox: what of them is in the schema? Ctrl-C leaves.';

/** Who waits behind the step changes often; their number is told, and who they are with those ahead. */
function waiting(before: State | null, after: State): readonly string[] {
  const of = (state: State | null): LockWait | null =>
    state?.scene.name === 'running' ? state.scene.wait : null;
  const [was, now] = [of(before), of(after)];
  if (now === null) return [];
  if (!sameWait(was, now)) {
    return waitParts(now).flatMap(({ heading, rows }) => [
      heading,
      ...rows.map((row) => `  ${row}`),
    ]);
  }
  const queue = queueWords(now);
  return queue === null || was?.behind.length === now.behind.length ? [] : [`${queue}.`];
}

function report(before: State | null, after: State): readonly string[] {
  if (after.scene.name !== 'leaving' || after.scene.reportPath === null) return [];
  const was = before?.scene.name === 'leaving' ? before.scene.reportPath : null;
  return was === null ? [`Report: ${after.scene.reportPath}`] : [];
}
