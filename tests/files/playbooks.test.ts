import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loadPlaybooks, parsePlaybook } from '../../src/files/playbooks.js';

const good = `name: ours
title: Ours
summary: What our team does.
migrations: none
asks:
  - id: where
    question: Where?
    choices: { here: on this machine }
steps:
  - tell: Stop the app
    id: stop
  - write: sql
    id: fix
    title: Fix it
    sql: select 1
    risk: reversible
    when: { where: here }
`;

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function project(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgmedic-playbooks-'));
  folders.push(folder);
  await mkdir(join(folder, 'pgmedic', 'playbooks'), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, 'pgmedic', 'playbooks', name), text);
  }
  return folder;
}

test("the built-in playbooks are valid, and a team's own stands beside them", async () => {
  const playbooks = await loadPlaybooks(await project({ 'ours.yaml': good }));
  expect(playbooks.map((playbook) => playbook.name)).toEqual([
    'apply-manually',
    'backfill-not-null',
    'baseline',
    'clear-failed',
    'finish-partial',
    'mark-applied',
    'mark-unapplied',
    'reconcile-journal',
    'restore-backup',
    'roll-back',
    'ours',
  ]);
});

test('a playbook may not take the name of another one', async () => {
  const folder = await project({ 'mine.yaml': good.replace('name: ours', 'name: mark-applied') });
  await expect(loadPlaybooks(folder)).rejects.toThrow(
    'pgmedic/playbooks/mine.yaml: the name mark-applied is taken by built-in mark-applied.yaml',
  );
});

test.each([
  [
    'a key with a typo',
    good.replace('title: Ours', 'titel: Ours'),
    'ours.yaml:2: titel: unknown key titel',
  ],
  [
    'a verb with a typo',
    good.replace('- write: sql', '- wirte: sql'),
    'ours.yaml:12: steps.1: a step says one of',
  ],
  [
    'two verbs',
    good.replace('id: stop', 'id: stop\n    check: sql'),
    'ours.yaml:10: steps.0: a step says one of',
  ],
  [
    'a value with a typo',
    good.replace('risk: reversible', 'risk: reversable'),
    'ours.yaml:16: steps.1.risk: must be one of reversible, ddl, destructive',
  ],
  [
    'a missing key',
    good.replace('    title: Fix it\n', ''),
    'ours.yaml:12: steps.1.title: is missing',
  ],
  [
    'an unknown question',
    good.replace('when: { where: here }', 'when: { were: here }'),
    'nothing asks "were"',
  ],
  [
    'an unknown answer',
    good.replace('when: { where: here }', 'when: { where: there }'),
    '"there" is no answer to where',
  ],
  [
    'an id used twice',
    good.replace('id: fix', 'id: stop'),
    'ours.yaml:13: steps.1.id: the id stop is used twice',
  ],
  ['SQL that is missing', good.replace('    sql: select 1\n', ''), 'needs sql'],
  ['broken YAML', good.replace('steps:', 'steps: ['), 'ours.yaml:'],
  ['an empty file', '', 'ours.yaml:1: '],
])('%s is told with file and line', (_name, text, problem) => {
  const parsed = parsePlaybook(text, 'ours.yaml');
  expect(parsed.ok).toBe(false);
  expect(parsed.ok ? '' : parsed.problems.join('\n')).toContain(problem);
});

test('an alias that stands for nothing, or for too much, is said with its file', () => {
  const laughs = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef']) {
    laughs.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(', ')}]`);
  }
  for (const text of ['name: *nobody\n', laughs.join('\n')]) {
    const parsed = parsePlaybook(text, 'ours.yaml');
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? [] : parsed.problems.join()).toMatch(/^ours\.yaml:\d+: .*alias/i);
  }
});
