import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { conflictsOf, type LockWait } from '../../src/core/lock-wait.js';
import { readAhead } from '../../src/postgres/read-lock-wait.js';
import {
  fromFile,
  type Ground,
  insertTwo,
  prepareGround,
  transaction,
  until,
  write,
} from './write-support.js';

let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.drop());

async function session(name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: ground.url, application_name: name });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

const names = (sessions: LockWait['blockers']): string[] =>
  sessions.map(({ application }) => application);

test('who is in the way is told before anything waits, who waits behind while it does', async () => {
  const [holder, user, reader] = [
    await session('holder'),
    await session('user'),
    await session('reader'),
  ];
  await user.query('SELECT * FROM app');
  await (await session('elsewhere')).query('SELECT 1 AS approximately');
  await holder.query('BEGIN');
  await holder.query('SELECT * FROM app');
  const sql = 'ALTER TABLE app ADD COLUMN b int';
  const locks = [
    { relation: 'drizzle.history', mode: 'ACCESS EXCLUSIVE' },
    { relation: 'public.app', mode: 'ACCESS EXCLUSIVE' },
  ];
  const seen: LockWait[] = [];
  let asked = 0;
  let read: Promise<unknown> = Promise.resolve();
  const statements = [insertTwo, fromFile(sql, sql)];
  const result = await write(ground.url, transaction({ statements }), {
    locks,
    onAhead: (wait) => {
      seen.push(wait);
      // Nothing of the write has been sent.
      void ground.other
        .query(
          `SELECT FROM pg_stat_activity WHERE application_name = 'pgmedic write' AND datname = current_database()`,
        )
        .then(({ rowCount }) => (asked = rowCount ?? 0));
    },
    onWaiting: (_, wait) => {
      if (seen.length === 1) read = reader.query('SELECT count(*) FROM app');
      seen.push(wait);
      if (names(wait.behind).includes('reader')) void holder.query('COMMIT');
    },
  });
  await read;
  expect(result.outcome.state).toBe('done');
  expect(asked).toBe(0);
  expect(seen[0]).toMatchObject({ stage: 'before', hidden: 0 });
  expect(names(seen[0]?.blockers ?? [])).toEqual(['holder']);
  expect(seen[0]?.blockers[0]).toMatchObject({
    state: 'idle in transaction',
    query: 'SELECT * FROM app',
    holds: 'AccessShareLock on public.app',
  });
  expect(names(seen[0]?.behind ?? [])).toEqual(['user']);
  const last = seen.at(-1);
  expect(last?.stage).toBe('lock');
  expect(names(last?.blockers ?? [])).toEqual(['holder']);
  expect(last?.behind[0]?.holds).toBe('waits for AccessShareLock on app');
  expect(seen.filter(({ stage }) => stage === 'before')).toHaveLength(1);
});

test('nobody in the way: nothing is told', async () => {
  await (await session('user')).query('SELECT * FROM drizzle.history');
  const seen: unknown[] = [];
  const { outcome } = await write(ground.url, transaction(), {
    onAhead: (wait) => seen.push(wait),
  });
  expect(outcome.state).toBe('done');
  expect(seen).toEqual([]);
});

test('writers that began before are called what they are', async () => {
  const app = await session('app');
  await app.query('BEGIN; INSERT INTO app VALUES (1)');
  const seen: LockWait[] = [];
  const { outcome } = await write(ground.url, transaction(), {
    onAhead: (wait) => seen.push(wait),
    onWaiting: (_, wait) => {
      seen.push(wait);
      void app.query('COMMIT');
    },
  });
  expect(outcome.state).toBe('done');
  expect(new Set(seen.map(({ stage }) => stage))).toEqual(new Set(['earlier writers']));
});

test('a weaker lock is in the way of writers alone, and tables may have any name', async () => {
  const name = 'we"i\\rd.(x';
  const quoted = '"we""i\\rd.(x"';
  await ground.other.query(`CREATE TABLE ${quoted} (id int)`);
  const [reader, writer, before] = [
    await session('reader'),
    await session('writer'),
    await session('before'),
  ];
  await before.query(`INSERT INTO ${quoted} VALUES (1)`);
  await (await session('looked')).query(`SELECT * FROM ${quoted}`);
  await reader.query('BEGIN');
  await reader.query(`SELECT * FROM ${quoted}`);
  await writer.query(`BEGIN; INSERT INTO ${quoted} VALUES (1)`);
  const ahead = (mode: string): Promise<LockWait> =>
    readAhead(ground.url, [{ relation: `public.${name}`, mode }]);
  const share = await ahead('SHARE');
  expect(names(share.blockers)).toEqual(['writer']);
  expect(names(share.behind)).toEqual(['before']);
  expect(share.blockers[0]?.holds).toBe(`RowExclusiveLock on public.${name}`);
  const all = await ahead('ACCESS EXCLUSIVE');
  expect(names(all.blockers).toSorted()).toEqual(['reader', 'writer']);
  expect(names(all.behind)).toEqual(['looked', 'before']);
  // One that waits is in the way as well: a new lock queues behind it.
  const waiter = await session('waiter');
  const waited = waiter.query(`BEGIN; LOCK TABLE ${quoted} IN EXCLUSIVE MODE`).catch(() => {});
  await until(
    ground.other,
    `SELECT FROM pg_locks WHERE NOT granted AND mode = 'ExclusiveLock' AND relation = (
       SELECT oid FROM pg_class WHERE relname LIKE 'we"i%')`,
  );
  expect(names((await ahead('ACCESS SHARE')).blockers)).toEqual([]);
  expect(names((await ahead('ROW SHARE')).blockers)).toEqual(['waiter']);
  await writer.query('COMMIT');
  await waited;
});

test('a role that may not see the queries of others is told how many there are', async () => {
  const role = `blind_${process.pid}`;
  await ground.other.query(`CREATE ROLE ${role} LOGIN PASSWORD 'blind'`);
  onTestFinished(async () => void (await ground.other.query(`DROP ROLE ${role}`)));
  const url = new URL(ground.url);
  url.username = role;
  url.password = 'blind';
  await (await session('user')).query('SELECT * FROM drizzle.history');
  await ground.other.query('BEGIN; LOCK TABLE drizzle.history');
  const locks = [{ relation: 'drizzle.history', mode: 'ACCESS EXCLUSIVE' }];
  const { blockers, behind, hidden } = await readAhead(url.href, locks);
  await ground.other.query('COMMIT');
  expect(blockers).toHaveLength(1);
  expect(behind).toEqual([]);
  expect(hidden).toBe(2);
});

test('modes conflict as the server says', async () => {
  const modes = [
    'ACCESS SHARE',
    'ROW SHARE',
    'ROW EXCLUSIVE',
    'SHARE UPDATE EXCLUSIVE',
    'SHARE',
    'SHARE ROW EXCLUSIVE',
    'EXCLUSIVE',
    'ACCESS EXCLUSIVE',
  ];
  const other = await session('other');
  for (const held of modes) {
    await ground.other.query(`BEGIN; LOCK TABLE app IN ${held} MODE`);
    const { rows } = await ground.other.query<{ mode: string }>(
      `SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'app'::regclass`,
    );
    for (const mode of modes) {
      const free = await other.query(`BEGIN; LOCK TABLE app IN ${mode} MODE NOWAIT`).then(
        () => true,
        () => false,
      );
      await other.query('ROLLBACK');
      expect([held, mode, conflictsOf(mode).includes(rows[0]?.mode ?? '')]).toEqual([
        held,
        mode,
        !free,
      ]);
    }
    await ground.other.query('ROLLBACK');
  }
});
