import type { Blocker, Folder } from './facts.js';
import { lineAt } from './lines.js';
import type { Write } from './plan.js';
import type { Rehearsal } from './rehearsal.js';

/** Whom a step meets, or would meet, at the locks it takes. Longest transaction first. */
export interface LockWait {
  /**
   * before: looked at before the first try, nothing is waited for yet. lock: it waits.
   * earlier writers: it has its lock, and waits for who had begun to write before (Drizzle's
   * migrator goes by what it read earlier, whatever was recorded meanwhile).
   */
  readonly stage: 'before' | 'lock' | 'earlier writers';
  readonly blockers: readonly Blocker[];
  /** before: who used the tables in the last minute, and so may come again. Then: who waits for this step. */
  readonly behind: readonly Blocker[];
  /** Sessions whose queries this role may not see: they may be among those behind as well. */
  readonly hidden: number;
}

export interface LockAsked {
  /** "public.orders", as names are stored: without quotes. */
  readonly relation: string;
  /** "ACCESS EXCLUSIVE" */
  readonly mode: string;
}

/**
 * The locks stronger than ROW EXCLUSIVE that a write takes: its own, and those that its statements
 * took in the plan's rehearsal. Of statements that were not rehearsed nothing is known.
 */
export function locksOf(
  write: Write,
  folder: Folder | null,
  rehearsal: Rehearsal | null,
): readonly LockAsked[] {
  if (write.type === 'file' || write.type === 'restore') return [];
  const statements = write.type === 'transaction' ? write.statements : [write.statement];
  const rehearsed = statements.flatMap(({ source }) => {
    if (source === null || rehearsal === null) return [];
    const migration = folder?.migrations.find(({ file }) => file?.path === source.path);
    const { line } = lineAt(migration?.file?.text ?? '', source.offset);
    return rehearsal.statements
      .filter((one) => one.migration === migration?.id && one.line === line)
      .flatMap(({ locks }) => locks.map(({ relation, mode }) => ({ relation, mode })));
  });
  const all = [...ownLock(write), ...rehearsed];
  return all.filter((one, index) => all.findIndex((two) => same(one, two)) === index);
}

function same(one: LockAsked, two: LockAsked): boolean {
  return one.relation === two.relation && one.mode === two.mode;
}

function ownLock(write: Write): readonly LockAsked[] {
  if (!('lock' in write) || write.lock === null) return [];
  const name = /^"((?:[^"]|"")*)"\."((?:[^"]|"")*)"$/.exec(write.lock);
  const [, schema = '', table = ''] = name ?? [];
  if (name === null) return [];
  const relation = `${schema.replaceAll('""', '"')}.${table.replaceAll('""', '"')}`;
  return [{ relation, mode: 'ACCESS EXCLUSIVE' }];
}

const modes = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;

/** The weakest mode that each conflicts with: with all above it too, but that SHARE goes with SHARE. */
const conflictsFrom: readonly number[] = [7, 6, 4, 3, 2, 2, 1, 0];

/** Modes that conflict with this one, as pg_locks names them ("RowExclusiveLock"). */
export function conflictsOf(mode: string): readonly string[] {
  const index = modes.indexOf(mode as (typeof modes)[number]);
  const from = conflictsFrom[index] ?? modes.length;
  return modes
    .slice(from)
    .filter((other) => !(mode === 'SHARE' && other === 'SHARE'))
    .map(
      (other) =>
        `${other
          .split(' ')
          .map((word) => (word[0] ?? '') + word.slice(1).toLowerCase())
          .join('')}Lock`,
    );
}
