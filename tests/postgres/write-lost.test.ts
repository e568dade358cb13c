import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openWriteSession } from '../../src/postgres/write-session.js';
import { startStandby } from './standby.js';
import { asNeon } from '../support/neon.js';
import { startProxy, type Fate, type Proxy } from '../../src/drill/proxy.js';
import type { Ground } from './write-support.js';
import { insertTwo, prepareGround, targetOf, transaction, write } from './write-support.js';

let ground: Ground;
const proxies: Proxy[] = [];
beforeAll(async () => {
  ground = await prepareGround();
});
beforeEach(() => ground.reset());
afterEach(async () => {
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});
afterAll(() => ground.drop());

/** Lets the fate befall the first query that matches. */
async function proxied(match: RegExp, fate: Fate | (() => Fate)): Promise<Proxy> {
  let met = false;
  const proxy = await startProxy(ground.url, (sql) => {
    if (met || !match.test(sql)) return 'forward';
    met = true;
    return typeof fate === 'function' ? fate() : fate;
  });
  proxies.push(proxy);
  return proxy;
}

describe('a connection that dies', () => {
  test('with the answer to COMMIT: the server confirms that it is done', async () => {
    const { url } = await proxied(/^COMMIT$/, 'cut after');
    const { outcome, commits, returned } = await write(url, transaction());
    expect(outcome).toMatchObject({ state: 'done', xid: commits[0]?.xid });
    expect(outcome).toHaveProperty('note', expect.stringContaining('its answer was lost'));
    expect(returned).toEqual([{ id: '2' }]);
    expect(await ground.count()).toBe('2');
  });

  test('with COMMIT itself: the server says that it was rolled back', async () => {
    const { url } = await proxied(/^COMMIT$/, 'cut before');
    const { outcome } = await write(url, transaction());
    expect(outcome).toMatchObject({ state: 'failed' });
    expect(outcome).toHaveProperty('message', expect.stringContaining('was rolled back'));
    expect(await ground.count()).toBe('1');
  });

  test('at COMMIT and does not come back: nobody knows, and that is said', async () => {
    const { url } = await proxied(/^COMMIT$/, () => {
      void proxies[0]?.close();
      return 'cut before';
    });
    const { outcome, commits } = await write(url, transaction());
    expect(outcome).toMatchObject({ state: 'unknown' });
    expect(JSON.stringify(outcome)).toContain(`pg_xact_status('${commits[0]?.xid}')`);
  });

  test('before COMMIT: nothing is written, and the server says so', async () => {
    for (const match of [/^INSERT/, /^LOCK/, /current_xact_id\(\)/]) {
      for (const fate of ['cut before', 'cut after'] as const) {
        const { url } = await proxied(match, fate);
        const { outcome } = await write(url, transaction());
        expect(outcome).toMatchObject({ state: 'failed' });
        expect(outcome).toHaveProperty('message', expect.stringContaining('before COMMIT'));
      }
    }
    expect(await ground.count()).toBe('1');
  });

  test('for good before COMMIT: still nothing can have been written', async () => {
    const { url } = await proxied(/^INSERT/, () => {
      void proxies[0]?.close();
      return 'cut after';
    });
    const { outcome } = await write(url, transaction());
    expect(outcome).toMatchObject({ state: 'failed' });
    expect(outcome).toHaveProperty('message', expect.stringContaining('COMMIT was never sent'));
    expect(await ground.count()).toBe('1');
  });

  test('because an administrator ended it', async () => {
    const end = {
      sql: 'SELECT pg_terminate_backend(pg_backend_pid())',
      source: null,
    };
    const { outcome } = await write(ground.url, transaction({ statements: [insertTwo, end] }));
    expect(outcome).toMatchObject({ state: 'failed', detail: { sqlstate: '57P01' } });
    expect(await ground.count()).toBe('1');
  });

  test('is not believed on the number alone when what was written is not there', async () => {
    const { url } = await proxied(/^COMMIT$/, 'cut after');
    // Stands for a number given out twice: "committed", and the row is not there.
    await ground.other.query(`CREATE FUNCTION vanish() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN DELETE FROM drizzle.history WHERE hash = 'two'; RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER vanish AFTER INSERT ON drizzle.history
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION vanish()`);
    const { outcome } = await write(url, transaction());
    expect(outcome).toMatchObject({ state: 'unknown' });
    expect(await ground.count()).toBe('1');
  });
});

test('COMMIT that is answered with ROLLBACK is not called done', async () => {
  const { url } = await proxied(/^COMMIT$/, { first: 'SELECT 1/0' });
  const { outcome, commits } = await write(url, transaction());
  expect(commits).toHaveLength(1);
  expect(outcome).toMatchObject({ state: 'failed' });
  expect(outcome).toHaveProperty('message', expect.stringContaining('ROLLBACK'));
  expect(await ground.count()).toBe('1');
});

test('a pooler is refused before anything is written', async () => {
  const proxy = await startProxy(ground.url, () => 'forward', { pooler: true });
  proxies.push(proxy);
  const { outcome } = await write(proxy.url, transaction());
  expect(outcome).toMatchObject({ state: 'failed' });
  expect(outcome).toHaveProperty('message', expect.stringContaining('pooler'));
  expect(await ground.count()).toBe('1');
});

test("Neon's direct endpoint is no pooler, although its process id is made up", async () => {
  const proxy = await startProxy(ground.url, () => 'forward', { pooler: true });
  proxies.push(proxy);
  const { outcome } = await write(asNeon(proxy.url), transaction());
  expect(outcome).toMatchObject({ state: 'done' });
  vi.restoreAllMocks();
});

test('a replica is refused', async () => {
  const url = await startStandby();
  const session = openWriteSession(url, await targetOf(url), 5000);
  await expect(session).rejects.toThrow('is a replica now');
});

test('a network that went silent is given up after a while', async () => {
  const { url } = await proxied(/silent/, 'swallow');
  const session = await openWriteSession(url, await targetOf(url), 200);
  await expect(session.rows(`SELECT 'silent'`)).rejects.toThrow(/terminated|closed/i);
  await session.close();
});

describe('a statement outside a transaction', () => {
  const index = { sql: 'CREATE INDEX CONCURRENTLY app_name ON app (name)', source: null };
  const valid = (expect: string[][]) =>
    ({
      type: 'sql',
      title: 'the index is valid',
      sql: `SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('app_name')`,
      expect,
    }) as const;
  const create = {
    type: 'statement',
    before: [valid([])],
    statement: index,
    after: [valid([['t']])],
    undo: { type: 'none', why: 'a test' },
  } as const;

  test('is done, and was announced', async () => {
    const { outcome, statements } = await write(ground.url, create);
    expect(outcome).toMatchObject({ state: 'done', xid: null });
    expect(statements).toMatchObject([{ telling: true }]);
    expect(await ground.count(`SELECT count(*) FROM pg_class WHERE relname = 'app_name'`)).toBe(
      '1',
    );
  });

  test('outlives a crash of the server, though the server would answer earlier', async () => {
    const name = new URL(ground.url).pathname.slice(1);
    await ground.other.query(`ALTER DATABASE "${name}" SET synchronous_commit = off`);
    const sql = `INSERT INTO app VALUES (1, current_setting('synchronous_commit'))`;
    const { outcome } = await write(ground.url, {
      ...create,
      statement: { sql, source: null },
      after: [],
    });
    expect(outcome).toMatchObject({ state: 'done' });
    expect(await ground.count('SELECT name FROM app')).toBe('on');
  });

  test('is not run when what it rests on changed, or when it is more than one', async () => {
    await ground.other.query('CREATE INDEX app_name ON app (name)');
    expect((await write(ground.url, create)).outcome.state).toBe('failed');
    const two = { ...create, before: [], statement: { ...index, sql: `${index.sql}; VACUUM` } };
    const { outcome, statements } = await write(ground.url, two);
    expect(outcome).toHaveProperty('message', expect.stringContaining('one statement, not 2'));
    expect(statements).toEqual([]);
  });

  test('that fails half way names what it left, and how to be rid of it', async () => {
    await ground.other.query(`INSERT INTO app VALUES (1, 'same'), (2, 'same')`);
    const unique = {
      ...create,
      statement: { sql: index.sql.replace('INDEX', 'UNIQUE INDEX'), source: null },
    };
    const { outcome } = await write(ground.url, unique);
    expect(outcome).toMatchObject({ state: 'failed', detail: { sqlstate: '23505' } });
    expect(outcome).toHaveProperty(
      'message',
      expect.stringContaining('invalid index public.app_name'),
    );
    expect(JSON.stringify(outcome)).toContain('DROP INDEX CONCURRENTLY public.app_name;');
  });

  test('is told by its checks when the connection dies', async () => {
    const { url } = await proxied(/^CREATE INDEX/, 'cut after');
    const { outcome } = await write(url, create);
    expect(outcome).toMatchObject({ state: 'done' });
    expect(outcome).toHaveProperty('note', expect.stringContaining('its answer was lost'));
  });

  test('that never arrived is not done, once its process on the server is gone', async () => {
    const early = await proxied(/^CREATE INDEX/, 'cut before');
    const { outcome } = await write(early.url, create);
    expect(outcome).toMatchObject({ state: 'failed' });
    expect(outcome).toHaveProperty('message', expect.stringContaining('not come to its end'));
  });

  test('that no check can tell is unknown', async () => {
    // The check held before as well: that it holds now says nothing.
    const mute = { ...create, before: [], after: [valid([])] };
    const again = await proxied(/^CREATE INDEX/, 'cut before');
    const { outcome, statements } = await write(again.url, mute);
    expect(statements).toMatchObject([{ telling: false }]);
    expect(outcome.state).toBe('unknown');
  });

  test('is cancelled by Ctrl-C, and what it leaves is named', async () => {
    const stop = new AbortController();
    // CONCURRENTLY waits for every older transaction that could see the table.
    await ground.other.query('BEGIN; INSERT INTO app VALUES (3)');
    const { outcome } = await write(ground.url, create, {
      signal: stop.signal,
      onWaiting: () => stop.abort(),
    });
    await ground.other.query('COMMIT');
    expect(outcome).toMatchObject({ state: 'failed' });
    expect(outcome).toHaveProperty('message', expect.stringContaining('Cancelled'));
    expect(outcome).toHaveProperty('message', expect.stringContaining('public.app_name'));
  });

  test('is not begun when the run log cannot be written', async () => {
    const { outcome } = await write(ground.url, create, {
      hooks: {
        beforeCommit: async () => {},
        beforeStatement: () => Promise.reject(new Error('no space')),
      },
    });
    expect(outcome).toMatchObject({ state: 'failed' });
    expect(await ground.count(`SELECT count(*) FROM pg_class WHERE relname = 'app_name'`)).toBe(
      '0',
    );
  });
});
