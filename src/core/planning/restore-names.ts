import { UserError } from '../errors.js';
import type { RestoreFacts } from '../restore.js';

/** PostgreSQL cuts longer names, in bytes. */
const LONGEST = 63;

export interface RestoreNames {
  /** Of the new database. */
  readonly fresh: string;
  /** Its name until all is in it. */
  readonly working: string;
  /** What the live one is called after the rename. */
  readonly aside: string;
  /** It is there, restored from this very backup to its end. */
  readonly restored: boolean;
}

/**
 * The names of a restore, by the day on which the backup was taken: the same facts give the same.
 * @throws UserError when the name that is wanted cannot be used
 */
export function restoreNames(
  live: string,
  answers: Readonly<Record<string, string>>,
  facts: RestoreFacts,
): RestoreNames {
  const wanted = answers['name'] ?? '';
  const day = facts.backup.takenAt.slice(0, 10).replaceAll('-', '');
  const fresh = wanted === '' ? ended(live, `_restored_${day}`) : wanted;
  const working = ended(fresh, '_incomplete');
  if (bytesOf(fresh) > LONGEST || /\p{Cc}/u.test(fresh)) {
    throw new UserError(`"${fresh}" cannot be the name of a database: ${LONGEST} bytes at most.`, [
      'Choose another: --set name=NAME',
    ]);
  }
  const taken = (name: string): boolean => facts.databases.some((one) => one.name === name);
  // Only the rename of an earlier plan was left.
  const restored =
    answers['swap'] === 'rename' &&
    facts.databases.some(({ name, comment }) => name === fresh && comment === markOf(facts));
  if (taken(fresh) && !restored) {
    throw new UserError(
      `A database ${fresh} exists already, and a backup is never restored over one.`,
      [`Choose another name: --set name=${ended(fresh, '_2')}`],
    );
  }
  if (taken(working)) {
    throw new UserError(
      `A database ${working} exists: an earlier restore did not come to its end, or still runs.`,
      [
        `Look that nothing works in it, then drop it (DROP DATABASE "${working.replaceAll('"', '""')}"), or choose another name: --set name=NAME`,
      ],
    );
  }
  let aside = ended(live, `_before_restore_${day}`);
  for (let number = 2; taken(aside) || aside === fresh; number++) {
    aside = ended(live, `_before_restore_${day}_${number}`);
  }
  return { fresh, working, aside, restored };
}

/** The comment on the new database: it is complete, and made of this backup. */
export function markOf({ backup: { takenAt, sha256 } }: RestoreFacts): string {
  return `restored by pgmedic from a backup of ${takenAt}, SHA-256 ${sha256}`;
}

/** The name with this at its end, cut so that it fits. */
function ended(name: string, end: string): string {
  const letters = Array.from(name);
  while (bytesOf(letters.join('') + end) > LONGEST) letters.pop();
  return letters.join('') + end;
}

/** As UTF-8. */
function bytesOf(text: string): number {
  return Array.from(text).reduce((sum, letter) => {
    const code = letter.codePointAt(0) ?? 0;
    return sum + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
  }, 0);
}
