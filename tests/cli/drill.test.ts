import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isRunning, lookInside, soon } from '../sandbox/support.js';
import { expectRefusal, json, makeHome, type Home } from './program.js';

let home: Home;
beforeAll(() => {
  home = makeHome();
});
afterAll(() => home.remove());

interface Served {
  readonly databaseUrl: string;
  readonly dir: string;
  readonly goal: string;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Serves a drill and says what stands behind it. */
async function serve() {
  const running = home.start(['drill', 'push-then-migrate', '--serve']);
  const served = JSON.parse(await running.line()) as Served;
  expect(Object.keys(served).toSorted()).toEqual(['databaseUrl', 'dir', 'goal']);
  const inside = await lookInside(served.databaseUrl);
  return { running, served, inside };
}

type Serving = Awaited<ReturnType<typeof serve>>;

async function nothingIsLeft({ served, inside }: Serving): Promise<void> {
  await vi.waitUntil(async () => !(await isThere(inside.folder)), soon);
  expect(isRunning(inside.postmaster)).toBe(false);
  expect(await isThere(dirname(served.dir))).toBe(false);
}

test('the list, as an object and in lines', async () => {
  const listed = await home.run(['drill', '--list', '--json']);
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  const text = {
    name: expect.any(String) as string,
    title: expect.any(String) as string,
    solved: null,
  };
  expect(json(listed)).toEqual({
    drills: [
      { ...text, name: 'journal-gap', incident: '003' },
      { ...text, name: 'push-then-migrate', incident: '001' },
      { ...text, name: 'not-null-without-backfill', incident: '000' },
      { ...text, name: 'media-without-owner', incident: '000' },
      { ...text, name: 'falsely-applied', incident: '002' },
      { ...text, name: 'swallowed-error', incident: '002' },
      { ...text, name: 'already-exists', incident: '004' },
      ...[
        ...['bad-release', 'out-of-order', 'snapshot-collision', 'history-lost', 'pulled-baseline'],
        ...['duplicate-accounts', 'enum-too-early', 'dirty-version', 'blocked-alter'],
        ...['two-operators', 'lost-commit'],
      ].map((name) => ({ ...text, name, incident: null })),
    ],
  });
  const bare = await home.run(['drill']);
  expect(bare.code).toBe(0);
  expect(bare.stdout).toMatch(
    /^journal-gap +\S.*\npush-then-migrate +\S.*\n(?:[a-z-]+ +\S.*\n){16}$/,
  );
  expectRefusal(await home.run(['drill', 'nosuch']), 2, 'no drill named nosuch', 'journal-gap');
});

test('--serve prints one line, is used from elsewhere, and ends with its input', async () => {
  const serving = await serve();
  const { running, served } = serving;
  const found = await home.run(['diagnose', '--json'], { cwd: served.dir });
  expect(found.code).toBe(1);
  expect((json(found) as { target: { port: number } }).target.port).toBe(
    Number(new URL(served.databaseUrl).port),
  );
  expect(running.child.exitCode).toBeNull();
  running.child.stdin?.end();
  const { code, signal, stdout } = await running.ended;
  expect([code, signal]).toEqual([0, null]);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  await nothingIsLeft(serving);
});

test('--serve ends well when it is told to', async () => {
  const serving = await serve();
  serving.running.child.kill('SIGTERM');
  expect(await serving.running.ended).toMatchObject({ code: 0, signal: null });
  await nothingIsLeft(serving);
});

test('--serve: the server is gone soon after a kill, and the folder with the next start', async () => {
  const { running, served, inside } = await serve();
  running.child.kill('SIGKILL');
  expect(await running.ended).toMatchObject({ signal: 'SIGKILL' });
  await vi.waitUntil(() => !isRunning(inside.postmaster), soon);
  await vi.waitUntil(async () => !(await isThere(inside.folder)), soon);
  const next = home.start(['drill', 'push-then-migrate', '--serve']);
  await next.line();
  expect(await isThere(dirname(served.dir))).toBe(false);
  next.child.stdin?.end();
  await next.ended;
});
