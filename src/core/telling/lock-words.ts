import type { Blocker } from '../facts.js';
import type { LockWait } from '../lock-wait.js';
import { age, counted } from './amounts.js';
import { blockerWords } from './board-words.js';

/** Of those behind, more than these are counted only. */
const SHOWN = 3;

/** Whom a step meets at its locks, in two parts: a heading each, and the sessions beneath it. */
export function waitParts(
  wait: LockWait,
): readonly { readonly heading: string; readonly rows: readonly string[] }[] {
  const { stage, blockers, behind, hidden } = wait;
  const parts = [];
  if (blockers.length > 0) {
    parts.push({ heading: ahead(stage, blockers), rows: blockers.flatMap(blockerWords) });
  }
  const words = queueWords(wait);
  if (words !== null) {
    const rest = behind.length - SHOWN;
    const more = [
      ...(rest > 0 ? [`and ${rest} more`] : []),
      ...(hidden > 0 ? [`Queries that this role may not see: ${hidden}`] : []),
    ];
    parts.push({
      heading: `${words}:`,
      rows: [...behind.slice(0, SHOWN).flatMap(blockerWords), ...more],
    });
  }
  return parts;
}

function ahead(stage: LockWait['stage'], blockers: readonly Blocker[]): string {
  const one = blockers.length === 1;
  const who = counted(blockers.length, 'session');
  switch (stage) {
    case 'before':
      return `${who} ${one ? 'is' : 'are'} in the way: this step would wait, and ends nobody:`;
    case 'lock':
      return `Waiting for ${who} that ${one ? 'holds' : 'hold'} a lock; none is ended by pgmedic:`;
    case 'earlier writers':
      return `It has its lock, and waits for ${who} that had begun before: ${one ? 'it' : 'one'} may be the migrator, and would not see what is recorded now. Nobody is ended:`;
  }
}

/** "3 sessions wait behind this step"; null: nobody does or would. */
export function queueWords({ stage, behind, hidden }: LockWait): string | null {
  const count = behind.length;
  if (stage !== 'before') {
    return count === 0
      ? null
      : `${counted(count, 'session')} ${count === 1 ? 'waits' : 'wait'} behind this step until it is done or gives up`;
  }
  if (count === 0 && hidden === 0) return null;
  const least = hidden === 0 ? '' : 'At least ';
  return `${least}${counted(count, 'session')} used the table in the last minute and would wait behind it`;
}

/** One line: "2 sessions in the way, the oldest for 5 min; 12 behind". */
export function waitSummary({ stage, blockers, behind }: LockWait): string {
  const oldest = age(Math.max(0, ...blockers.map((one) => one.age)));
  const queue =
    behind.length === 0
      ? ''
      : `; ${behind.length} ${stage === 'before' ? 'would wait' : 'wait'} behind`;
  const who = blockers.map(({ pid, user }) => `${pid} (${user})`).join(', ');
  const verb =
    stage === 'before'
      ? 'in the way are'
      : stage === 'lock'
        ? 'waits for'
        : 'waits for earlier writers:';
  return `${verb} ${who}, for ${oldest}${queue}`;
}

/** The same people at the same stage: nothing new to tell in lines. */
export function sameWait(a: LockWait | null, b: LockWait | null): boolean {
  const key = (wait: LockWait | null): string =>
    wait === null ? '' : [wait.stage, ...wait.blockers.map(({ pid }) => pid)].join(' ');
  return key(a) === key(b);
}
