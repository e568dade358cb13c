import { beforeAll, describe, expect, test } from 'vitest';
import { startForAll } from '../drill/support.js';
import { journalGap, type Project, written } from './truth.js';
import { toRecommendedPlan } from './walk.js';
import { bareWorld, lightWorld } from './world.js';
import { inDepth } from '../support/cases.js';
import { deepTest } from '../support/deep-test.js';

/** The end that comes from outside: a signal, or a terminal that is gone. At what is to be confirmed: confirmations.test.ts. */

let project: Project;
beforeAll(async () => {
  const drill = await startForAll('journal-gap');
  project = journalGap(drill);
  return drill.stop;
});

describe('a terminal that is closed', () => {
  test('during the backup of a drill: it is stopped, and nothing is left', async () => {
    const world = await bareWorld();
    const shell = world.pgmedic(['drill', 'journal-gap']);
    await shell.expectText('Goal: Get 0019');
    await shell.sendKeys('Enter');
    await toRecommendedPlan(shell);
    await shell.sendKeys('Enter');
    await shell.expectText('Ctrl-C stops it safely; nothing is kept');
    await shell.hangUp();
    await world.expectNothingLeft();
    const kept = await world.kept();
    expect(kept.filter((file) => file.includes('/backups/'))).toEqual([]);
    expect(kept.filter((file) => file.includes('/reports/'))).toHaveLength(1);
  });

  deepTest('in line mode', async () => {
    const world = await bareWorld();
    const shell = world.pgmedic(['--dir', project.dir, '--plain']);
    await shell.expectText('❯ Reconcile the journal (recommended)');
    await shell.hangUp();
    await world.expectNothingLeft();
    expect((await world.kept()).filter((file) => file.includes('/reports/'))).toHaveLength(1);
  });
});

deepTest('at a prompt of line mode Ctrl-C leaves', async () => {
  const world = await lightWorld();
  const shell = world.pgmedic(['--dir', project.dir, '--plain']);
  await shell.expectText('❯ Reconcile the journal (recommended)');
  await shell.sendKeys('Ctrl-C');
  await shell.expectExit(1);
  expect(shell.transcript()).toMatch(/\nReport: .*\.md$/);
});

deepTest('at a prompt of line mode Ctrl-D leaves, and the step that asked is not run', async () => {
  const world = await lightWorld();
  const shell = world.pgmedic(['--dir', project.dir, '--plain']);
  for (const prompt of ['? What now?', '? Migrations that were', '? Go on with this', '? Enter']) {
    await shell.expectText(prompt);
    await shell.expectText(/[❯:] \S*/);
    await shell.sendKeys('Enter');
  }
  await shell.expectText('? y: write exactly this');
  await shell.sendKeys('Ctrl-D');
  await shell.expectExit(1);
  expect(shell.transcript()).toContain('\nnot run: Write the journal\n');
  expect(shell.transcript()).toMatch(/\nReport: .*\.md$/);
  expect(await written(project)).toEqual({ rows: 16, entries: 16 });
});

test.each(inDepth(['SIGHUP'] as const, ['SIGTERM', 'SIGHUP'] as const))(
  '%s leaves as q does',
  async (signal) => {
    const world = await lightWorld();
    const shell = world.pgmedic(['--dir', project.dir]);
    await shell.expectText('(recommended)');
    shell.kill(signal);
    await shell.expectExit(signal === 'SIGTERM' ? 1 : 128 + 1);
    expect(shell.transcript()).toContain('nothing was written to the database or the files.');
    expect(shell.transcript()).toMatch(/\nReport: .*\.md$/);
    expect(shell.raw().endsWith('\u001b[?25l')).toBe(false);
  },
);
