import { beforeAll, expect, test } from 'vitest';
import { startForAll } from '../drill/support.js';
import { sandboxServer } from '../support/server.js';
import { keys } from './support.js';
import { journalGap, type Project, written } from './truth.js';
import { throughBackup, toRecommendedPlan } from './walk.js';
import { lightWorld } from './world.js';

/** The terminal given to the shell and back, at what is to be confirmed. */

let project: Project;
beforeAll(async () => {
  const drill = await startForAll('journal-gap');
  project = journalGap(drill);
  return drill.stop;
});

test('Ctrl-Z at a confirmation: the shell has its terminal, fg shows the same step, and nothing was confirmed', async () => {
  const world = await lightWorld();
  const command = `'${world.node}' '${world.program}' --dir '${project.dir}' --sandbox-url '${sandboxServer().adminUrl}'`;
  const shell = world.shell(
    `set -m; ${command}; stty -a; printf 'the shell: '; read answer; fg; echo "ended with $?"`,
  );
  await toRecommendedPlan(shell);
  await throughBackup(shell, 6);
  await shell.sendKeys('Enter');
  await shell.expectText('Press y: write exactly this.');
  await shell.sendKeys('Ctrl-Z');
  await shell.expectText('the shell:');
  const said = shell.transcript();
  expect(said).toMatch(/ icanon .*/);
  expect(said).not.toMatch(/ -(?:icanon|echo|isig|opost) /);
  expect(shell.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
    shell.raw().lastIndexOf('\u001b[?25l'),
  );
  const before = shell.raw().length;
  shell.paste('y\r');
  await shell.waitFor(() => shell.raw().slice(before).includes('Press y'), 'the step again');
  // Drawn where it was left, and not over what the shell has said.
  expect(shell.screen()).toContain('Press y: write exactly this.');
  await shell.sendKeys('x');
  await shell.expectText('x does nothing here.');
  expect(await written(project)).toEqual({ rows: 16, entries: 16 });
  await shell.sendKeys(keys['Ctrl-C'] ?? '');
  await shell.expectSaid('ended with 1');
});

test('where nobody could bring it back, Ctrl-Z stops nothing', async () => {
  const world = await lightWorld();
  const shell = world.pgmedic(['--dir', project.dir]);
  await shell.expectText('(recommended)');
  const before = shell.raw().length;
  await shell.sendKeys('Ctrl-Z');
  // A letter in the moment in which the terminal is the shell's would wait there for a line's end.
  await shell.waitFor(() => shell.raw().slice(before).includes('\u001b[?25l'), 'it to go on');
  await shell.sendKeys('x');
  await shell.expectText('x does nothing here.');
  await shell.sendKeys('q');
  await shell.expectExit(1);
});
