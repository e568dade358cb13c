import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { readTarget } from '../../src/postgres/read-target.js';
import { readingTransaction } from '../../src/postgres/reading-transaction.js';
import { urlParts } from '../../src/postgres/url.js';
import type { Ground } from './write-support.js';
import {
  fromFile,
  insertTwo,
  prepareGround,
  rowsOf,
  targetOf,
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

describe('a write in one transaction', () => {
  test('is done, and its number was told before COMMIT', async () => {
    const file = 'INSERT INTO app VALUES (1) RETURNING id';
    const seen: string[] = [];
    const result = await write(
      ground.url,
      transaction({ statements: [fromFile(file, file), insertTwo] }),
      {
        hooks: {
          beforeCommit: async ({ xid, returned }) => {
            seen.push(xid, JSON.stringify(returned));
            seen.push(await ground.count(`SELECT pg_xact_status('${xid}')`));
          },
          beforeStatement: async () => {},
        },
      },
    );
    const xid = seen[0];
    expect(result.outcome).toMatchObject({ state: 'done', xid });
    // Rows that the migration itself returns are the application's, not ours to keep.
    expect(seen.slice(1)).toEqual(['[{"id":"2"}]', 'in progress']);
    expect(result.returned).toEqual([{ id: '2' }]);
    expect(await ground.count(`SELECT pg_xact_status('${xid}')`)).toBe('committed');
    expect(await ground.count()).toBe('2');
  });

  test('of what free SQL returns nothing is kept but an id', async () => {
    const secret = `SELECT 'S3cret' AS token, 'S3cret' AS id`;
    const result = await write(
      ground.url,
      transaction({ statements: [{ sql: secret, source: null }, insertTwo] }),
    );
    expect(result.returned).toEqual([{ id: '2' }]);
  });

  test('nothing of it stays when a statement fails', async () => {
    const result = await write(
      ground.url,
      transaction({ statements: [insertTwo, { sql: 'SELECT 1/0', source: null }] }),
    );
    expect(result.outcome).toMatchObject({ state: 'failed', detail: { sqlstate: '22012' } });
    expect(result.commits).toEqual([]);
    expect(await ground.count()).toBe('1');
  });

  test('an error is shown where it stands in the file', async () => {
    const bad = "INSERT INTO app\n\tVALUES ('😀', nix)";
    const text = `-- 😀\nCREATE TABLE ok (a int);\n--> statement-breakpoint\n${bad};\n`;
    const { outcome } = await write(
      ground.url,
      transaction({
        statements: [fromFile(text, 'CREATE TABLE ok (a int)'), fromFile(text, bad), insertTwo],
      }),
      { files: { '0001_x.sql': text } },
    );
    expect(outcome).toMatchObject({
      state: 'failed',
      detail: {
        sqlstate: '42703',
        // The emoji is one character for the server and two units for an editor's column.
        at: { path: '0001_x.sql', line: 5, column: 16 },
      },
    });
    const excerpt = outcome.state === 'failed' ? outcome.detail?.at?.excerpt : '';
    const [line = '', caret = ''] = (excerpt ?? '').split('\n');
    expect(line.slice(caret.indexOf('^'))).toBe('nix);');
    expect(caret.startsWith('\t')).toBe(true);
    expect(await ground.count("SELECT to_regclass('ok')")).toBe('null');
  });

  test('without a position, the statement itself is shown; with the detail', async () => {
    await ground.other.query('INSERT INTO app VALUES (7)');
    const text = 'SELECT 1;\n\n  INSERT INTO app VALUES (7);';
    const { outcome } = await write(
      ground.url,
      transaction({ statements: [fromFile(text, 'INSERT INTO app VALUES (7)')] }),
      { files: { '0001_x.sql': text } },
    );
    expect(outcome).toMatchObject({ detail: { sqlstate: '23505', at: { line: 3, column: 3 } } });
    expect(outcome).toHaveProperty('message', expect.stringContaining('Key (id)=(7)'));
  });

  test('a file that was changed since then is not pointed into', async () => {
    const { outcome } = await write(
      ground.url,
      transaction({ statements: [fromFile('SELECT nix', 'SELECT nix')] }),
      { files: { '0001_x.sql': 'something else' } },
    );
    expect(outcome).toMatchObject({ detail: { at: { path: 'statement', line: 1, column: 8 } } });
  });

  test('a deferred constraint fails at COMMIT, and nothing is written', async () => {
    await ground.other.query(
      'CREATE TABLE child (a int REFERENCES app DEFERRABLE INITIALLY DEFERRED)',
    );
    const child = { sql: 'INSERT INTO child VALUES (9)', source: null };
    const result = await write(ground.url, transaction({ statements: [insertTwo, child] }));
    expect(result.commits).toHaveLength(1);
    expect(result.outcome).toMatchObject({ state: 'failed', detail: { sqlstate: '23503' } });
    expect(await ground.count()).toBe('1');
  });

  test('what does not come out as said is rolled back', async () => {
    const { outcome } = await write(ground.url, transaction({ after: [rowsOf('two', 5)] }));
    expect(outcome).toMatchObject({ state: 'failed' });
    expect(outcome).toHaveProperty('message', expect.stringContaining('expected 5, found 1'));
    expect(await ground.count()).toBe('1');
  });

  test('a run log that cannot be written stops it before COMMIT', async () => {
    const { outcome } = await write(ground.url, transaction(), {
      hooks: {
        beforeCommit: () => Promise.reject(new UserError('The disk is full.')),
        beforeStatement: async () => {},
      },
    });
    expect(outcome).toMatchObject({
      state: 'failed',
      message: 'The disk is full. Nothing was written.',
    });
    expect(await ground.count()).toBe('1');
  });

  test('settings a migration leaves behind do not turn our own statements', async () => {
    const text = `SET search_path = ''; SET statement_timeout = 0`;
    const { outcome } = await write(
      ground.url,
      transaction({ statements: [fromFile(text, text), insertTwo] }),
    );
    expect(outcome.state).toBe('done');
  });

  test('no statement, and not COMMIT either, runs without the timeouts that a migration takes off', async () => {
    await ground.other.query(
      `CREATE TABLE seen (at serial, lock text, statement text);
       CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO public.seen (lock, statement) VALUES (current_setting('lock_timeout'),
           current_setting('statement_timeout')); RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER note AFTER INSERT ON app DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION note()`,
    );
    const note = `INSERT INTO public.seen (lock, statement)
      SELECT current_setting('lock_timeout'), current_setting('statement_timeout')`;
    const texts = [
      'RESET lock_timeout',
      'RESET statement_timeout',
      note,
      `SET search_path = ''; SET lock_timeout = '1h'; SET LOCAL statement_timeout = 0`,
      note,
      `SET lock_timeout = '50ms'`,
      note,
      'INSERT INTO public.app VALUES (7)',
      'RESET ALL',
    ];
    const { outcome } = await write(
      ground.url,
      transaction({ statements: texts.map((text) => fromFile(text, text)), after: [] }),
      { timeouts: { lock: 700, statement: 9000 } },
    );
    expect(outcome.state).toBe('done');
    const { rows } = await ground.other.query('SELECT lock, statement FROM seen ORDER BY at');
    const ours = { lock: '700ms', statement: '9s' };
    expect(rows).toEqual([ours, ours, { ...ours, lock: '50ms' }, ours]);
  });

  test('a lock that someone else holds ends a migration which took its timeouts off', async () => {
    await ground.other.query('BEGIN; SELECT count(*) FROM app');
    const texts = ['RESET statement_timeout', 'RESET lock_timeout', 'ALTER TABLE app ADD c int'];
    const { outcome } = await write(
      ground.url,
      transaction({ statements: texts.map((text) => fromFile(text, text)) }),
      { timeouts: { lock: 300, statement: 5000 }, lockTries: 1 },
    );
    expect(outcome).toHaveProperty('message', expect.stringContaining('lock timeout'));
  });

  test('a statement that takes too long is ended by its timeout', async () => {
    const { outcome } = await write(
      ground.url,
      transaction({ statements: [insertTwo, { sql: 'SELECT pg_sleep(60)', source: null }] }),
      { timeouts: { lock: 1000, statement: 200 } },
    );
    expect(outcome).toMatchObject({ state: 'failed', detail: { sqlstate: '57014' } });
    expect(await ground.count()).toBe('1');
  });
});

describe('what a write rests on', () => {
  test('a row that someone else wrote stops it', async () => {
    await ground.other.query(`INSERT INTO drizzle.history (hash) VALUES ('two')`);
    const { outcome, commits } = await write(ground.url, transaction());
    expect(outcome).toMatchObject({ state: 'failed' });
    expect(outcome).toHaveProperty('message', expect.stringContaining('someone else changed it'));
    expect(commits).toEqual([]);
    expect(await ground.count()).toBe('2');
  });

  test('a file that changed stops it, and so does one that is gone or new', async () => {
    const same = { type: 'file', title: 'as read', path: 'a.sql' } as const;
    for (const [sha256, files] of [
      ['0'.repeat(64), { 'a.sql': 'x' }],
      ['0'.repeat(64), {}],
      [null, { 'a.sql': 'x' }],
    ] as const) {
      const check = { ...same, sha256 };
      const { outcome } = await write(ground.url, transaction({ before: [check] }), { files });
      expect(outcome.state).toBe('failed');
    }
    expect(await ground.count()).toBe('1');
  });

  test('nobody can write or read the history between the check and COMMIT', async () => {
    const codes: unknown[] = [];
    await ground.other.query(`SET lock_timeout = '100ms'`);
    const attempt = (sql: string): Promise<unknown> =>
      ground.other.query(sql).catch((error: { code?: string }) => codes.push(error.code));
    const { outcome } = await write(ground.url, transaction(), {
      hooks: {
        beforeStatement: async () => {},
        beforeCommit: async () => {
          await attempt(`INSERT INTO drizzle.history (hash) VALUES ('two')`);
          // A migrator that could read here would not see our row, and run the migration again.
          await attempt('SELECT count(*) FROM drizzle.history');
        },
      },
    });
    expect(outcome.state).toBe('done');
    expect(codes).toEqual(['55P03', '55P03']);
  });

  test('is on the disk when it is called done, whatever the database or the migration set', async () => {
    // A deferred trigger runs in COMMIT itself and sees what holds there.
    await ground.other.query(
      `CREATE TABLE at_commit (setting text);
       CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO at_commit VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER note AFTER INSERT ON app DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION note()`,
    );
    const sql = 'SET synchronous_commit = off';
    const insert = 'INSERT INTO app VALUES (7)';
    const statements = [fromFile(sql, sql), fromFile(insert, insert)];
    const { outcome } = await write(ground.url, transaction({ statements, after: [] }));
    expect(outcome.state).toBe('done');
    expect(await ground.count('SELECT setting FROM at_commit')).toBe('on');
  });

  // Whoever looks before it holds the lock sees the table as it was before the wait.
  test.each(['read committed', 'repeatable read', 'serializable'])(
    'what came in while it waited for the lock is seen, with %s as the default',
    async (level) => {
      const name = new URL(ground.url).pathname.slice(1);
      await ground.other.query(
        `ALTER DATABASE "${name}" SET default_transaction_isolation = '${level}'`,
      );
      await ground.other.query(`BEGIN; INSERT INTO drizzle.history (hash) VALUES ('two')`);
      const { outcome } = await write(ground.url, transaction({ after: [] }), {
        onWaiting: () => void ground.other.query('COMMIT'),
      });
      expect(outcome).toHaveProperty('message', expect.stringContaining('someone else'));
      expect(await ground.count()).toBe('2');
    },
  );

  test('of many at once exactly one writes', async () => {
    const results = await Promise.all(
      [1, 2, 3, 4].map(() => write(ground.url, transaction(), { lockTries: 1 })),
    );
    const states = results.map(({ outcome }) => outcome.state).sort();
    expect(states).toEqual(['done', 'failed', 'failed', 'failed']);
    expect(await ground.count()).toBe('2');
  });

  test('a check that is no single SELECT is not run', async () => {
    for (const sql of [`SELECT 1; COMMIT`, `DELETE FROM drizzle.history RETURNING 1`]) {
      const check = { type: 'sql', title: 'sly', sql, expect: [['1']] } as const;
      const { outcome } = await write(ground.url, transaction({ before: [check] }));
      expect(outcome).toHaveProperty('message', '"sly" is not one SELECT. Nothing was written.');
    }
    expect(await ground.count()).toBe('1');
  });
});

describe('transaction control inside a migration', () => {
  test('is refused before anything is sent', async () => {
    for (const sql of ['COMMIT', 'SELECT 1; ROLLBACK; SELECT 2', 'VACUUM']) {
      const statements = [insertTwo, fromFile(sql, sql)];
      const { outcome } = await write(ground.url, transaction({ statements }));
      expect(outcome).toMatchObject({ state: 'failed' });
      expect(outcome).toHaveProperty('message', expect.stringContaining('Statement 2 of 2 has'));
    }
    expect(await ground.count()).toBe('1');
  });

  // With standard_conforming_strings off the server reads what to the parser is one string and
  // a comment as three statements, COMMIT among them.
  test('that only the server sees is noticed, and nothing further is run', async () => {
    await ground.other.query(
      `ALTER DATABASE "${new URL(ground.url).pathname.slice(1)}" SET standard_conforming_strings = off`,
    );
    const hidden = (word: string): string => `SELECT 'x\\'\n'; ${word}; SELECT ' AS y --'`;
    const later = { sql: `INSERT INTO app VALUES (5)`, source: null };
    for (const [word, words, rows] of [
      ['COMMIT', 'is in the database for good', '2'],
      ['ROLLBACK', 'was rolled back', '2'],
    ] as const) {
      const sql = hidden(word);
      const { outcome, commits } = await write(
        ground.url,
        transaction({ before: [], after: [], statements: [insertTwo, fromFile(sql, sql), later] }),
      );
      expect(outcome).toMatchObject({ state: 'unknown' });
      expect(outcome).toHaveProperty('message', expect.stringContaining(words));
      expect(commits).toEqual([]);
      expect(await ground.count()).toBe(rows);
    }
    expect(await ground.count('SELECT count(*) FROM app')).toBe('0');
  });
});

describe('who is written to', () => {
  test('has the same identity for the reader and for the writer', async () => {
    const read = await readingTransaction(ground.url, { purpose: 'test' }, (reading) =>
      readTarget(reading, urlParts(ground.url), null),
    );
    expect(await targetOf(ground.url)).toMatchObject({ identity: read.identity, user: read.user });
    expect(read.identity).toMatch(/^\d+\/\d+$/);
  });

  test('another server, database or user than the plan names is refused', async () => {
    const target = await targetOf(ground.url);
    for (const other of [
      { ...target, identity: '7000000000000000000:5' },
      { ...target, identity: null },
      { ...target, user: 'somebody' },
      { ...target, database: 'another' },
      { ...target, port: 1 },
    ]) {
      const { outcome } = await write(ground.url, transaction(), { target: other });
      expect(outcome.state).toBe('failed');
    }
    expect(await ground.count()).toBe('1');
  });
});

describe('locks held by others', () => {
  test('are shown while waiting; nobody is ended; nothing is written', async () => {
    await ground.other.query('BEGIN; LOCK TABLE drizzle.history IN ACCESS SHARE MODE');
    await ground.other.query('LOCK TABLE drizzle.history IN ROW EXCLUSIVE MODE');
    const seen: string[] = [];
    const { outcome } = await write(ground.url, transaction(), {
      timeouts: { lock: 600, statement: 5000 },
      lockTries: 2,
      onWaiting: (blockers) => seen.push(...blockers.map(({ holds }) => holds)),
    });
    expect(outcome).toMatchObject({ state: 'failed' });
    expect(outcome).toHaveProperty('message', expect.stringContaining('lock timeout'));
    expect(JSON.stringify(outcome)).toContain('In the way: pid');
    expect(seen.length).toBeGreaterThanOrEqual(2);
    expect(seen[0]).toContain('RowExclusiveLock on drizzle.history');
    await ground.other.query('COMMIT');
    expect(await ground.count()).toBe('1');
  });

  test('that are released in time let the next try through', async () => {
    await ground.other.query('BEGIN; LOCK TABLE drizzle.history');
    const { outcome } = await write(ground.url, transaction(), {
      timeouts: { lock: 500, statement: 5000 },
      lockTries: 10,
      onWaiting: () => void ground.other.query('COMMIT'),
    });
    expect(outcome.state).toBe('done');
  });

  test('met by the migration itself are waited for in the same way', async () => {
    await ground.other.query('BEGIN; LOCK TABLE app');
    const sql = 'ALTER TABLE app ADD COLUMN b int';
    const { outcome } = await write(
      ground.url,
      transaction({ statements: [insertTwo, fromFile(sql, sql)] }),
      { timeouts: { lock: 400, statement: 5000 }, lockTries: 1 },
    );
    expect(outcome).toMatchObject({ state: 'failed' });
    expect(JSON.stringify(outcome)).toContain('AccessExclusiveLock on app');
    await ground.other.query('COMMIT');
    expect(await ground.count()).toBe('1');
  });
});

describe('Ctrl-C', () => {
  const sleep = { sql: 'SELECT pg_sleep(60)', source: null };
  const asleep = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
    AND query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()`;

  test('cancels what runs and rolls back', async () => {
    const stop = new AbortController();
    const running = write(ground.url, transaction({ statements: [insertTwo, sleep] }), {
      signal: stop.signal,
    });
    await until(ground.other, asleep);
    stop.abort();
    const { outcome } = await running;
    expect(outcome).toMatchObject({
      state: 'failed',
      message: 'Cancelled. Nothing was written.',
    });
    expect(await ground.count()).toBe('1');
  });

  test('ends the wait for a lock, and the pauses between tries', async () => {
    const stop = new AbortController();
    await ground.other.query('BEGIN; LOCK TABLE drizzle.history');
    const { outcome } = await write(ground.url, transaction(), {
      signal: stop.signal,
      onWaiting: () => stop.abort(),
    });
    expect(outcome).toHaveProperty('message', 'Cancelled. Nothing was written.');
    await ground.other.query('COMMIT');
    expect(await ground.count()).toBe('1');
  });

  test('in the last moment before COMMIT still rolls back', async () => {
    const stop = new AbortController();
    const { outcome } = await write(ground.url, transaction(), {
      signal: stop.signal,
      hooks: { beforeStatement: async () => {}, beforeCommit: async () => stop.abort() },
    });
    expect(outcome).toHaveProperty('message', 'Cancelled. Nothing was written.');
    expect(await ground.count()).toBe('1');
  });

  test('once COMMIT is on its way waits for the answer', async () => {
    await ground.other.query(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON app DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION slow()`);
    const stop = new AbortController();
    const row = { sql: 'INSERT INTO app VALUES (1)', source: null };
    const running = write(ground.url, transaction({ statements: [insertTwo, row] }), {
      signal: stop.signal,
    });
    await until(
      ground.other,
      `SELECT 1 FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'
        AND datname = current_database()`,
    );
    stop.abort();
    expect((await running).outcome.state).toBe('done');
    expect(await ground.count()).toBe('2');
  });

  test('before it began begins nothing', async () => {
    const { outcome } = await write(ground.url, transaction(), { signal: AbortSignal.abort() });
    expect(outcome.state).toBe('failed');
    expect(await ground.count()).toBe('1');
  });
});
