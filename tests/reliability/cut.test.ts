/**
 * A relay between pgmedic and the server ends connections at each message of a step: lost with the
 * message or right behind it, in order (FIN), by a reset (RST), with the address gone for a while,
 * or because the server crashes there and starts again. What the step says, what `resume` says and
 * what is there must agree, and run again it is done once.
 *
 * Seen to fail with a lost COMMIT called failed without asking the server; and before statements
 * outside a transaction set synchronous_commit: the crash then took an index that was called done.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import type { Plan, StepOutcome, Write } from '../../src/core/plan.js';
import { loadParser } from '../../src/postgres/parse.js';
import { resolveSteps } from '../../src/runtime/resume-state.js';
import { worldOf } from '../../src/runtime/world.js';
import { insertTwo, targetOf, transaction } from '../postgres/write-support.js';
import { planOf, run, startSession, writeStep, type Session } from '../runtime/step-support.js';
import { isDeep } from '../support/cases.js';
import { makeOwnCluster, type OwnCluster } from '../support/own-cluster.js';
import { cuttingRelay, type Cut, type CuttingRelay } from './cutting.js';
import { randomOf } from './random.js';
import { reliabilityRow, type Trial } from './row.js';

interface Kind {
  readonly name: string;
  readonly write: Write;
  readonly prepare?: string;
  /** SQL that gives true when all of it is there. */
  readonly done: string;
  /** Gives true at any time when nothing runs. */
  readonly always: string;
}

const none = { type: 'none', why: 'a test' } as const;
const sql = (text: string) => ({ sql: text, source: null });

const kinds: readonly Kind[] = [
  {
    name: 'history row',
    write: transaction(),
    done: `SELECT count(*) = 1 FROM drizzle.history WHERE hash = 'two'`,
    always: `SELECT count(*) <= 1 FROM drizzle.history WHERE hash = 'two'`,
  },
  {
    name: 'migration',
    write: transaction({
      statements: [
        sql('CREATE TABLE made (id int)'),
        sql(`INSERT INTO app VALUES (1, 'from the migration')`),
        insertTwo,
      ],
    }),
    done: `SELECT count(*) = 1 FROM drizzle.history WHERE hash = 'two'`,
    always: `SELECT count(*) <= 1 AND count(*) = (SELECT count(*) FROM app) AND (count(*) = 1) = (to_regclass('made') IS NOT NULL)
      FROM drizzle.history WHERE hash = 'two'`,
  },
  {
    name: 'index made concurrently',
    write: {
      type: 'statement',
      before: [],
      statement: sql('CREATE INDEX CONCURRENTLY made ON app (id)'),
      after: [
        {
          type: 'sql',
          title: 'made',
          sql: `SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('made') AND indisvalid`,
          expect: [['1']],
        },
      ],
      undo: none,
    },
    done: `SELECT count(*) = 1 FROM pg_index WHERE indexrelid = to_regclass('made') AND indisvalid`,
    always: 'SELECT true',
  },
  {
    name: 'batches',
    // `touched` counts how often each row was written.
    prepare: `ALTER TABLE app ADD touched int DEFAULT 0; INSERT INTO app (id) SELECT generate_series(1, 5)`,
    write: {
      type: 'batches',
      lock: null,
      before: [],
      statement: sql(
        `UPDATE app SET name = 'filled', touched = touched + 1 WHERE ctid = ANY (ARRAY(SELECT ctid FROM app WHERE name IS NULL LIMIT 2))`,
      ),
      count: 'SELECT count(*) FROM app WHERE name IS NULL',
      after: [
        {
          type: 'sql',
          title: 'none is left',
          sql: 'SELECT count(*) FROM app WHERE name IS NULL',
          expect: [['0']],
        },
      ],
      undo: none,
    },
    done: 'SELECT count(name) = 5 FROM app',
    always: 'SELECT bool_and(touched = (name IS NOT NULL)::int) FROM app',
  },
];

interface Lane {
  readonly session: Session;
  readonly relay: CuttingRelay;
  readonly crash: boolean;
}

let cluster: OwnCluster | null = null;
const lanes: Lane[] = [];
beforeAll(async () => {
  cluster = isDeep ? await makeOwnCluster() : null;
  const [first, second] = [await startSession(), await startSession(cluster?.database())];
  const restart = async (): Promise<void> => {
    await cluster?.crash();
    await cluster?.start();
  };
  lanes.push(
    { session: first, relay: await cuttingRelay(first.ground.url), crash: false },
    {
      session: second,
      relay: await cuttingRelay(second.ground.url, restart),
      crash: cluster !== null,
    },
  );
});
afterAll(async () => {
  for (const { session, relay } of lanes) {
    await relay.close();
    await session.close();
  }
  await cluster?.remove();
});

reliabilityRow(
  {
    fault:
      'connection cut by a TCP proxy at every protocol message of a write, COMMIT included; server crashed there',
    never: 'a write twice, a write lost, "done" that is not',
    few: 24,
    deep: 600,
  },
  async (trial) => {
    const random = randomOf(`cut ${trial.seed}`);
    // What a case does to its server must not be seen by another lane's.
    await Promise.all(
      lanes.map(async (lane) => {
        const share = Math.ceil(trial.count / lanes.length / kinds.length);
        for (const kind of kinds) await cutAll(lane, kind, share, trial, random);
      }),
    );
  },
);

async function cutAll(
  lane: Lane,
  kind: Kind,
  count: number,
  trial: Trial,
  random: () => number,
): Promise<void> {
  const one = async (cut: Cut | null): Promise<readonly string[]> => {
    const { ended, passed } = await tried(lane, kind, cut);
    trial.ended(ended);
    return passed;
  };
  const passed = await one(null);
  for (const cut of cutsOf(lane, passed, count - 1, random)) await one(cut);
}

/** Every message around COMMIT and the statements first, then of the others as many as there is room for. */
function cutsOf(
  { crash }: Lane,
  passed: readonly string[],
  count: number,
  random: () => number,
): readonly Cut[] {
  const ways = crash ? (['crash'] as const) : (['FIN', 'RST', 'gone'] as const);
  const all = passed.flatMap((_, index) =>
    (['before', 'after'] as const).flatMap((when) =>
      ways.map((how): Cut => ({ at: index + 1, when, how })),
    ),
  );
  const near = (at: number): boolean =>
    [at - 2, at - 1, at, at + 1].some((place) =>
      /^>Q (COMMIT|INSERT|CREATE|UPDATE|LOCK)/.test(passed[place] ?? ''),
    );
  const turns = all.map((cut) => ({ cut, turn: random() + (near(cut.at - 1) ? 0 : 1) }));
  return turns
    .toSorted((a, b) => a.turn - b.turn)
    .slice(0, count)
    .map(({ cut }) => cut);
}

async function tried(
  { session, relay, crash }: Lane,
  { write, prepare, done, always, name }: Kind,
  cut: Cut | null,
): Promise<{ readonly ended: string; readonly passed: readonly string[] }> {
  await session.reset();
  if (prepare !== undefined) await session.ground.other.query(prepare);
  // What the test itself did must outlive the crash.
  if (crash) await session.ground.other.query('CHECKPOINT');
  const { url } = relay;
  relay.arm(null);
  const target = await targetOf(url);
  const plan = planOf(target, [writeStep(write)]);
  const patience = { tries: cut?.how === 'gone' ? 2 : 100, pause: 50 };
  const log = session.log();
  await log.append({ type: 'plan', plan });
  relay.arm(cut);
  const outcome = await step(session, plan, url, patience);
  const passed = [...relay.passed()];
  relay.arm(null);
  await relay.quiet();
  await settled(session);

  const world = worldOf({ url, target, root: session.root, parser: await loadParser(), patience });
  const [standing] = await resolveSteps(log, world);
  const really = await truth(session, done);
  const said = standing?.state.state ?? 'nothing';
  const where = JSON.stringify({ name, cut, at: passed[(cut?.at ?? 0) - 1], outcome, standing });
  expect(await truth(session, always), where).toBe(true);
  if (outcome.state === 'done') expect(really, where).toBe(true);
  // A batch that was the last one may have been it.
  else if (outcome.state !== 'unknown' && write.type !== 'batches') {
    expect(really, where).toBe(false);
  }
  // By now every process has gone: nothing is left that nobody can know. Batches that were
  // interrupted behind the last row say what stays, and that they are to be begun anew.
  const stays = write.type === 'batches' && outcome.state === 'failed';
  if (!stays || said !== 'not done') expect(said, where).toBe(really ? 'committed' : 'not done');
  if (cut === null) expect(outcome.state, where).toBe('done');
  if (said !== 'committed') await again(session, plan, url, where);
  expect(await truth(session, done), where).toBe(true);
  expect(await truth(session, always), where).toBe(true);
  const ended = outcome.state === 'unknown' ? `unknown, then ${said}` : said;
  return { ended: cut === null ? 'committed' : ended, passed };
}

async function again(session: Session, plan: Plan, url: string, where: string): Promise<void> {
  const { rows } = await session.ground.other.query<{ name: string }>(
    'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid',
  );
  for (const { name } of rows) {
    // As the step or resume has told to.
    expect(where).toContain(`the invalid index public.${name}`);
    await session.ground.other.query(`DROP INDEX ${name}`);
  }
  await session.log().append({ type: 'plan', plan });
  const outcome = await step(session, plan, url, { tries: 5, pause: 50 });
  expect(outcome.state, `${JSON.stringify(outcome)} ${where}`).toBe('done');
}

/** As perform.ts does: the lock is taken for a plan's run, and what is thrown becomes an outcome. */
async function step(
  session: Session,
  plan: Plan,
  url: string,
  patience: { readonly tries: number; readonly pause: number },
): Promise<StepOutcome> {
  try {
    return await run(session, plan, { url, patience });
  } catch (error) {
    const message = String(error);
    const begun = session.log().records.at(-1)?.type !== 'plan';
    return begun ? { state: 'unknown', message, next: [] } : { state: 'notRun', why: message };
  } finally {
    await session.lock.release();
  }
}

async function truth({ ground }: Session, sql: string): Promise<boolean> {
  return (await ground.count(sql)) === 't';
}

async function settled({ ground }: Session): Promise<void> {
  for (;;) {
    try {
      const busy = await ground.count(
        `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
          AND application_name LIKE 'pgmedic%' AND pid <> pg_backend_pid()`,
      );
      if (busy === '0') return;
    } catch {
      // The server is about to start again.
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
