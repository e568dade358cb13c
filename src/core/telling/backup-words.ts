import { backupAge } from '../backup.js';
import type { State } from '../session/state.js';
import { age } from './amounts.js';

/** How old the backup is that a write would rest on; null where there is none. `at`: now, in milliseconds since the epoch. */
export function backupAgeWords({ backup }: State, at: number): string | null {
  if (backup === null) return null;
  return `The backup was proven ${age(backupAge(backup, at) / 1000)} ago.`;
}
