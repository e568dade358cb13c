import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { openGround } from '../../src/runtime/ground.js';
import { sameServer, type ServerMarks } from '../../src/sandbox/apart.js';
import { createTestDatabase, sandboxServer, type TestDatabase } from '../support/server.js';
import { query, temporaryBase } from './support.js';

let live: TestDatabase;
beforeAll(async () => {
  live = await createTestDatabase();
  // Ordinary roles that may do what a sandbox needs, and may not read the system identifier.
  await query(
    live.url,
    `CREATE ROLE aparter LOGIN CREATEDB PASSWORD 'secret';
     REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC`,
  );
});
afterAll(async () => {
  await live.drop();
  await query(live.url.replace(/[^/]*$/, 'postgres'), 'DROP ROLE aparter');
});

/** The sandbox of a session, as every use of it gets it. */
async function sandboxAt(sandboxUrl: string): Promise<unknown> {
  const dir = temporaryBase();
  await mkdir(join(dir, 'drizzle/meta'), { recursive: true });
  const journal = { version: '7', dialect: 'postgresql', entries: [] };
  await writeFile(join(dir, 'drizzle/meta/_journal.json'), JSON.stringify(journal));
  const ground = await openGround({ dir, databaseUrl: live.url, sandboxUrl }, {});
  try {
    return await ground.sandbox().then(({ serverVersion }) => serverVersion);
  } catch (error) {
    return error;
  } finally {
    await ground.close();
  }
}

test('the live server is not its own sandbox, under whatever address and role', async () => {
  const url = new URL(live.url);
  url.hostname = 'localhost';
  url.pathname = '/template1';
  url.username = 'aparter';
  url.password = 'secret';
  for (const sandboxUrl of [live.url, url.href]) {
    const error = await sandboxAt(sandboxUrl);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(/names the server of the live database itself/);
    expect((error as UserError).next.join()).toMatch(/--sandbox-url/);
    expect((error as UserError).message).not.toMatch(/secret/);
  }
  expect(await sandboxAt(sandboxServer().adminUrl)).toMatch(/^18\./);
});

test('where it cannot be told there is no sandbox', async () => {
  await query(live.url, 'REVOKE EXECUTE ON FUNCTION pg_postmaster_start_time() FROM PUBLIC');
  const url = new URL(live.url);
  url.username = 'aparter';
  url.password = 'secret';
  const error = await sandboxAt(url.href);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(/cannot be told/);
});

const server = (more: Partial<ServerMarks>): ServerMarks => ({
  started: 'monday',
  system: '1',
  isStandby: false,
  databases: ['5 postgres', '16384 shop'],
  database: '16384 shop',
  ...more,
});

test.each<[string, Partial<ServerMarks>, Partial<ServerMarks>, RegExp | null]>([
  ['itself', {}, {}, /itself/],
  ['its primary', {}, { started: 'friday', isStandby: true }, /primary/],
  [
    'its primary, unread',
    { system: null },
    { started: 'friday', isStandby: true, system: null },
    /primary/,
  ],
  ['itself, unread', { system: null }, {}, /itself/],
  ['another, started in the same microsecond', { system: '2' }, {}, null],
  ['a restored copy of it', {}, { started: 'friday' }, null],
  ['another beside a replica', { system: '2' }, { started: 'friday', isStandby: true }, null],
  [
    'another beside a replica, unread',
    { databases: ['5 postgres', '16385 shop'] },
    { started: 'friday', isStandby: true, system: null },
    null,
  ],
])('%s', (_, sandbox, of, said) => {
  const why = sameServer(server(sandbox), server(of));
  if (said === null) expect(why).toBeNull();
  else expect(why).toMatch(said);
});
