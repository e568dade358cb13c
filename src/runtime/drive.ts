import { reachedBefore, standing } from '../core/backup.js';
import type { State } from '../core/session/state.js';
import type { SessionHandle } from '../core/session/store.js';
import { currentStep, needsConfirmation } from '../core/session/step-moves.js';
import type { Plan } from '../core/plan.js';

export interface Script {
  readonly playbook: string;
  readonly migrations: readonly string[];
  readonly answers: Readonly<Record<string, string>>;
  /** Looked at before anything is done; false ends it there. */
  readonly accept: (plan: Plan) => boolean;
  /** Digests by step id. */
  readonly confirms: ReadonlyMap<string, string>;
  readonly targetName: string | null;
  /** Why a backup that is read back and not proven will do: then its proof is not waited for. */
  readonly acceptReadBack?: string;
}

/** How a driven session ended, beside its state. */
export type DriveEnd =
  | { readonly end: 'ran' }
  /** A write was reached that nobody confirmed. */
  | { readonly end: 'unconfirmed'; readonly step: string }
  | { readonly end: 'not accepted' }
  /** Before any step: no facts, no plan, no backup, or the facts changed. */
  | { readonly end: 'stopped'; readonly why: string };

/**
 * Plays a session without a person: the same events, in the same state machine, that a
 * screen would send. It confirms only what the script confirms.
 */
export async function drive(
  handle: SessionHandle,
  script: Script,
  watch: (state: State) => void,
): Promise<DriveEnd> {
  let seenPlan = false;
  const watched = (state: State): void => {
    watch(state);
    if (script.acceptReadBack !== undefined) notWaiting(handle, state);
  };
  for (;;) {
    const state = await settled(handle, watched);
    const { scene } = state;
    const now = handle.now();
    switch (scene.name) {
      case 'board':
        if (seenPlan || state.notice !== null) {
          return { end: 'stopped', why: state.notice ?? 'the plan could not be made' };
        }
        seenPlan = true;
        handle.dispatch({ type: 'choose-playbook', ...wish(script), askNothing: true, at: now });
        break;
      case 'plan':
        // Shown a second time: no backup, or not the plan that was accepted.
        if (state.notice !== null) return { end: 'stopped', why: state.notice };
        if (!script.accept(scene.plan)) return { end: 'not accepted' };
        handle.dispatch({ type: 'enter', at: now });
        break;
      case 'step': {
        const current = currentStep(state);
        if (current === null || state.notice !== null) {
          return { end: 'stopped', why: state.notice ?? 'there is no such step' };
        }
        const { step } = current;
        if (!needsConfirmation(step)) {
          handle.dispatch({ type: 'enter', at: now });
          break;
        }
        const digest = script.confirms.get(step.id);
        if (digest === undefined) return { end: 'unconfirmed', step: step.id };
        const typed = script.targetName;
        handle.dispatch({ type: 'confirm', step: step.id, digest, typed, by: 'option', at: now });
        break;
      }
      case 'unproven': {
        const reason = script.acceptReadBack;
        if (reason === undefined) {
          return { end: 'stopped', why: `The backup is ${standing(scene.backup)}.` };
        }
        handle.dispatch({ type: 'accept-read-back', reason, at: now });
        break;
      }
      case 'ended':
        return { end: 'ran' };
      case 'cannot-look':
        return { end: 'stopped', why: [scene.message, ...scene.next].join('\n  ') };
      case 'leaving':
        return { end: 'stopped', why: 'Stopped by the operator.' };
      default:
        return { end: 'stopped', why: `unexpected: ${scene.name}` };
    }
  }
}

/** As soon as the backup is read back, its proof is stopped. */
function notWaiting(handle: SessionHandle, { scene }: State): void {
  if (scene.name !== 'backup' || scene.stoppingProof || scene.cancelling) return;
  if (scene.progress === null || reachedBefore(scene.progress.phase) !== 'read back') return;
  // Not from within the news of the state that is looked at.
  setImmediate(() => handle.dispatch({ type: 'stop-proof' }));
}

function wish({ playbook, migrations, answers }: Script) {
  return { name: playbook, migrations, answers };
}

const busy: readonly State['scene']['name'][] = [
  'reading',
  'planning',
  'backup',
  'rechecking',
  'running',
  'verifying',
];

/** Waits until the session waits for somebody; the board is there before the playbooks are. */
export function settled(
  handle: SessionHandle,
  watch: (state: State) => void = () => {},
): Promise<State> {
  return new Promise((resolve) => {
    let stop = (): void => {};
    const check = (): void => {
      const state = handle.getState();
      watch(state);
      if (busy.includes(state.scene.name)) return;
      if (state.scene.name === 'unproven' && state.scene.accepting !== null) return;
      if (state.scene.name === 'board' && state.playbooks.length === 0) return;
      stop();
      resolve(state);
    };
    stop = handle.subscribe(check);
    check();
  });
}
