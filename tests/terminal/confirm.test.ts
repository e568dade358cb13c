import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';
import { start } from '../drill/support.js';
import type { Project } from './truth.js';
import { journalGap, written } from './truth.js';
import { throughBackup, toQuestion, toRecommendedPlan } from './walk.js';
import { resizeAbout } from './window.js';
import { bareWorld } from './world.js';
import { deepTest } from '../support/deep-test.js';

/** What confirms a step on the screen and what does not; what Ctrl-C leaves behind. */

test('neither Enter nor a paste writes; the window may change; Ctrl-C stops a step that waits', async () => {
  const world = await bareWorld();
  const project = journalGap(await start('journal-gap'));
  const shell = world.pgmedic(['--dir', project.dir]);
  await toQuestion(shell);
  await resizeAbout(shell, 'question 1 of 1');
  await shell.sendKeys('Escape');
  await shell.expectText('(recommended)');
  await resizeAbout(shell, '▸  0019_webauthn_mfa');
  await toRecommendedPlan(shell);
  await throughBackup(shell, 6);
  const asFound = { rows: 16, entries: 16 };

  await shell.sendKeys('Enter');
  await shell.expectText('Step 2 of 6');
  await shell.expectText('Press y: write exactly this.');
  await shell.sendKeys('Enter');
  await shell.expectText('Enter is never a yes.');
  shell.paste('yyyy');
  await shell.expectText('Several keys came at once');
  await resizeAbout(shell, 'Press y: write exactly this.');
  expect(await written(project)).toEqual(asFound);
  await shell.pressUntil('y', 'Step 3 of 6');
  const journalWritten = { rows: 16, entries: 19 };

  await shell.expectText('Type apply, then Enter');
  await shell.sendKeys('Enter');
  await shell.expectText('Enter is never a yes.');
  await shell.pressUntil('y', 'y▏');
  await shell.pressUntil('Enter', 'That does not match. Type apply');
  await shell.sendKeys('Ctrl-U');
  // Both in one chunk would be a paste of both.
  await shell.expectText('▸ ▏');
  shell.paste('apply\r');
  await shell.expectText('apply▏');
  await resizeAbout(shell, 'apply▏');
  expect(await written(project)).toEqual(journalWritten);

  await whileLocked(project, async () => {
    await shell.pressUntil('Enter', 'Running: Apply by hand: 0019_webauthn_mfa');
    await shell.expectText('Waiting for 1 session that holds a lock');
    await shell.expectText('none is ended by pgmedic');
    await resizeAbout(shell, 'Waiting for 1 session');
    await shell.sendKeys('Ctrl-C');
    await shell.expectText('"Apply by hand: 0019_webauthn_mfa" did not complete.');
  });
  await shell.expectText(/✗ +FAILED +Apply by hand: 0019_webauthn_mfa/);
  await shell.expectText('Nothing of this step is left behind.');
  expect(await written(project)).toEqual(journalWritten);
  await shell.sendKeys('q');
  await shell.expectExit(1);
  expect(shell.raw()).not.toContain('\u001b[3J');
  await world.expectNothingLeft();
});

deepTest('Ctrl-C at a step leaves before it, and says so', async () => {
  const world = await bareWorld();
  const project = journalGap(await start('journal-gap'));
  const path = join(project.dir, project.migrations, 'meta/_journal.json');
  const journal = await readFile(path);
  const shell = world.pgmedic(['--dir', project.dir]);
  await toRecommendedPlan(shell);

  await shell.sendKeys('Enter');
  await shell.expectText(/Dumping|Restoring|Counting|Preparing the backup/);
  await shell.sendKeys('Ctrl-C');
  await shell.expectText('No backup: It was stopped; nothing of it was kept.');
  await shell.expectText('Plan: Reconcile the journal');
  expect((await world.kept()).filter((file) => file.includes('/backups/'))).toEqual([]);

  await throughBackup(shell, 6);
  await shell.sendKeys('Enter');
  await shell.expectText('Step 2 of 6');
  await shell.sendKeys('Ctrl-C');
  await shell.expectExit(1);
  expect(shell.transcript()).toMatch(/✓ +done +Hold the deploys\n.* not run +Write the journal\n/);
  await world.expectNothingLeft();
  expect(await readFile(path)).toEqual(journal);
  expect(await written(project)).toEqual({ rows: 16, entries: 16 });
});

/** Another session holds the history table against writers, as a migrator does that runs. */
async function whileLocked(project: Project, run: () => Promise<void>): Promise<void> {
  await withConnection(project.databaseUrl, { purpose: 'test' }, async ({ client }) => {
    const { schema, table } = project.table;
    await client.query('BEGIN');
    await client.query(`LOCK TABLE "${schema}"."${table}" IN SHARE ROW EXCLUSIVE MODE`);
    await run();
    await client.query('ROLLBACK');
  });
}
