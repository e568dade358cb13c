import type { Command } from './events.js';
import type { State } from './state.js';

/** A session that has just begun, and its first command. `at`: milliseconds since the epoch. */
export function startSession(
  at: number,
  operator: string,
  readOnly = false,
): readonly [State, readonly Command[]] {
  return [
    {
      startedAt: at,
      readOnly,
      colour: null,
      operator,
      settings: [],
      playbooks: [],
      unfinished: [],
      leftUnknown: [],
      diagnosis: null,
      weighing: { state: 'idle' },
      backup: null,
      writtenSinceBackup: false,
      runs: [],
      scene: { name: 'reading', since: at, purpose: 'board' },
      notice: null,
      lastConfirmKeyAt: 0,
    },
    [{ type: 'read-facts' }],
  ];
}
