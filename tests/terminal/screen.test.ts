import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';
import { start } from '../drill/support.js';
import { deepTest } from '../support/deep-test.js';
import type { Terminal } from './support.js';
import type { Project } from './truth.js';
import { expectMigratorAgrees, journalGap, pushThenMigrate, written } from './truth.js';
import {
  confirmJournalGap,
  throughBackup,
  toMarkAppliedPlan,
  toQuestion,
  toRecommendedPlan,
} from './walk.js';
import { expectOneTranscript, resizeAbout } from './window.js';
import type { World } from './world.js';
import { bareWorld, lightWorld } from './world.js';

/** The recoveries that the drills ask for, on the screen of a real terminal, by keys alone. */

test('a drill from its page to "Solved." in 80x24', async () => {
  const world = await bareWorld();
  const shell = world.pgmedic(['drill', 'journal-gap']);
  await shell.expectText('Goal: Get 0019, 0020 and 0021 applied');
  await shell.sendKeys('Enter');
  await seeEvidenceCome(shell);
  await toRecommendedPlan(shell);
  await throughBackup(shell, 6);
  await confirmJournalGap(shell);
  await shell.sendKeys('q');
  await shell.expectExit(0);
  expect(shell.transcript()).toContain('\nSolved.\n');
  expect(shell.transcript()).toContain('with 0 of 4 hints.');
  expect(shell.transcript()).toContain('\n- Yours: reconcile-journal (4 writes).\n');
  expect(shell.transcript()).toContain('\nNext: pgmedic drill push-then-migrate');
  expectLeftAsFound(shell);
  await world.expectNothingLeft();
  const kept = await world.kept();
  expect(kept.filter((path) => path.endsWith('.sql'))).toHaveLength(1);
  expect(kept.filter((path) => path.endsWith('.md'))).toHaveLength(1);
});

deepTest(
  'a drill that is served to another terminal, in 120x40; then the real migrator has nothing to do',
  async () => {
    const world = await bareWorld();
    const project = journalGap(await serve(world, 'journal-gap'));
    const shell = world.pgmedic(['--dir', project.dir], { columns: 120, rows: 40 });
    await toRecommendedPlan(shell);
    await throughBackup(shell, 6);
    expect(await written(project)).toEqual({ rows: 16, entries: 16 });
    await confirmJournalGap(shell);
    await shell.sendKeys('q');
    await shell.expectExit(0);
    await expectMigratorAgrees(project, 19);
  },
);

deepTest(
  'what was pushed is marked applied; a key that is held confirms one step and no more',
  async () => {
    const world = await lightWorld();
    const drill = await start('push-then-migrate');
    const project = pushThenMigrate(drill);
    const shell = world.pgmedic(['--dir', project.dir]);
    await toMarkAppliedPlan(shell);
    await throughBackup(shell, 6);
    await shell.sendKeys('Enter');
    await shell.expectText('Step 2 of 6');
    await holdOn(shell, project);
    for (const next of [4, 5, 6]) await shell.pressUntil('y', `Step ${next} of 6`);
    await shell.sendKeys('Enter');
    await shell.expectText('The migrator agrees: nothing to run, nothing skipped.');
    await shell.sendKeys('q');
    await shell.expectExit(0);
    await expectMigratorAgrees(project, 5);
    expect(await drill.judge()).toMatchObject({ solved: true });
  },
);

deepTest('what an earlier session wrote is read in its report, and taken back', async () => {
  const world = await lightWorld();
  const project = journalGap(await start('journal-gap'));
  const first = world.pgmedic(['--dir', project.dir]);
  await toQuestion(first);
  await first.sendKeys('Down');
  await first.expectText('▸ no');
  await first.sendKeys('Enter');
  await first.expectText('Plan: Reconcile the journal');
  await throughBackup(first, 3);
  await first.sendKeys('Enter');
  await first.expectText('Step 2 of 3');
  await first.pressUntil('y', 'Step 3 of 3');
  await first.sendKeys('Enter');
  await first.expectText('✓ The migrator agrees');
  await first.sendKeys('q');
  await first.expectExit(0);
  expect(await written(project)).toEqual({ rows: 16, entries: 19 });

  // Left at the confirmation: nothing is taken back.
  const left = world.pgmedic(['--dir', project.dir]);
  await toUndo(left);
  await left.sendKeys('Enter');
  await left.expectText('Enter is never a yes');
  left.paste('yy');
  await left.expectText('Several keys came at once');
  await left.sendKeys('Ctrl-C');
  await left.expectExit(1);
  expect(await written(project)).toEqual({ rows: 16, entries: 19 });

  const shell = world.pgmedic(['--dir', project.dir]);
  await toUndo(shell);
  shell.resize(120, 40);
  await shell.expectText('Step 1 of 1  Take back: Write the journal');
  await shell.pressUntil('y', 'Taken back. Next run of the migrator');
  expect(await written(project)).toEqual({ rows: 16, entries: 16 });
  await shell.sendKeys('Enter');
  await shell.expectText('Reconcile the journal (recommended)');
  await shell.sendKeys('s');
  await shell.expectText('taken back afterwards: journal');
  await shell.sendKeys('q');
  await shell.expectExit(0);
});

/** From the board through the report of the oldest session to the confirmation of its undo. */
async function toUndo(shell: Terminal): Promise<void> {
  await shell.expectText('0019_webauthn_mfa');
  await shell.pressUntil('s', 'Confirmed by');
  await shell.pressUntil('End', 'Playbooks: reconcile-journal');
  await shell.sendKeys('Enter');
  await shell.expectText('Incident report: ');
  await shell.sendKeys('w');
  await shell.expectText('The report is written to');
  await shell.sendKeys('u');
  await shell.expectText('Plan: Undo of journal');
  await throughBackup(shell, 1);
}

/** The board is there at once, by files and rows; its last column follows. */
async function seeEvidenceCome(shell: Terminal): Promise<void> {
  await shell.waitFor(
    () => shell.raw().includes('Looking at the schema'),
    'the look behind the board',
  );
  await shell.expectText(/0018_oidc_state_management( +✓){5} +applied/);
  await shell.expectText(/0019_webauthn_mfa +✓( +✗){2} /);
  await shell.waitFor(
    () => !shell.screen().includes('Looking at the schema'),
    'the look behind the board to end',
  );
}

/** The y of step 2 is not let go: it repeats every 25 ms, for longer than a step has to be seen. */
async function holdOn(shell: Terminal, project: Project): Promise<void> {
  const before = await written(project);
  await shell.pressUntil('y', 'Step 3 of 6');
  await shell.sendKeys(...Array.from({ length: 50 }, () => 'y'));
  await shell.expectText('Too quick');
  await shell.expectText('Step 3 of 6');
  expect((await written(project)).rows).toBe(before.rows + 1);
}

/** The transcript is on the main screen, and the terminal is as it was. */
function expectLeftAsFound(shell: Terminal): void {
  const raw = shell.raw();
  expectOneTranscript(shell);
  expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(raw.lastIndexOf('\u001b[?25l'));
  expect(shell.transcript().match(/Diagnose ─/g)).toHaveLength(1);
}

async function serve(world: World, name: string): Promise<{ databaseUrl: string; dir: string }> {
  const child = spawn(world.node, [world.program, 'drill', name, '--serve'], {
    env: world.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    await ended;
    await world.expectNothingLeft();
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return JSON.parse(line) as { databaseUrl: string; dir: string };
  }
  throw new Error('it ended without a line');
}

/** What confirms a step on the screen and what does not; what Ctrl-C leaves behind. */

deepTest(
  'neither Enter nor a paste writes; the window may change; Ctrl-C stops a step that waits',
  async () => {
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
  },
);

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
