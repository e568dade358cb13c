import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dumpWithNative, readWithNative, restoreWithNative } from '../../src/backup/native.js';
import { explain } from '../../src/backup/explain.js';
import { withConnection } from '../../src/postgres/connect.js';
import { type Native, findNative, startNative } from './native-server.js';
import { folder, sql } from './support.js';

const found = await findNative();
const reason = 'lacks' in found ? ` (not run: ${found.lacks})` : '';
const signal = new AbortController().signal;
const shape = { format: 'custom', compression: 'gzip', jobs: 1, words: '' } as const;

describe.runIf('bin' in found)(`what the native programs really say${reason}`, () => {
  let native: Native;
  beforeAll(async () => {
    native = await startNative('bin' in found ? found.bin : '');
    await sql(
      native.url,
      `CREATE TABLE t AS SELECT 1 AS one; CREATE ROLE reader LOGIN PASSWORD 'r';
       CREATE TABLE hidden (id int); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
       CREATE ROLE seer LOGIN PASSWORD 'r'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO seer`,
    );
  });
  afterAll(() => native?.stop());

  /** The URL with something in it changed. */
  function other(change: Partial<Record<'username' | 'password' | 'host' | 'pathname', string>>) {
    const url = new URL(native.url);
    return Object.assign(url, change).href;
  }

  async function said(work: () => Promise<unknown>): Promise<string> {
    const error = await work().then(
      () => null,
      (e: unknown) => e,
    );
    expect(error).not.toBeNull();
    const { message, next } = explain('It failed', error, []);
    return `${message} -> ${next.join(' ')}`;
  }

  /** Over a snapshot that is there, unless another one is named. */
  async function dump(url: string, snapshot?: string): Promise<string> {
    const file = join(await folder(), 'x.dump');
    return withConnection(native.url, { purpose: 'test' }, async ({ client }) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      const { rows } = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
      const id = snapshot ?? rows[0]?.id ?? '';
      const program = native.dumper.path ?? '';
      return said(() =>
        dumpWithNative({
          ...{ program, url, snapshot: id, shape, file, signal, client },
          onProgress: () => {},
        }),
      );
    });
  }

  test.each([
    ['a wrong password', { password: 'wrong' }, 'refused the password'],
    ['no password', { password: '' }, 'asks for a password'],
    ['nobody at the port', { host: '127.0.0.1:1' }, 'no longer accepts'],
    ['no such host', { host: 'nowhere.invalid:5432' }, 'cannot be resolved'],
    ['no such database', { pathname: '/not_there' }, 'no such database'],
    ['a table that may not be read', { username: 'reader', password: 'r' }, 'may not read'],
    ['rows that are hidden', { username: 'seer', password: 'r' }, 'BYPASSRLS'],
  ])('%s', async (_what, change, words) => {
    expect(await dump(other(change))).toContain(words);
  });

  test('a snapshot that is not there', async () => {
    expect(await dump(native.url, '00000003-0000001B-9')).toContain('snapshot was gone');
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a head alone', Buffer.from('PGDMP')],
    ['something else', Buffer.from('no archive, but long enough for one to be looked at')],
  ])('an archive that is %s', async (_what, bytes) => {
    const file = join(await folder(), 'x.dump');
    writeFileSync(file, bytes);
    const program = native.dumper.path ?? '';
    expect(await said(() => readWithNative({ program, file, signal }))).toContain('damaged');
    const restore = { program, url: native.url, file, jobs: 1, owners: false, signal };
    for (const waysOut of [true, false]) {
      const how = { ...restore, waysOut, onTable: () => {} };
      expect(await said(() => restoreWithNative(how))).toContain('take the backup again');
    }
  });

  test('a password file that others may read', async () => {
    const file = join(await folder(), 'pgpass');
    writeFileSync(file, '');
    chmodSync(file, 0o644);
    process.env['PGPASSFILE'] = file;
    try {
      expect(await dump(other({ password: '' }))).toMatch(/chmod 0600|asks for a password/);
    } finally {
      delete process.env['PGPASSFILE'];
    }
  });
});
