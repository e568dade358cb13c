// Seen to fail: with write-transaction.ts not waiting for who had written before its lock (the history
// row, and the migration's rows, twice: the migrator takes no lock and goes by what it read earlier);
// and with the checks before a write not looked at (whoever comes second does not say who was first).
import { cp, rm } from 'node:fs/promises';
import { expect } from 'vitest';
import type { StepOutcome } from '../../src/core/plan.js';
import { openGround } from '../../src/runtime/ground.js';
import { sessionPlace } from '../../src/runtime/session-record.js';
import { base, entriesOf, sqlFiles } from '../playbooks/shop.js';
import { isDeep } from '../support/cases.js';
import { sha256 } from '../support/drizzle-project.js';
import { breakWorld, type BrokenWorld } from './broken-world.js';
import { bundled } from '../support/bundled.js';
import type { OperatorJob, OperatorReport } from './operator-child.js';
import { startOperator, type Operator } from './operators.js';
import { randomOf } from './random.js';
import { reliabilityRow, type Trial } from './row.js';
import { scenarios, type Scenario } from './scenarios.js';

/** Nothing in the schema would keep this from being done twice, and it takes its time. */
const slow = (name: string): string => `INSERT INTO "users" ("name") VALUES ('${name}');
--> statement-breakpoint
SELECT pg_sleep(0.1);
--> statement-breakpoint
INSERT INTO "orders" ("user_id", "total") VALUES (1, 5);`;
const rows = { '0002_edsger': slow('Edsger'), '0003_barbara': slow('Barbara') };
const history = 'drizzle.__drizzle_migrations';
const recorded = (sql: string): string =>
  `(SELECT count(*) FROM ${history} WHERE hash = '${sha256(sql)}')`;
const named = (name: string): string => `(SELECT count(*) FROM users WHERE name = '${name}')`;

const onlyRows: Scenario = {
  playbook: 'apply-manually',
  migrations: Object.keys(rows),
  answers: {},
  break: async (shop) => {
    await shop.put(sqlFiles(rows));
    await shop.list(entriesOf([...Object.keys(base), ...Object.keys(rows)]));
  },
  truth: Object.fromEntries(
    Object.entries(rows).map(([id, sql]) => [`apply:${id}`, `SELECT ${recorded(sql)} = 1`]),
  ),
  always: [
    `SELECT ${named('Edsger')} = ${recorded(rows['0002_edsger'])}`,
    `SELECT ${named('Barbara')} = ${recorded(rows['0003_barbara'])}`,
    `SELECT count(*) = count(DISTINCT hash) FROM ${history}`,
    `SELECT sum(total) = 30 + 5 * (${recorded(rows['0002_edsger'])} + ${recorded(rows['0003_barbara'])}) FROM orders`,
  ],
  healthy: [`SELECT count(*) = 4 FROM ${history}`],
};

/** Who is there beside the first operator. */
const others = ['migrator', 'same machine', 'own checkout'] as const;
type Other = (typeof others)[number];

reliabilityRow(
  {
    fault: 'two operators, operator and migrator, at random offsets',
    never: 'both',
    few: 3,
    deep: 104,
  },
  async (trial) => {
    const program = await bundled('tests/reliability/operator-child.ts');
    const [first, second] = [startOperator(program.path), startOperator(program.path)];
    // Beside them runs Drizzle's migrator.
    const drizzle = scenarios.filter(({ migrate }) => migrate === undefined);
    const all = isDeep ? [onlyRows, ...drizzle] : [onlyRows];
    try {
      for (const scenario of all) {
        await meetings(scenario, Math.ceil(trial.count / all.length), trial, { first, second });
      }
    } finally {
      await Promise.all([first.close(), second.close()]);
      await program.remove();
    }
  },
);

interface Both {
  readonly first: Operator;
  readonly second: Operator;
}

async function meetings(scenario: Scenario, count: number, trial: Trial, both: Both) {
  const world = await breakWorld(scenario);
  const random = randomOf(`${trial.seed} ${scenario.playbook} ${scenario.migrations.join()}`);
  const beside = await besideOf(world);
  try {
    await world.restore();
    const alone = await (await both.first.ready(jobOf(world, { delay: 0, think: 20 })))();
    const states = alone.steps.map(({ outcome }) => outcome.state);
    expect(states, JSON.stringify(alone)).toEqual(world.plan.steps.map(() => 'done'));
    // The steps that write, without the reading behind them; half of the meetings are close.
    for (let index = 0; index < count; index++) {
      const wide = random() < 0.5 ? alone.wrote : 150;
      const other = others[index % others.length] ?? 'migrator';
      const offset = Math.round((random() * 2 - 1) * wide);
      const think = Math.round(random() * 40);
      const meet = { other, offset, think };
      const ended = await meeting(world, beside, both, meet).catch((error: unknown) => {
        throw new Error(`${scenario.playbook} ${JSON.stringify(meet)}: ${String(error)}`, {
          cause: error,
        });
      });
      trial.ended(ended);
    }
  } finally {
    await beside.close();
    await world.close();
  }
}

interface Beside {
  readonly checkout: string;
  readonly session: string;
  /** Puts the second operator's session where this one works. */
  place(other: Other): Promise<void>;
  close(): Promise<void>;
}

async function besideOf(world: BrokenWorld): Promise<Beside> {
  const checkout = `${world.dir}-checkout`;
  const session = `${world.session}b`;
  const { url: databaseUrl, sandboxUrl, state } = world;
  const own = sessionPlace(await world.ground.places(), world.session).folder;
  await cp(world.dir, checkout, { recursive: true });
  const ground = await openGround(
    { dir: checkout, databaseUrl, sandboxUrl },
    { XDG_STATE_HOME: state },
  );
  const there = await ground.places();
  const here = await world.ground.places();
  await ground.close();
  return {
    checkout,
    session,
    place: async (other) => {
      await rm(checkout, { recursive: true, force: true });
      await cp(world.dir, checkout, { recursive: true });
      const { folder } = sessionPlace(other === 'own checkout' ? there : here, session);
      await cp(own, folder, { recursive: true });
    },
    close: () => rm(checkout, { recursive: true, force: true }),
  };
}

type Pace = Pick<OperatorJob, 'delay' | 'think'>;

function jobOf({ dir, url, sandboxUrl, state, session }: BrokenWorld, pace: Pace): OperatorJob {
  return { dir, databaseUrl: url, sandboxUrl, state, session, ...pace };
}

interface Meet {
  readonly other: Other;
  /** Milliseconds that the other begins after the operator; below 0 before. */
  readonly offset: number;
  readonly think: number;
}

async function meeting(
  world: BrokenWorld,
  beside: Beside,
  { first, second }: Both,
  { other, offset, think }: Meet,
): Promise<string> {
  await world.restore();
  await beside.place(other);
  const earlier = await writers(world);
  // A database that is connected to is not renamed.
  await world.leave();
  const go = await first.ready(jobOf(world, { delay: Math.max(0, -offset), think }));
  const delay = Math.max(0, offset);
  if (other === 'migrator') {
    const [report, run] = await Promise.all([go(), pause(delay).then(() => world.migrate())]);
    return judge(world, earlier, [report], run);
  }
  const dir = other === 'own checkout' ? beside.checkout : world.dir;
  const job = { ...jobOf(world, { delay, think }), dir, session: beside.session };
  const goToo = await second.ready(job);
  const reports = await Promise.all([go(), goToo()]);
  return judge(world, earlier, reports, null);
}

/** Each effect is there once, and exactly one says that it was theirs; the other says why not. */
async function judge(
  world: BrokenWorld,
  earlier: readonly string[],
  reports: readonly OperatorReport[],
  migrator: { readonly error: unknown } | null,
): Promise<string> {
  const { scenario, plan } = world;
  const where = JSON.stringify({ reports, migrator }, null, 1);
  for (const sql of scenario.always) expect(await world.one(sql), `${sql} ${where}`).toBe(true);
  const done = reports.flatMap(({ steps }) => steps.filter(({ outcome }) => isDone(outcome)));
  for (const { id } of plan.steps) {
    const truth = scenario.truth[id];
    // Each checkout has a journal of its own, and both may be put right.
    if (typeof truth !== 'string') continue;
    const times = done.filter(({ step }) => step === id).length;
    expect(times, `${id} ${where}`).toBeLessThanOrEqual(1);
    if (migrator === null) {
      expect(times, `${id} ${where}`).toBe((await world.one(truth)) === true ? 1 : 0);
    }
  }
  // A row that is not of an operator's transaction is the migrator's, which then says so.
  const xids = done.map(({ outcome }) => (outcome.state === 'done' ? outcome.xid : null));
  const added = await writers(world);
  // A restored history was written by the restore, all of it.
  const theirs =
    scenario.breakAfterBackup === undefined
      ? added.filter((xid) => !xids.includes(xid) && !earlier.includes(xid))
      : [];
  if (theirs.length > 0) expect(migrator?.error, where).toBeNull();
  const steps = reports.flatMap((report) => report.steps);
  const lost = steps.filter(({ outcome }) => outcome.state !== 'done');
  for (const { outcome } of lost) {
    expect(outcome.state, where).not.toBe('unknown');
    expect(saidBy(outcome), where).toMatch(TOLD);
  }
  if (migrator === null)
    return lost.length === 0 ? 'one after the other' : 'one did it, the other was told';
  if (lost.length > 0)
    return theirs.length > 0 ? 'the migrator did it, the operator was told' : 'NEITHER';
  if (theirs.length > 0) return 'each did a part';
  return migrator.error === null
    ? 'the operator did it, the migrator had nothing left'
    : 'the operator did it, the migrator failed whole';
}

/** The transactions that wrote the history's rows. */
async function writers(world: BrokenWorld): Promise<readonly string[]> {
  const found = String(await world.one(ADDED)).split(',');
  // A session that has just asked for the history is taken for a migrator about to begin.
  await world.one('SELECT 1');
  return found;
}

const ADDED = `SELECT coalesce(string_agg(DISTINCT xmin::text, ','), '') FROM ${history}`;

/** The last: the migrator ran behind the operator's write, and the check at the end sees it. */
const TOLD =
  /someone else (changed|made) it|Another pgmedic is writing|the migration tool|lock timeout|is not what it was|has changed|does not hold: the next run|sessions? (is|are) connected to/;

function isDone(outcome: StepOutcome): boolean {
  return outcome.state === 'done' && !outcome.note.includes('not run again');
}

function saidBy(outcome: StepOutcome): string {
  return outcome.state === 'notRun' ? outcome.why : 'message' in outcome ? outcome.message : '';
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
