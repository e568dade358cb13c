/**
 * Children that run a playbook's steps, or a whole session, are killed with SIGKILL: before and in
 * the midst of each append and fsync of the run log, of file operations and queries, and at random
 * instants. Then what `resume` says is compared with what is there, and an operator goes on.
 * The backup is proven once for each playbook; database, folder and session are put back to that.
 *
 * Seen to fail without the transaction id in the run log before COMMIT: killed behind COMMIT, a step
 * was called not done.
 */
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Plan } from '../../src/core/plan.js';
import { isDeep } from '../support/cases.js';
import { breakWorld, type BrokenWorld } from './broken-world.js';
import type { KillJob } from './kill-child.js';
import { judge } from './kill-judge.js';
import { children } from './killing.js';
import { randomOf } from './random.js';
import { bundled } from '../support/bundled.js';
import { reliabilityRow, type Trial } from './row.js';
import { scenarios, type Scenario } from './scenarios.js';

test('every playbook has a scenario', async () => {
  const files = await readdir(new URL('../../playbooks/', import.meta.url));
  const names = files.filter((file) => file.endsWith('.yaml')).map((file) => file.slice(0, -5));
  expect(scenarios.map(({ playbook }) => playbook).toSorted()).toEqual(names.toSorted());
});

interface Kill {
  readonly killAt: number;
  readonly midway: boolean;
  /** Milliseconds; null: at an operation. */
  readonly after: number | null;
  readonly whole: boolean;
}

reliabilityRow(
  {
    fault: 'SIGKILL at every run-log boundary and at random instants of every playbook',
    never: 'a write twice, a write lost, "done" that is not',
    few: 5,
    deep: 420,
  },
  async (trial) => {
    const program = await bundled('tests/reliability/kill-child.ts');
    const left = isDeep ? [...scenarios] : scenarios.slice(0, 1);
    const each = Math.ceil(trial.count / left.length);
    // Two at once: the machine has two cores, and each has a database of its own.
    const lane = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        await killAll(next, each, trial, program.path);
      }
    };
    try {
      await Promise.all([lane(), lane()]);
    } finally {
      await program.remove();
    }
  },
);

async function killAll(
  scenario: Scenario,
  count: number,
  trial: Trial,
  program: string,
): Promise<void> {
  const world = await breakWorld(scenario);
  const pool = children(program);
  const plans = new Map<string, Plan | null>();
  const random = randomOf(`${trial.seed} ${scenario.playbook}`);
  const one = async (kill: Kill) => {
    await (kill.whole ? world.restoreEarlier() : world.restore());
    const life = await pool.live(jobFor(world, kill), kill.after);
    const ended = await judge(world, plans, random() < 0.5).catch((error: unknown) => {
      throw new Error(`${scenario.playbook}, ${JSON.stringify(kill)}: ${String(error)}`, {
        cause: error,
      });
    });
    if (life.survived !== null && !kill.whole) expect(ended).toBe('all committed');
    trial.ended(ended);
    return life;
  };
  try {
    const free = { killAt: 0, midway: false, after: null, whole: false };
    const { survived, lasted } = await one(free);
    const operations = survived?.operations ?? [];
    const whole = isDeep ? await one({ ...free, whole: true }) : null;
    for (const kill of killsOf(operations, count - 1, lasted, whole?.lasted ?? null, random)) {
      await one(kill);
    }
  } finally {
    pool.close();
    await world.close();
  }
}

/**
 * All appends and fsyncs, before and midway, those behind a COMMIT first; then as many others as
 * there is room for.
 */
function killsOf(
  operations: readonly string[],
  count: number,
  lasted: number,
  whole: number | null,
  random: () => number,
): readonly Kill[] {
  const isBehindCommit = (killAt: number): boolean =>
    operations.slice(Math.max(0, killAt - 6), killAt - 1).includes('query: COMMIT');
  const at = operations.flatMap((name, index) =>
    [false, true].map((midway) => ({ name, kill: { killAt: index + 1, midway } })),
  );
  const shuffled = at
    .map((one) => {
      const { killAt, midway } = one.kill;
      return { ...one, turn: random() + (isBehindCommit(killAt) ? 0 : 2) + (midway ? 1 : 0) };
    })
    .toSorted((a, b) => a.turn - b.turn);
  const isLog = ({ name }: { name: string }): boolean => /^(appendFile|sync)$/.test(name);
  const boundaries = shuffled.filter(isLog);
  const others = shuffled.filter((one) => !isLog(one));
  const room = Math.max(0, isDeep ? count - boundaries.length : 0);
  const kills = [...boundaries, ...others.slice(0, Math.ceil(room / 2))].map(({ kill }): Kill => ({
    ...kill,
    after: null,
    whole: false,
  }));
  const atOnce = isDeep ? kills : kills.slice(0, count - 1);
  const never = { killAt: 0, midway: false };
  const instants = Array.from({ length: Math.max(1, count - atOnce.length) }, (_, index): Kill => {
    const all = whole !== null && index % 4 === 0;
    return { ...never, after: random() * (all ? (whole ?? 0) : lasted), whole: all };
  });
  return [...atOnce, ...instants];
}

function jobFor(world: BrokenWorld, { killAt, midway, whole }: Kill): KillJob {
  const { dir, url: databaseUrl, sandboxUrl, state, session, scenario } = world;
  const { playbook, migrations, answers } = scenario;
  return {
    killAt,
    midway,
    dir,
    databaseUrl,
    sandboxUrl,
    state,
    session: whole ? null : session,
    playbook,
    migrations,
    answers,
  };
}
