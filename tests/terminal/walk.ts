import type { Terminal } from './support.js';

/** Ways through the screen by keys alone, each step of them seen before the next key. */

/** Waits for the board of the screen, with its evidence. */
export async function toBoard(shell: Terminal): Promise<void> {
  await shell.waitFor(
    () => /migration +file/.test(shell.screen()) && !/Looking at the schema/.test(shell.screen()),
    'the board with its evidence',
  );
}

/** One key after another until the window shows it. */
export async function walkTo(shell: Terminal, key: string, text: string | RegExp): Promise<void> {
  const there = (): boolean =>
    typeof text === 'string' ? shell.screen().includes(text) : text.test(shell.screen());
  for (let tries = 0; !there(); tries += 1) {
    if (tries > 40) throw new Error(`No ${String(text)} on the screen:\n${shell.screen()}`);
    // The clock changes the screen, too.
    const cursor = (): string | undefined => /^ ?[▸❯].*$/m.exec(shell.screen())?.[0];
    const before = cursor();
    await shell.sendKeys(key);
    await shell.waitFor(() => cursor() !== before, `the cursor to move with ${key}`);
  }
}

/** From the board to the question that the recommended playbook asks. */
export async function toQuestion(shell: Terminal): Promise<void> {
  await shell.expectText('Reconcile the journal (recommended)');
  await shell.sendKeys('Enter');
  await shell.expectText('Treats here');
  await shell.sendKeys('Enter');
  await shell.expectText('question 1 of 1');
}

/** From the board through the recommended playbook to its plan; the answer is the suggested one. */
export async function toRecommendedPlan(shell: Terminal): Promise<void> {
  await toQuestion(shell);
  await shell.sendKeys('Enter');
  await shell.expectText('Plan: Reconcile the journal');
}

/** From a plan through its backup to the first step. */
export async function throughBackup(shell: Terminal, steps: number): Promise<void> {
  await shell.sendKeys('Enter');
  await shell.expectText('Ctrl-C stops it safely; nothing is kept');
  await shell.expectText(`Step 1 of ${steps}`);
}

/** From the first step of the plan of `journal-gap` to the verdict. */
export async function confirmJournalGap(shell: Terminal): Promise<void> {
  await shell.sendKeys('Enter');
  await shell.expectText('Step 2 of 6');
  await shell.pressUntil('y', 'Step 3 of 6');
  for (const next of [4, 5, 6]) {
    await shell.typeWord('apply');
    await shell.pressUntil('Enter', `Step ${next} of 6`);
  }
  await shell.sendKeys('Enter');
  await shell.expectText('The migrator agrees: nothing to run, nothing skipped.');
}

/** From the board of `push-then-migrate`, once it is seen that all is there, to the plan that marks 0001 to 0004 applied. */
export async function toMarkAppliedPlan(shell: Terminal): Promise<void> {
  await shell.expectText('Baseline (recommended)');
  await shell.expectText('▸  0001_bright_pixie');
  for (const [index, tag] of ['0001', '0002', '0003', '0004'].entries()) {
    if (index > 0) await shell.sendKeys('Down');
    await shell.expectText(`▸  ${tag}`);
    await shell.sendKeys('Space');
    await shell.expectText(`▸■ ${tag}`);
  }
  await shell.expectText('4 chosen');
  await shell.sendKeys('Enter');
  await shell.expectText('▸ Baseline');
  await shell.pressUntil('Down', '▸ Mark applied');
  await shell.sendKeys('Enter');
  await shell.expectText('Plan: Mark applied');
}
