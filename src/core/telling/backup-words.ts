import {
  type BackupProgress,
  type ReadBackup,
  backupAge,
  isAccepted,
  reachedBefore,
} from '../backup.js';
import type { State } from '../session/state.js';
import { age, bytes, clock, counted, grouped } from './amounts.js';
import { blockerWords } from './board-words.js';

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

/** Milliseconds after which it is said that nothing moves. */
const QUIET = 5000;

/** Why nothing moves, so far as it is known, the first line a heading; empty while it goes on. */
export function silenceWords({ phase, silent, waitingFor }: BackupProgress): readonly string[] {
  if (waitingFor.length > 0) {
    const hold = waitingFor.length === 1 ? 'holds a lock' : 'hold locks';
    return [
      `Waiting for ${counted(waitingFor.length, 'session')} that ${hold}; none is ended by pgmedic, and after 30 seconds of it the backup gives up:`,
      ...waitingFor.flatMap(blockerWords),
    ];
  }
  if (silent < QUIET) return [];
  const why = {
    counting: 'the server counts a large table, or does not answer',
    dumping: 'the server reads a large table for pg_dump, or does not answer',
    'reading back': 'the dump is read from the disk',
    restoring: 'the sandbox builds an index or a materialised view, as a rule',
    comparing: 'the sandbox counts a large table, as a rule',
  }[phase];
  return [`Nothing has moved for ${clock(silent)}: ${why}.`];
}

/** "about 12,000 rows a second, about 01:20 left (estimates)"; empty until something can be said. */
export function paceWords({ rate, remaining }: BackupProgress): string {
  if (rate === null) return '';
  const left = remaining === null ? '' : `, about ${clock(remaining)} left`;
  return `about ${grouped(Math.round(rate))} rows a second${left} (estimates)`;
}
