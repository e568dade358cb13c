import {
  type BackupProgress,
  type ReadBackup,
  backupAge,
  isAccepted,
  reachedBefore,
} from '../backup.js';
import type { State } from '../session/state.js';
import { age, bytes, clock, grouped } from './amounts.js';

/** How old the backup is that a write would rest on; null where there is none. `at`: now, in milliseconds since the epoch. */
export function backupAgeWords({ backup }: State, at: number): string | null {
  if (backup === null) return null;
  const ago = `${age(backupAge(backup, at) / 1000)} ago`;
  return isAccepted(backup)
    ? `The backup was read back ${ago} and NOT proven. Why that should do: ${backup.accepted.reason}`
    : `The backup was proven ${ago}.`;
}

/** What is known of a backup that was not proven, and what that means. */
export function unprovenWords(backup: ReadBackup): readonly string[] {
  return [
    `Not proven: ${backup.unproven}.`,
    `It was ${backup.reading}. Nobody has seen it restored: it may lack what a restore would show.`,
    `${backup.path}, ${bytes(backup.bytes)}, sha256 ${backup.sha256}`,
  ];
}

export const unprovenQuestion =
  'Why go on without the proof? The reason stands in the run log and in the report; nothing typed goes back to the plan.';

/** How far the file is: "written, read back; not proven yet". */
export function reachedWords(progress: BackupProgress): string {
  switch (reachedBefore(progress.phase)) {
    case null:
      return 'not written yet';
    case 'written':
      return 'written; not read back yet';
    default:
      return 'written, read back; not proven yet';
  }
}

/** "about 12,000 rows a second, about 01:20 left (estimates)"; empty until something can be said. */
export function paceWords({ rate, remaining }: BackupProgress): string {
  if (rate === null) return '';
  const left = remaining === null ? '' : `, about ${clock(remaining)} left`;
  return `about ${grouped(Math.round(rate))} rows a second${left} (estimates)`;
}
