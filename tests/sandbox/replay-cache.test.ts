import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cachedReplay, type CachedReplayInput } from '../../src/files/replay-cache.js';
import type { LiveSide } from '../../src/sandbox/replay/live-side.js';
import { inputOf, sharedSandbox } from './replay-support.js';

let home: string;
let started: number;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'pgmedic-test-'));
  started = 0;
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function cached(
  texts: readonly string[],
  more: Partial<CachedReplayInput> = {},
): ReturnType<typeof cachedReplay> {
  return cachedReplay({
    ...(await inputOf(texts)),
    sandbox: async () => {
      started++;
      return sharedSandbox();
    },
    sandboxUrl: null,
    env: { XDG_CACHE_HOME: home },
    ...more,
  });
}

const folder = (): string => join(home, 'pgmedic', 'replay');

function live(column: string | null): LiveSide {
  const object = {
    schema: 'public',
    kind: 'table',
    key: 'table public.t',
    parent: null,
    parts: {},
  } as const;
  const column_ = {
    schema: 'public',
    kind: 'column',
    key: `column public.t.${column}`,
    parent: object.key,
    parts: { type: 'integer' },
  } as const;
  return {
    catalog: column === null ? [] : [object, column_],
    searchPath: '"$user", public',
    user: 'app',
    serverVersionNum: 180_004,
    roles: [],
    schemaDump: async () => `CREATE TABLE public.t (\n    ${column} integer\n);`,
  };
}

it('starts no sandbox for what it has seen', async () => {
  const first = await cached(['CREATE TABLE a (id int)']);
  const second = await cached(['CREATE TABLE a (id int)']);
  expect(started).toBe(1);
  expect(second).toEqual(first);
  await cached(['CREATE TABLE a (id bigint)']);
  expect(started).toBe(2);
  for (const name of await readdir(folder())) {
    expect((await stat(join(folder(), name))).mode & 0o777).toBe(0o600);
  }
  expect((await stat(folder())).mode & 0o777).toBe(0o700);
});

it('looks again when what was prepared from the live database is another', async () => {
  const text = ['ALTER TABLE t ADD COLUMN b int'];
  const first = await cached(text, { live: live('x') });
  expect(first.base.map(({ key }) => key)).toContain('column public.t.x');
  await cached(text, { live: live('x') });
  expect(started).toBe(1);
  expect((await cached(text, { live: live('y') })).base.map(({ key }) => key)).toContain(
    'column public.t.y',
  );
  expect(
    (await cached(text, { live: live(null) })).migrations[0]?.statements[0]?.error?.sqlstate,
  ).toBe('42P01');
  expect(started).toBe(3);
  expect(await cached(text, { live: live('x') })).toEqual(first);
  expect(started).toBe(3);
});

it('ignores a file that is damaged, and goes on without a place to write', async () => {
  const first = await cached(['SELECT 1']);
  for (const name of await readdir(folder())) {
    const path = join(folder(), name);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, -3));
  }
  expect(await cached(['SELECT 1'])).toEqual(first);
  expect(started).toBe(2);
  await writeFile(join(home, 'file'), '');
  expect(await cached(['SELECT 1'], { env: { XDG_CACHE_HOME: join(home, 'file') } })).toEqual(
    first,
  );
  expect(started).toBe(3);
});

it('removes what nobody used for a month', async () => {
  await cached(['SELECT 1']);
  const [old = ''] = (await readdir(folder())).filter((name) => name.endsWith('.replay'));
  const then = new Date(Date.now() - 31 * 86_400_000);
  await utimes(join(folder(), old), then, then);
  await writeFile(join(folder(), 'notes.txt'), 'mine');
  await utimes(join(folder(), 'notes.txt'), then, then);
  await cached(['SELECT 2']);
  const names = await readdir(folder());
  expect(names).not.toContain(old);
  expect(names).toContain('notes.txt');
});

it('keeps nothing where a statement was refused for what may be gone the next time', async () => {
  const text = `DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$`;
  await cached([text]);
  await cached([text]);
  expect(started).toBe(2);
});

it('looks again on a named server that has another version or other extensions by now', async () => {
  let made = 0;
  const on = (serverVersion: string): Promise<unknown> =>
    cached(['CREATE TABLE a (id int)'], {
      sandboxUrl: 'postgresql://sandboxer:secret@db.test/postgres',
      sandbox: async () => {
        const sandbox = sharedSandbox();
        const createDatabase = (): Promise<string> => {
          made++;
          return sandbox.createDatabase();
        };
        return { ...sandbox, serverVersion, createDatabase };
      },
    });
  await on('18.4');
  await on('18.4');
  expect(made).toBe(1);
  await on('18.5');
  expect(made).toBe(2);
});
