import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { start } from '../drill/support.js';
import type { Terminal } from './support.js';
import { expectMigratorAgrees, journalGap, pushThenMigrate, written } from './truth.js';
import { lightWorld } from './world.js';
import { inDepth } from '../support/cases.js';
import { deepTest } from '../support/deep-test.js';

/** The same recoveries in line mode: on a terminal, on one that can do nothing, and without any. */

deepTest('lines of a pipe, all of them there from the start', async () => {
  const world = await lightWorld();
  const project = journalGap(await start('journal-gap'));
  const confirmed = ['y', 'apply', 'apply', 'apply'];
  const lines = ['reconcile-journal', 'yes', 'go', '', ...confirmed, '', 'leave'];
  const { code, said } = await world.piped(['--dir', project.dir], lines);
  expect(said).toContain('\nThe migrator agrees: nothing to run, nothing skipped.\n');
  expect(said).not.toContain('\u001b');
  expect(code).toBe(0);
  await expectMigratorAgrees(project, 19);
});

deepTest('a terminal that cannot move its cursor', async () => {
  const world = await lightWorld();
  const project = journalGap(await start('journal-gap'));
  const shell = world.pgmedic(['--dir', project.dir], { env: { TERM: 'dumb' }, rows: 50 });
  const say = async (question: RegExp, answer: string): Promise<void> => {
    await shell.expectSaid(question);
    // Lines in one breath would be taken for a paste.
    await pause(200);
    await shell.sendKeys(`${answer}\r`);
  };
  await say(/Leave\nNumber, Enter takes 1:$/, '');
  await say(/leave them to the next deploy\nNumber, Enter takes 1:$/, '');
  await say(/so far\nNumber, Enter takes 1:$/, '1');
  await say(/Enter goes on\. n stops here, q leaves:$/, '');
  await say(/y: write exactly this; n stops here, q leaves:$/, '');
  await say(/Enter is not a yes\.\ny: write exactly this; .*$/, 'y');
  for (const step of [3, 4, 5]) {
    await say(new RegExp(`Step ${step} of 6[^]*to write exactly this; .*$`), 'apply');
  }
  await say(/Enter runs this check\. .*$/, '');
  await say(/Write the report and leave\n.*\nNumber:$/, '2');
  await shell.expectExit(0);
  expect(shell.raw()).not.toContain('\u001b');
  await expectMigratorAgrees(project, 19);
});

const readers = [
  ['a screen reader', [], { INK_SCREEN_READER: 'true' }],
  ['an option for one', ['--screen-reader'], {}],
  ['a locale without UTF-8', ['--plain'], { LANG: 'C' }],
] as const;

test.each(inDepth(readers.slice(0, 1), readers))(
  'with %s nothing is drawn over anything, and the board and a migration are read in lines',
  async (_, args, env) => {
    const world = await lightWorld();
    const { dir } = await start('journal-gap');
    const shell = world.pgmedic(['--dir', dir, ...args], { env, rows: 50 });
    const say = async (question: RegExp, answer: string): Promise<void> => {
      await shell.expectSaid(question);
      // Lines in one breath would be taken for a paste.
      await pause(200);
      await shell.sendKeys(`${answer}\r`);
    };
    await say(/Leave\nNumber, Enter takes 1:$/, ':details');
    await say(/0021_add_dashboard_default .*\nNumber:$/, '0020_add_icon_columns');
    await shell.expectSaid(/statement 1 of \d+, ALTER TABLE: not there\n+ALTER TABLE/);
    await say(/What now\?\n[^]*Leave\nNumber, Enter takes 1:$/, ':leave');
    await shell.expectExit(1);
    // oxlint-disable-next-line no-control-regex -- all of ASCII but the escape
    expect(shell.raw()).toMatch(/^[\u0000-\u001a\u001c-\u007f]*$/);
  },
);

deepTest(
  'what was pushed is recorded by prompts; what is pasted, or more than one key, is no answer',
  async () => {
    const world = await lightWorld();
    const drill = await start('push-then-migrate');
    const project = pushThenMigrate(drill);
    const shell = world.pgmedic(['--dir', project.dir, '--plain'], { rows: 40 });
    await answerPrompt(shell, '? What now?', '❯ Baseline (recommended)', 'Enter');
    await answerPrompt(shell, '? Go on with this plan?', '❯ Take the backup', 'Enter');
    await answerPrompt(shell, '? Enter goes on.', 'q leaves:', 'Enter');
    await shell.expectText('? y: write exactly this');

    await shell.sendKeys('Enter');
    await shell.expectText('Enter is not a yes.');
    shell.paste('yyyy');
    await shell.expectText('q leaves: yyyy');
    await shell.sendKeys('Enter');
    await shell.expectText('Answer with y, n or q.');
    shell.paste('y\r');
    await shell.expectText('as a paste does. Type it.');
    expect(await written(project)).toEqual({ rows: 1, entries: 5 });

    await answerPrompt(shell, '? y: write exactly this', 'q leaves:', 'y');
    await shell.expectSaid('Step 3 of 3');
    expect((await written(project)).rows).toBe(5);
    await answerPrompt(shell, '? Enter runs this check.', 'q leaves:', 'Enter');
    await answerPrompt(shell, '? What now?', '❯ (nothing chosen yet)', 'Down', 'Down', 'Enter');
    await shell.expectExit(0);
    await expectMigratorAgrees(project, 5);
    expect(await drill.judge()).toMatchObject({ solved: true });
  },
);

/** Waits for the prompt and what stands in it, then gives names of keys, or a word and Enter; waits until it is answered. */
async function answerPrompt(
  shell: Terminal,
  prompt: string,
  holds: string,
  ...answer: readonly string[]
): Promise<void> {
  await shell.expectText(prompt);
  await shell.expectText(holds);
  const answered = (): number => shell.transcript().split('✔').length;
  const before = answered();
  const [first = ''] = answer;
  if (/^[a-z]+$/.test(first)) {
    await shell.sendKeys(first);
    await shell.waitFor(
      () => shell.screen().trimEnd().endsWith(` ${first}`),
      `${first} to be typed`,
    );
    await shell.sendKeys('Enter');
  } else await shell.sendKeys(...answer);
  await shell.waitFor(() => answered() > before, `an answer to ${prompt}`);
}
