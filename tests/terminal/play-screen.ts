import type { Play } from './plays.js';
import { choiceFor, wordToType } from './plays.js';
import type { Terminal } from './support.js';
import { toBoard, walkTo } from './walk.js';

/** A drill on the screen: its page, one hint, each playbook by keys, and out. */
export async function playOnScreen(shell: Terminal, plays: readonly Play[]): Promise<void> {
  await shell.expectText('Goal: ');
  await shell.sendKeys('h');
  await shell.expectText('Hint 1 of ');
  await shell.sendKeys('Enter');
  for (const play of plays) await playThrough(shell, play);
  await shell.sendKeys('q');
}

/** From the board to its end. */
async function playThrough(shell: Terminal, play: Play): Promise<void> {
  if (shell.screen().includes('enter board')) await shell.pressUntil('Enter', /migration +file/);
  await toBoard(shell);
  if (play.of !== undefined) {
    await shell.sendKeys('Home');
    await shell.expectText(/migration +file.*\n▸/);
    // A long name is cut in its middle.
    const begins = play.of.slice(0, 12);
    await walkTo(shell, 'Down', `▸  ${begins}`);
    await shell.sendKeys('Space');
    await shell.expectText(`▸■ ${begins}`);
  }
  await shell.sendKeys('p');
  await shell.expectText(/▸ .*\n/);
  await walkTo(shell, 'Down', `▸ ${play.title}`);
  await shell.sendKeys('Enter');
  // The clock alone changes the screen once a second.
  for (let tries = 0; tries < 120; tries += 1) {
    const before = shell.screen();
    if (before.includes('enter board')) return;
    await answer(shell, before, play);
  }
  throw new Error(`${play.title} does not end. The screen:\n${shell.screen()}`);
}

/** What the screen asks for now. */
async function answer(shell: Terminal, screen: string, play: Play): Promise<void> {
  const changed = (): Promise<void> =>
    shell.waitFor(() => shell.screen() !== screen, 'the screen to go on');
  const step = /Step \d+ of \d+/.exec(screen)?.[0];
  const typed = wordToType(screen);
  if (step !== undefined && typed !== undefined) {
    await shell.typeWord(typed);
    await shell.sendKeys('Enter');
    await shell.waitFor(() => !shell.screen().includes(step), `${step} to end`);
  } else if (step !== undefined && screen.includes('Press y')) {
    await shell.sendKeys('y');
    await changed();
  } else if (step !== undefined && screen.includes('enter go on')) {
    await shell.sendKeys('Enter');
    await shell.waitFor(() => !shell.screen().includes(`${step} `), `${step} to end`);
  } else if (/question \d+ of \d+/.test(screen)) {
    const choice = choiceFor(play, screen);
    if (choice !== null) await walkTo(shell, 'Down', new RegExp(`^ ▸ .*${choice}`, 'm'));
    else if (play.answer !== undefined && /▸ ▏\n(?![^]*May be left empty)/.test(screen)) {
      shell.paste(play.answer);
      await shell.expectText(/\S▏/);
    }
    await shell.sendKeys('Enter');
    await changed();
  } else if (screen.includes('Plan: ')) {
    await shell.sendKeys('Enter');
    await changed();
  } else {
    await changed();
  }
}
