import type { Wish } from '../core/session/events.js';
import type { State } from '../core/session/state.js';
import { currentStep } from '../core/session/step-moves.js';
import { say } from './common-keys.js';

/** A yes to the step that is shown, with the digest of what is shown. */
export function confirmation(state: State, typed: string | null, now: number): Wish {
  const step = currentStep(state)?.step;
  if (step === undefined) return say('Nothing waits for a confirmation.');
  return { type: 'confirm', step: step.id, digest: step.digest, typed, by: 'key', at: now };
}
