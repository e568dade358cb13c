import { expect } from 'vitest';
import { start } from '../drill/support.js';
import { deepTest } from '../support/deep-test.js';
import type { Terminal } from './support.js';
import { journalGap, written } from './truth.js';
import { throughBackup, toRecommendedPlan } from './walk.js';
import { lightWorld } from './world.js';

/** What comes from outside while a word is typed; for one key the same is in suspend.test.ts and leaving.test.ts. */

const ends: readonly (readonly [string, (shell: Terminal) => Promise<void>])[] = [
  ['a hang-up', (shell) => shell.hangUp()],
  [
    'Ctrl-C',
    async (shell) => {
      await shell.sendKeys('Ctrl-C');
      await shell.exit();
    },
  ],
  [
    'SIGTSTP and SIGCONT, then SIGTERM',
    async (shell) => {
      process.kill(shell.pid, 'SIGTSTP');
      process.kill(shell.pid, 'SIGCONT');
      await shell.expectText('appl▏');
      shell.kill('SIGTERM');
      await shell.exit();
    },
  ],
];

for (const [name, end] of ends) {
  deepTest(`${name} where the word is half typed: the step is not run`, async () => {
    const world = await lightWorld();
    const project = journalGap(await start('journal-gap'));
    const shell = world.pgmedic(['--dir', project.dir]);
    await toRecommendedPlan(shell);
    await throughBackup(shell, 6);
    await shell.sendKeys('Enter');
    await shell.expectText('Step 2 of 6');
    await shell.pressUntil('y', 'Step 3 of 6');
    await shell.typeWord('appl');
    shell.resize(100, 30);
    await shell.expectText('appl▏');
    await end(shell);
    await world.expectNothingLeft();
    expect(await written(project)).toEqual({ rows: 16, entries: 19 });
    expect((await world.kept()).filter((file) => file.includes('/reports/'))).toHaveLength(1);
  });
}
