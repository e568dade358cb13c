/**
 * Signals that a session hears (Ctrl-C, a closed terminal, SIGTERM), one that stops it for a while
 * (Ctrl-Z, and fg: SIGSTOP does what SIGTSTP does, and needs no terminal), and a disk without room
 * (RLIMIT_FSIZE: write answers EFBIG, as ENOSPC there), in the midst of a playbook's steps.
 *
 * Seen to fail: the first with signals that end the program at once; the second with a COMMIT whose
 * connection was lost called done; the third with a run log that could not take the transaction id
 * before COMMIT, and that not heeded.
 */
import { expect } from 'vitest';
import type { Plan } from '../../src/core/plan.js';
import { isDeep } from '../support/cases.js';
import { breakWorld, type BrokenWorld } from './broken-world.js';
import { bundled } from '../support/bundled.js';
import type { KillJob } from './kill-child.js';
import { judge } from './kill-judge.js';
import { children, type Life } from './killing.js';
import { randomOf } from './random.js';
import { reliabilityRow, type Trial } from './row.js';
import { scenarios } from './scenarios.js';

const never = 'a write twice, a write lost, "done" that is not';

interface Stage {
  readonly world: BrokenWorld;
  readonly random: () => number;
  live(job: Partial<KillJob>, ...rest: Rest): Promise<Life>;
  /** Looks at what is there, and goes on. */
  judge(what: string, told?: boolean): Promise<string>;
}
type Rest = [after: number | null, more?: Parameters<ReturnType<typeof children>['live']>[2]];

/** Each scenario in turn, two at once, with its share of the cases. */
async function onStages(trial: Trial, run: (stage: Stage, count: number) => Promise<void>) {
  const program = await bundled('tests/reliability/kill-child.ts');
  const left = isDeep ? [...scenarios] : scenarios.slice(1, 2);
  const each = Math.ceil(trial.count / left.length);
  const lane = async (): Promise<void> => {
    for (let scenario = left.shift(); scenario !== undefined; scenario = left.shift()) {
      const world = await breakWorld(scenario);
      const pool = children(program.path);
      const plans = new Map<string, Plan | null>();
      const { playbook, migrations, answers } = scenario;
      const { dir, url: databaseUrl, sandboxUrl, state, session } = world;
      const job: KillJob = {
        ...{ killAt: 0, midway: false, dir, databaseUrl, sandboxUrl, state, session },
        ...{ playbook, migrations, answers },
      };
      const stage: Stage = {
        world,
        random: randomOf(`signals ${trial.seed} ${playbook}`),
        live: async (more, ...rest) => {
          await (more.session === null ? world.restoreEarlier() : world.restore());
          return pool.live({ ...job, ...more }, ...rest);
        },
        judge: (what, told) =>
          judge(world, plans, false, told).catch((error: unknown) => {
            throw new Error(`${playbook}, ${what}: ${String(error)}`, { cause: error });
          }),
      };
      try {
        await run(stage, each);
      } finally {
        pool.close();
        await world.close();
      }
    }
  };
  try {
    await Promise.all([lane(), lane()]);
  } finally {
    await program.remove();
  }
}

reliabilityRow(
  {
    fault: 'Ctrl-C, a closed terminal (SIGHUP) and SIGTERM at random instants of every playbook',
    never: `${never}, a step without its outcome in the log`,
    few: 1,
    deep: 70,
  },
  (trial) =>
    onStages(trial, async (stage, count) => {
      const { random } = stage;
      let lasted = 500;
      for (let turn = 0; turn < count; turn++) {
        const signal = (['SIGINT', 'SIGHUP', 'SIGTERM'] as const)[turn % 3] ?? 'SIGINT';
        const after = random() * lasted;
        const life = await stage.live({ session: null, hears: true }, after, { signal });
        if (life.survived !== null) lasted = Math.max(lasted, life.lasted / 2);
        trial.ended(await stage.judge(`${signal} after ${after}`, true));
      }
    }),
);

reliabilityRow(
  {
    fault:
      'stopped (Ctrl-Z) at any operation and let go on, its sessions ended by the server or not',
    never,
    few: 1,
    deep: 140,
  },
  (trial) =>
    onStages(trial, async (stage, count) => {
      const { random, world } = stage;
      const { survived } = await stage.live({}, null);
      trial.ended(await stage.judge('not stopped'));
      const operations = survived?.operations ?? [];
      for (let turn = 1; turn < count; turn++) {
        const killAt = 1 + Math.floor(random() * operations.length);
        const job = { killAt, midway: random() < 0.3, stops: true };
        const idles = random() < 0.6;
        // As idle_in_transaction_session_timeout does: what waits in a transaction is ended.
        const end = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
          WHERE datname = current_database() AND state LIKE 'idle in transaction%'`;
        const life = await stage.live(job, null, {
          whileStopped: async () => {
            await new Promise((resolve) => setTimeout(resolve, 30));
            if (idles) await world.one(end);
          },
        });
        const what = `stopped at ${killAt}, ${operations[killAt - 1]}: ${life.survived?.last}`;
        expect(life.survived, what).not.toBeNull();
        trial.ended(await stage.judge(what));
      }
    }),
);

reliabilityRow(
  {
    fault: 'no room for the run log (RLIMIT_FSIZE), at any of its bytes',
    never,
    few: 1,
    deep: 140,
  },
  (trial) =>
    onStages(trial, async (stage, count) => {
      const { random, world } = stage;
      await world.restore();
      const from = await world.logBytes();
      await stage.live({}, null);
      const to = await world.logBytes();
      trial.ended(await stage.judge('room enough'));
      for (let turn = 1; turn < count; turn++) {
        const blocks = Math.ceil((from + random() * (to - from)) / 512);
        const life = await stage.live({ fileBlocks: blocks }, null);
        const what = `${blocks} blocks: ${life.survived?.last}`;
        trial.ended(await stage.judge(what));
      }
    }),
);
