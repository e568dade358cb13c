import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runLock } from '../../src/postgres/run-lock.js';
import { base, entriesOf, openShop, sqlFiles, type Shop } from '../playbooks/shop.js';
import { deepTest } from '../support/deep-test.js';
import { applied, plan as contract } from './contract.js';
import { at, json, makeHome, type Ended, type Home } from './program.js';

let home: Home;
let shop: Shop;
let path: string;
let confirms: string[];
beforeEach(async () => {
  home = makeHome();
  shop = await openShop();
  path = join(home.path, 'plan.json');
});
afterEach(async () => {
  await shop.close();
  await home.remove();
});

async function plan(...args: string[]): Promise<void> {
  const planned = await home.run(['plan', ...args, '--out', path, ...at(shop)]);
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  const { steps } = contract.parse(JSON.parse(await readFile(path, 'utf8')));
  confirms = steps
    .filter(({ kind }) => kind === 'write' || kind === 'command')
    .flatMap(({ id, digest }) => ['--confirm', `${id}:${digest}`]);
}

const args = (): string[] => ['apply', path, '--json', ...at(shop), ...confirms];
const apply = (): Promise<Ended> => home.run(args());
const steps = (ended: Ended) => applied.parse(json(ended)).steps;
const total = (): Promise<string | null> =>
  shop.one('SELECT sum(total) FROM orders WHERE user_id = 1');

/** A part that adds 100, a part that no transaction takes, and the row. */
async function divided(first: string, second: string): Promise<void> {
  await shop.put(sqlFiles({ '0002_mix': `${first}\n--> statement-breakpoint\n${second}` }));
  await shop.list(entriesOf([...Object.keys(base), '0002_mix']));
  await plan('apply-manually', '0002_mix');
}

const add = 'UPDATE "orders" SET "total" = "total" + 100 WHERE "user_id" = 1;';
const indexUsers = 'CREATE UNIQUE INDEX CONCURRENTLY "one_order" ON "orders" ("user_id");';

deepTest(
  'the data is mended after part 2 failed: the same plan goes on there, part 1 is not run again',
  async () => {
    await shop.client.query('INSERT INTO orders (user_id, total) VALUES (2, 5)');
    await divided(add, indexUsers);
    const failed = await apply();
    expect(failed.code).toBe(1);
    expect(steps(failed).map(({ outcome }) => outcome)).toEqual([
      'done',
      'failed',
      'notRun',
      'notRun',
    ]);
    expect(steps(failed)[1]?.next.join()).toContain('DROP INDEX');
    expect(await shop.rows()).toHaveLength(2);
    await shop.client.query('DELETE FROM orders WHERE total = 5; DROP INDEX IF EXISTS one_order');
    const ended = await apply();
    expect({ code: ended.code, total: await total() }).toEqual({ code: 0, total: '110' });
    const { session } = applied.parse(json(failed));
    expect(steps(ended)[0]).toMatchObject({
      outcome: 'done',
      message: expect.stringMatching(`in session ${session}; not run again`) as string,
    });
    expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
  },
);

deepTest(
  'recorded, and then taken out of the history: a new life, in which all its parts run',
  async () => {
    await divided(add, indexUsers);
    expect((await apply()).code).toBe(0);
    await shop.client.query('DROP INDEX one_order');
    await plan('mark-unapplied', '0002_mix', '--set', 'reason=its index is gone');
    // Done, and it is said that the migrator cannot run it, since it cannot be in a transaction.
    const unmarked = await apply();
    expect(steps(unmarked).map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
    expect(applied.parse(json(unmarked)).message).toContain('it would stop in 0002_mix');
    await plan('apply-manually', '0002_mix');
    expect((await apply()).code).toBe(0);
    expect(await total()).toBe('210');
  },
);

const notBegun = {
  outcome: 'notRun',
  message: expect.stringMatching(
    /Another pgmedic is writing to \S+ \(server process \d+, as \w+, since \d/,
  ) as string,
};

test('two applies of one plan, both before their first write: one writes, the other says who does', async () => {
  await divided(add, indexUsers);
  // A client of the team holds them up, so that both have read and proven by then.
  await shop.client.query('BEGIN; LOCK TABLE drizzle.__drizzle_migrations IN ROW EXCLUSIVE MODE');
  const both = [home.start(args()), home.start(args())];
  const waiting = Promise.all(both.map((one) => one.said(/waits for/)));
  await Promise.race([waiting.catch(() => {}), ...both.map(({ ended }) => ended)]);
  await shop.client.query('ROLLBACK');
  const ended = await Promise.all(both.map((one) => one.ended));
  const codes = ended.map(({ code }) => code).sort((a, b) => Number(a) - Number(b));
  expect({ codes, total: await total() }).toEqual({ codes: [0, 1], total: '110' });
  const {
    steps: [first],
    message,
  } = applied.parse(json(ended.find(({ code }) => code === 1)!));
  expect(first?.outcome).toBe('notRun');
  // Told of the run that goes on; or stopped before, since it read behind the other's wait for the lock.
  expect(`${first?.message} ${message}`).toMatch(
    /Another pgmedic is writing to \S+ \(server process \d+, as \w+, since \d|(?:cannot be seen now|facts have changed)/,
  );
});

deepTest(
  'facts that read differently while another pgmedic writes, or behind a lock: that is said',
  async () => {
    await shop.put(sqlFiles({ '0002_tell': 'ALTER TABLE "orders" ALTER "total" SET NOT NULL;' }));
    await shop.list(entriesOf([...Object.keys(base), '0002_tell']));
    await plan('apply-manually', '0002_tell');
    const said = async (): Promise<[number | null, string]> => {
      const ended = await apply();
      return [ended.code, applied.parse(json(ended)).message];
    };

    await shop.client.query('BEGIN; LOCK TABLE orders');
    const [code, message] = await said();
    expect([code, message]).toEqual([
      1,
      expect.stringMatching(/cannot be seen now[^]*is locked by another session/),
    ]);
    expect(message).not.toContain('facts have changed');
    expect(message).not.toContain('mistake in pgmedic');
    await shop.client.query('ROLLBACK');

    const other = runLock();
    await other.hold(shop.url);
    await shop.client.query('UPDATE drizzle.__drizzle_migrations SET created_at = created_at - 1');
    expect(await said()).toEqual([
      1,
      expect.stringMatching(
        /^Another pgmedic is writing to \S+ \(server process \d+, as \w+, since \d/,
      ),
    ]);
    await other.release();
  },
);

deepTest(
  'while another pgmedic writes nothing is begun; once it has ended the plan goes on',
  async () => {
    await divided(add, indexUsers);
    const other = runLock();
    await other.hold(shop.url);
    const refused = await apply();
    expect(refused.code).toBe(1);
    expect(steps(refused)[0]).toMatchObject(notBegun);
    expect(await total()).toBe('10');
    await other.release();
    expect([(await apply()).code, await total()]).toEqual([0, '110']);
  },
);

const playbook = `name: give
title: Give a hundred
summary: Adds to the orders, then tells the worker.
treats: []
migrations: none
steps:
  - write: sql
    id: add
    title: Give a hundred
    sql: update orders set total = total + 100 where user_id = 1
    risk: ddl
  - command: ['NODE', -e, 'require("fs").appendFileSync("worker.log", "told "); setTimeout(() => {}, +process.env.WAIT || 0)']
    id: tell
    title: Tell the worker
`;

async function ownPlaybook(): Promise<void> {
  const folder = join(shop.dir, 'pgmedic/playbooks');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'give.yaml'), playbook.replace('NODE', process.execPath));
  await plan('give');
}

const told = (): Promise<string> => readFile(join(shop.dir, 'worker.log'), 'utf8').catch(() => '');

async function toldAtAll(): Promise<'told'> {
  while ((await told()) === '') await new Promise((resolve) => setTimeout(resolve, 50));
  return 'told';
}

deepTest(
  'killed in the middle: apply names the session, exit 4; after resume what was done stays done once',
  async () => {
    await ownPlaybook();
    const running = home.start(args(), { env: { WAIT: '5000' } });
    const early = await Promise.race([running.ended, toldAtAll()]);
    expect(early).toBe('told');
    running.child.kill('SIGKILL');
    await running.ended;

    const refused = await apply();
    expect({ code: refused.code, shown: refused.stdout + refused.stderr }).toMatchObject({
      code: 4,
    });
    const said = applied.parse(json(refused)).message;
    const session = /pgmedic resume (\S+)/.exec(said)?.[1] ?? '';
    expect(said).toMatch(/began step tell at/);
    const resumed = await home.run(['resume', session, '--json', ...at(shop)]);
    expect(json(resumed)).toMatchObject({
      steps: [
        { step: 'add', state: 'committed' },
        { step: 'tell', state: 'unknown' },
      ],
    });
    const again = await apply();
    expect(again.code).toBe(1);
    expect(steps(again)[0]).toMatchObject({
      outcome: 'notRun',
      message: expect.stringContaining(session) as string,
    });
    expect([await total(), await told()]).toEqual(['110', 'told ']);
  },
);

deepTest(
  'free SQL and a command once for one plan, and again when the facts are others',
  async () => {
    await ownPlaybook();
    expect((await apply()).code).toBe(0);
    expect((await apply()).code).toBe(1);
    expect([await total(), await told()]).toEqual(['110', 'told ']);
    await shop.put(sqlFiles({ '0002_next': 'SELECT 1;' }));
    await shop.list(entriesOf([...Object.keys(base), '0002_next']));
    await plan('give');
    expect((await apply()).code).toBe(0);
    expect([await total(), await told()]).toEqual(['210', 'told told ']);
  },
);

deepTest('a run whose lock is lost stops before its next step', async () => {
  await divided(add, indexUsers);
  await shop.client.query('BEGIN; SELECT FROM orders WHERE user_id = 1 FOR UPDATE');
  const running = home.start(args());
  running.child.stdin?.end();
  await running.said(/waits for/);
  await shop.client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pgmedic run'`,
  );
  await shop.client.query('ROLLBACK');
  expect((await running.ended).code).toBe(1);
  expect(steps(await running.ended)).toMatchObject([
    { outcome: 'done' },
    { outcome: 'notRun', message: expect.stringContaining('was lost') as string },
    { outcome: 'notRun' },
    { outcome: 'notRun' },
  ]);
});
