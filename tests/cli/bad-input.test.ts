import { spawnSync } from 'node:child_process';
import { access, chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { base, entriesOf, journalText, openShop, type Shop } from '../playbooks/shop.js';
import { diagnosis } from './contract.js';
import { bin, expectRefusal, json, makeHome, type Ended, type Home } from './program.js';
import { inDepth } from '../support/cases.js';
import { deepTest } from '../support/deep-test.js';

let home: Home;
let shop: Shop;
beforeAll(async () => {
  home = makeHome();
  shop = await openShop();
});
beforeEach(() => shop.reset());
afterAll(async () => {
  await shop.close();
  await home.remove();
});

/** The URL with something else in it. */
function urlWith(change: (url: URL) => void): string {
  const url = new URL(shop.url);
  change(url);
  return url.href;
}

const run = (args: readonly string[], url = shop.url): Promise<Ended> =>
  home.run([...args, '--database-url', url], { cwd: shop.dir });

/** A case: the arguments, and what standard error must say. */
type Case = readonly [args: readonly string[], ...says: (string | RegExp)[]];

/** Three at a time: a start takes a third of a second, most of it waiting. */
async function refused(cases: readonly Case[]): Promise<void> {
  for (let from = 0; from < cases.length; from += 3) {
    await Promise.all(
      cases.slice(from, from + 3).map(async ([args, ...says]) => {
        const ended = await home.run(args, { cwd: shop.dir });
        expectRefusal(ended, 2, ...says);
        expect({ args, stdout: ended.stdout }).toEqual({ args, stdout: '' });
      }),
    );
  }
}

test('databases that cannot be looked at', async () => {
  const silent = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const wrong = urlWith((url) => (url.password = 'not-the-p4ssword'));
  const cases: readonly (readonly [string, ...(string | RegExp)[]])[] = [
    [urlWith((url) => (url.port = '1')), 'No server answers at', ':1'],
    [urlWith((url) => (url.port = String(port))), `:${port}`],
    [wrong, /password/i],
    [urlWith((url) => (url.pathname = '/no_such_database')), 'no_such_database'],
    [urlWith((url) => (url.hostname = 'no-such-host.invalid')), 'no-such-host.invalid'],
    [`${shop.url} `.replace('@', ' @'), 'contains a space', 'option --database-url'],
    ['mysql://root@localhost/shop', 'does not begin with postgresql://'],
    [urlWith((url) => url.searchParams.set('sslmode', 'maybe')), 'sslmode'],
    [shop.url.replace(/:\d+\//, ':99999/'), /URL/],
    ['', '--database-url is empty'],
  ];
  await refused(
    inDepth(cases.slice(2, 5), cases).map(([url, ...says]) => [
      ['diagnose', '--json', '--database-url', url],
      ...says,
    ]),
  );
  const ended = await run(['diagnose'], wrong);
  expect(`${ended.stdout}${ended.stderr}`).not.toContain('not-the-p4ssword');
  await refused([[['diagnose'], 'No database URL was found', 'PGMEDIC_DATABASE_URL', '--offline']]);
  silent.close();
});

test('a folder that was removed while the shell stood in it', async () => {
  const gone = join(home.path, 'gone');
  await mkdir(gone);
  const script = 'rmdir "$PWD" && exec "$0" "$1" diagnose';
  const ended = spawnSync('/bin/sh', ['-c', script, process.execPath, bin], {
    cwd: gone,
    encoding: 'utf8',
  });
  expect(ended.stderr).toMatch(/^The folder you are in is not there any more\.\n {2}Go to/);
  expect(ended.status).toBe(2);
});

test('folders that are no project', async () => {
  await mkdir(join(home.path, 'empty'), { recursive: true });
  await writeFile(join(home.path, 'file'), '');
  const url = ['--database-url', shop.url];
  const cases: readonly Case[] = [
    [['diagnose', '--dir', join(home.path, 'empty'), ...url], 'No migrations folder was found'],
    [['diagnose', '--dir', join(home.path, 'nosuch'), ...url], 'does not exist'],
    [['diagnose', '--dir', join(home.path, 'file'), ...url], 'is not a folder'],
    [['diagnose', '--migrations', 'nosuch', ...url], 'nosuch', '--migrations'],
    [['diagnose', '--migrations', '../empty', '--dir', shop.dir, ...url], /empty|migration/],
    [['diagnose', '--tool', 'nosuch', ...url], 'no migration tool named nosuch'],
    [['diagnose', '--history-table', 'a.b.c', ...url], '--history-table'],
  ];
  await refused(inDepth(cases.slice(0, 3), cases));
});

deepTest('command lines that say nothing clear', async () => {
  const url = ['--database-url', shop.url];
  const plan = (...args: string[]): string[] => ['plan', ...args, ...url];
  const reason = ['--set', 'reason=looked'];
  await refused([
    [['nosuch'], 'There is no command nosuch', 'pgmedic --help'],
    [['diagnos'], 'There is no command diagnos', 'Did you mean diagnose'],
    [['plan'], "missing required argument 'playbook'", 'pgmedic plan --help'],
    [['diagnose', '--nosuch'], "unknown option '--nosuch'"],
    [['diagnose', 'extra'], 'too many arguments'],
    [['plan'], "missing required argument 'playbook'"],
    [['apply'], "missing required argument 'plan'"],
    [['diagnose', '--database-url'], 'argument missing'],
    [['playbooks', 'nosuch'], 'no playbook nosuch', 'reconcile-journal'],
    [plan('nosuch'), 'no playbook nosuch', 'reconcile-journal'],
    [
      plan('mark-applied'),
      'needs the migrations it is for',
      'pgmedic plan mark-applied 0001_orders',
    ],
    [plan('mark-applied', '0001'), 'no migration 0001', 'Did you mean 0001_orders?'],
    [plan('mark-applied', 'nosuch'), 'no migration nosuch', 'pgmedic diagnose'],
    [plan('reconcile-journal', '0001_orders'), 'takes no migrations'],
    [plan('reconcile-journal'), 'nothing to do'],
    [plan('reconcile-journal', '--set', 'apply'), '--set apply is not of the form KEY=VALUE'],
    [plan('reconcile-journal', '--set', '=no'), 'KEY=VALUE'],
    [plan('reconcile-journal', '--set', 'aply=no'), 'does not ask "aply"', 'files-gone, apply'],
    [plan('reconcile-journal', '--set', 'apply=maybe'), '--set apply=...', 'yes or no', '"maybe"'],
    [
      plan('mark-unapplied', '0001_orders', ...reason, '--out', '/nosuch/plan.json'),
      'cannot be written to /nosuch/plan.json',
      '--out',
    ],
    [plan('mark-unapplied', '0001_orders', ...reason, '--out', shop.dir), 'cannot be written'],
    [plan('mark-unapplied', '0001_orders'), 'There is no evidence', '--set reason="..."'],
  ]);
  const help = await home.run(['plan', '--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toContain('--set <key=value>');
});

test('plans on paper that are none', async () => {
  const files: readonly (readonly [string, string, string | RegExp])[] = [
    ['not.json', 'steps:\n - one', 'is not JSON'],
    ['empty.json', '', 'is not JSON'],
    ['other.json', '{"format":1}', 'is not a plan'],
    ['array.json', '[]', 'is not a plan'],
    ['newer.json', '{"format":2}', /format/],
  ];
  for (const [name, text] of files) await writeFile(join(home.path, name), text);
  await refused([
    ...files.map(([name, , says]): Case => [['apply', join(home.path, name)], name, says]),
    [['apply', join(home.path, 'nosuch.json')], 'nosuch.json', 'cannot be read'],
    [['apply', 'plan.json', '--read-only'], 'This is READ-ONLY, and apply writes', 'leave out'],
    [['undo', '--read-only'], 'This is READ-ONLY, and undo writes', 'pgmedic plan'],
    [['apply', home.path], 'cannot be read'],
  ]);
});

test('a playbook with a typo is told with file and line', async () => {
  const folder = join(shop.dir, 'pgmedic/playbooks');
  await mkdir(folder, { recursive: true });
  const good = `name: mine
title: Mine
summary: Does it.
migrations: none
steps:
  - tell: Look
    id: look
`;
  const url = ['--database-url', shop.url];
  const cases: readonly (readonly [string, RegExp])[] = [
    [good.replace('summary', 'sumary'), /pgmedic\/playbooks\/mine\.yaml:\d+: .*sumary/],
    [good.replace('id: look', 'idd: look'), /mine\.yaml:6: .*steps/],
    [good.replace('tell', 'tel'), /mine\.yaml:6: .*tell, command, check, write/],
    [good.replace('none', 'all'), /mine\.yaml:4: migrations: must be one of none, some/],
    [good.replace('title: Mine', 'title: "Mine'), /mine\.yaml:\d+: /],
    [good.replace('name: mine', 'name: mark-applied'), /mark-applied is taken by built-in/],
  ];
  for (const [text, says] of cases) {
    await writeFile(join(folder, 'mine.yaml'), text);
    await refused([[['playbooks'], says]]);
  }
  const [, says] = cases.at(-1)!;
  await refused([
    [['diagnose', ...url], says],
    [['plan', 'reconcile-journal', ...url], says],
  ]);
});

/** Files that are broken are findings with what treats them; and exit code 2, for not all could be read. */
deepTest('journals and snapshots that cannot be read are found, with what to do', async () => {
  const broken: readonly (readonly [string, () => Promise<void>, string, RegExp])[] = [
    ['no JSON', () => put('{ "entries": ['), 'journal-malformed', /line 1|end/],
    [
      'merge markers',
      async () => put(`<<<<<<< HEAD\n${await shop.journal()}\n=======\n>>>>>>> x\n`),
      'journal-conflict-markers',
      /_journal\.json:1: a merge marker/,
    ],
    [
      'no entries',
      () => put('{"version":"7","dialect":"postgresql"}'),
      'journal-malformed',
      /entries/,
    ],
    [
      'missing',
      () => shop.put({ 'meta/_journal.json': null }),
      'journal-missing',
      /_journal\.json/,
    ],
    ['50 MB', () => put(' '.repeat(50 * 1024 * 1024)), 'journal-malformed', /too large: 50 MiB/],
    [
      'a snapshot that is a folder',
      async () => {
        await put(journalText(entriesOf(Object.keys(base))));
        await mkdir(join(shop.folder, 'meta/0001_snapshot.json'));
      },
      'snapshot-malformed',
      /0001_snapshot\.json.*folder/,
    ],
  ];
  for (const [name, make, code, evidence] of broken) {
    await shop.reset();
    await make();
    const ended = await run(['diagnose', '--json']);
    // A journal that is not there leaves nothing unread.
    const whole = name === 'missing';
    expect({ name, code: ended.code }).toEqual({ name, code: whole ? 1 : 2 });
    if (!whole) expect(ended.stderr).toContain('Not everything could be read');
    expect(ended.stderr).not.toMatch(/\n\s+at /);
    const { findings } = diagnosis.parse(json(ended));
    const found = findings.find((finding) => finding.code === code);
    expect({ name, found: findings.map((finding) => finding.code) }).toMatchObject({
      name,
      found: expect.arrayContaining([code]) as string[],
    });
    expect(found?.evidence.join('\n')).toMatch(evidence);
    if (name === 'merge markers') expectRefusal(await run(['diagnose']), 2);
  }
});

const put = (text: string): Promise<void> => shop.put({ 'meta/_journal.json': text });

test('a journal of 50 MB: what cannot be planned on it says why', async () => {
  await shop.put({ 'meta/_journal.json': ' '.repeat(50 * 1024 * 1024) });
  expectRefusal(await run(['plan', 'reconcile-journal']), 2, /too large: 50 MiB/);
});

test('a state folder that cannot be written', async () => {
  const file = join(home.path, 'state-is-a-file');
  await writeFile(file, '');
  const env = { XDG_STATE_HOME: file };
  const options = { cwd: shop.dir, env };
  const url = ['--database-url', shop.url];
  expectRefusal(await home.run(['sessions'], options), 2, file, 'XDG_STATE_HOME');
  expectRefusal(await home.run(['backup', ...url], options), 2, file, 'XDG_STATE_HOME');
  const nowhere = { cwd: shop.dir, env: { XDG_STATE_HOME: undefined, HOME: '/dev/null' } };
  expectRefusal(await home.run(['sessions'], nowhere), 2, 'XDG_STATE_HOME');
  if (process.getuid?.() === 0) return;
  const closed = join(home.path, 'closed');
  await mkdir(closed);
  await chmod(closed, 0o500);
  expectRefusal(
    await home.run(['sessions'], { cwd: shop.dir, env: { XDG_STATE_HOME: closed } }),
    2,
    closed,
  );
});

test('a look needs no place for its own files, and leaves none', async () => {
  await rm(home.state, { recursive: true, force: true });
  expect(await run(['diagnose', '--json'])).toMatchObject({ code: 0, stderr: '' });
  await expect(access(home.state)).rejects.toThrow('ENOENT');
  const nowhere = { cwd: shop.dir, env: { XDG_STATE_HOME: undefined, HOME: '/dev/null' } };
  const ended = await home.run(['diagnose', '--json', '--database-url', shop.url], nowhere);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
});
