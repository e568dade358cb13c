import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProvenBackup } from '../../src/core/backup.js';
import { proveBackup } from '../../src/runtime/prove-backup.js';
import { look } from '../../src/runtime/parts.js';
import { urlInto } from '../../src/postgres/url.js';
import { urlParts } from '../../src/postgres/connect.js';
import { testServer } from '../support/server.js';
import { recovering, states, type Recovering, type Wish } from './session.js';
import { openShop, type Shop } from './shop.js';

let shop: Shop;
let session: Recovering;
let live: string;
let backup: string;

beforeAll(async () => {
  shop = await openShop();
  live = urlParts(shop.url).database;
  await inLive(`ALTER DATABASE "${live}" SET search_path TO "$user", public, "Odd name";
    ALTER DATABASE "${live}" SET my.setting TO 'it''s "this"';
    REVOKE ALL ON DATABASE "${live}" FROM PUBLIC;
    GRANT CONNECT ON DATABASE "${live}" TO pg_monitor WITH GRANT OPTION;
    COMMENT ON DATABASE "${live}" IS 'the shop'`);
  session = await recovering(shop);
  backup = (await backUp('early')).path;
  await inLive(`DELETE FROM orders; INSERT INTO users (name) VALUES ('Edsger')`);
  await shop.client.end();
});

afterAll(async () => {
  await session.close();
  for (const name of await databases()) await inServer(`DROP DATABASE "${name}" WITH (FORCE)`);
});

async function backUp(name: string): Promise<ProvenBackup> {
  const now = (): Date => new Date();
  const { facts } = await look(session.ground, now, { evidence: false });
  const { signal } = new AbortController();
  const made = { ground: session.ground, facts, session: name, signal, now };
  const taken = await proveBackup({ ...made, onProgress: () => {} });
  if (!('proof' in taken)) throw new Error(taken.unproven);
  return taken;
}

async function ask(url: string, sql: string): Promise<string[][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result: unknown = await client.query({ text: sql, rowMode: 'array' });
    const rows = (Array.isArray(result) ? result.at(-1) : result) as { rows: unknown[][] };
    return rows.rows.map((row) => row.map(String));
  } finally {
    await client.end();
  }
}

const inLive = (sql: string) => ask(shop.url, sql);
const inServer = (sql: string) => ask(testServer().adminUrl, sql);
const into = (name: string) => urlInto(shop.url, name);
/** The live one and those that were made of it. */
const databases = async () =>
  (await inServer(`SELECT datname FROM pg_database WHERE datname LIKE '${live}%' ORDER BY 1`)).map(
    ([name]) => name ?? '',
  );
const play = (answers: Wish['answers'] = {}) =>
  session.play('restore-backup', { answers, targetName: live });
const names = `SELECT name FROM users ORDER BY id`;
const attributes = `SELECT pg_encoding_to_char(encoding), datcollate, datctype, pg_get_userbyid(datdba),
  (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a),
  (SELECT array_agg(c ORDER BY c) FROM pg_db_role_setting s, unnest(setconfig) c WHERE setdatabase = d.oid)
  FROM pg_database d WHERE datname = current_database()`;

test('into a new database, equal to what was dumped; the live one is not touched, and the commands are told', async () => {
  const before = await inLive(`SELECT xmin, * FROM users`);
  const recovery = await play();
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const fresh = `${live}_restored_${day}`;
  expect(recovery.end).toEqual({ end: 'ran' });
  expect(states(recovery)).toEqual({
    means: 'done',
    restore: 'done',
    rename: 'done',
    agree: 'done',
  });
  expect(recovery.verdict?.agrees).toBe(true);
  expect(recovery.plan?.answers).toMatchObject({ backup, name: fresh, swap: 'commands' });
  expect(recovery.plan?.seen).toEqual([
    'Rows live now, and in the backup:',
    'public.orders: 0 rows live, 2 in the backup (2 come back)',
    'public.users: 3 rows live, 2 in the backup (1 would be lost)',
  ]);
  expect(recovery.plan?.steps.find(({ id }) => id === 'rename')).toMatchObject({
    kind: 'tell',
    text: expect.stringContaining(
      `ALTER DATABASE "${live}" RENAME TO "${live}_before_restore_${day}";\nALTER DATABASE "${fresh}" RENAME TO "${live}";`,
    ),
  });
  expect(recovery.outcomes['restore']).toMatchObject({
    note: expect.stringMatching(/^restored: 3 tables, 6 rows equal; committed as transaction/),
  });
  expect(await ask(into(fresh), names)).toEqual([['Ada'], ['Grace']]);
  expect(await ask(into(fresh), attributes)).toEqual(await inLive(attributes));
  expect(await inLive(`SELECT xmin, * FROM users`)).toEqual(before);
  expect(await databases()).toEqual([live, fresh]);

  const spoilt = join(await mkdtemp(join(tmpdir(), 'pgmedic-test-')), 'shop.sql');
  await cp(`${backup}.sha256`, `${spoilt}.sha256`);
  await cp(backup, spoilt);
  await appendFile(spoilt, ' ');
  expect((await play({ backup: spoilt, reason: 'trust me' })).end).toMatchObject({
    why: expect.stringMatching(/is not the backup it was: its SHA-256.*--set backup=PATH/),
  });
  await rm(dirname(spoilt), { recursive: true });

  const again = await play();
  expect(again.end).toMatchObject({
    end: 'stopped',
    why: expect.stringContaining(`A database ${fresh} exists already`),
  });
  expect(await session.undo('restore')).toMatchObject({ state: 'done' });
  expect(await databases()).toEqual([live]);
});

test('renames both while nobody is connected; who is in the way is listed and left alone; undo renames back', async () => {
  const other = new pg.Client({ connectionString: shop.url, application_name: 'worker' });
  await other.connect();
  const wish = { swap: 'rename', name: `${live}_new` };
  const stopped = await play(wish);
  // Not the newer one that was taken before the first restore.
  expect(stopped.plan?.answers['backup']).toBe(backup);
  expect(states(stopped)).toEqual({
    means: 'done',
    restore: 'done',
    rename: 'failed',
    agree: 'notRun',
  });
  expect(stopped.outcomes['rename']).toMatchObject({
    message: expect.stringContaining(`1 session is connected to ${live} or ${live}_new`),
    next: [
      expect.stringMatching(/^In the way: pid \d+ in test_\w+ \(.*worker, from .*\): idle/),
      expect.stringContaining('pgmedic ends nobody'),
    ],
  });
  expect((await other.query(names)).rows).toHaveLength(3);
  await other.end();

  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const aside = `${live}_before_restore_${day}`;
  const recovery = await play(wish);
  expect(recovery.plan?.warnings.join()).toContain('Only the rename is left');
  expect(states(recovery)).toEqual({ means: 'done', rename: 'done', agree: 'done' });
  expect(recovery.verdict?.words).toMatch(/^The migrator agrees/);
  expect(await databases()).toEqual([live, aside]);
  expect(await inLive(names)).toEqual([['Ada'], ['Grace']]);
  expect(await ask(into(aside), names)).toEqual([['Ada'], ['Grace'], ['Edsger']]);
  expect(await inLive(attributes)).toEqual(await ask(into(aside), attributes));
  expect(
    await inLive(
      `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()`,
    ),
  ).toEqual([['the shop']]);

  const proof = await backUp('late');
  expect(await session.undo('rename', proof)).toMatchObject({ state: 'done' });
  expect(await databases()).toEqual([live, `${live}_new`]);
  expect(await inLive(names)).toEqual([['Ada'], ['Grace'], ['Edsger']]);
});
