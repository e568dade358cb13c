import { afterEach, expect, test, vi } from 'vitest';
import { diagnose } from '../../src/core/diagnose.js';
import { weigh } from '../../src/core/evidence/weigh.js';
import type { JournalEntry, Snapshot } from '../../src/core/facts.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { arrange } from '../../src/tools/drizzle/read-folder.js';
import { project } from '../support/drizzle-facts.js';
import { live, replayOf } from '../support/evidence.js';

// Seen to fail, each: a line counted from the journal's start for each entry; entries, snapshots and the
// next run searched for each migration; each recorded migration compared with all.

afterEach(() => void vi.restoreAllMocks());

const length = 400;
/** How often each of them may be looked at: any number that does not grow with their own. */
const looks = 40 * length;
const tags = Array.from({ length }, (_, at) => `${String(at).padStart(4, '0')}_x`);

/** The same list, and how many of its items were asked for. */
function counted<T>(items: readonly T[]): {
  readonly items: readonly T[];
  readonly asked: () => number;
} {
  let asked = 0;
  const get: ProxyHandler<T[]>['get'] = (target, name, self) => {
    if (typeof name === 'string' && /^\d+$/.test(name)) asked += 1;
    return Reflect.get(target, name, self) as unknown;
  };
  return { items: new Proxy([...items], { get }), asked: () => asked };
}

test('a journal is gone through once', () => {
  const indexOf = vi.spyOn(String.prototype, 'indexOf');
  project({ journal: tags.map((tag, at) => [tag, at]) });
  expect(indexOf.mock.calls.length).toBeLessThan(looks);
});

test('entries are looked up, not searched for each migration', () => {
  const entries = tags.map((tag, idx): JournalEntry => ({
    position: idx,
    line: 1,
    tag,
    idx,
    when: idx,
  }));
  const { items, asked } = counted(entries);
  expect(arrange(items, new Map(), new Set())).toHaveLength(length);
  expect(asked()).toBeLessThan(looks);
});

test('so are the snapshots and the next run for each row of the board', () => {
  const facts = project({ journal: tags.map((tag, at) => [tag, at]), history: { rows: [] } });
  const snapshots = counted<Snapshot>(facts.folder.snapshots);
  const runs = counted(tags);
  const { board } = diagnose(
    { ...facts, folder: { ...facts.folder, snapshots: snapshots.items } },
    { ...drizzle, nextRun: () => ({ runs: runs.items, skips: [], fails: null }) },
  );
  expect(board.at(-1)?.note).toBe('pending: runs next');
  expect(runs.asked()).toBeLessThan(looks);
  expect(snapshots.asked()).toBeLessThan(looks);
});

test('the evidence compares no migration with all others', () => {
  const key = (tag: string): string => `table public.t${tag}`;
  const migrations = tags.flatMap((tag) => replayOf(tag, [['done', [key(tag)]]]).migrations);
  const recorded = new Set(tags);
  const has = vi.spyOn(recorded, 'has');
  const evidence = weigh({
    replay: { ...replayOf('', []), migrations },
    catalog: tags.map((tag) => live(key(tag))),
    recorded,
    order: tags,
    same: (_kind, _part, a, b) => a === b,
    owners: [],
  });
  expect([...evidence.migrations.values()].every(({ schema }) => schema === 'present')).toBe(true);
  expect(has.mock.calls.length).toBeLessThan(looks);
});
