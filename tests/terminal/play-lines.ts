import type { Play } from './plays.js';
import { choiceFor, wordToType } from './plays.js';
import type { Terminal } from './support.js';
import { walkTo } from './walk.js';

/** A drill in line mode: its page, one hint, each playbook by answering prompts, and out. */
export async function playInLines(shell: Terminal, plays: readonly Play[]): Promise<void> {
  await shell.expectSaid('Goal: ');
  await shell.waitFor(() => isMenu(shell), 'the first menu');
  await pick(shell, 'hint: ');
  await shell.expectSaid('Hint 1 of ');
  for (const play of plays) await playThrough(shell, play);
  await pick(shell, 'Write the report and leave');
}

/** The prompt that waits for an answer, and what stands under it; an answered one begins with another sign. */
function prompt(shell: Terminal): string {
  return /(?:^|\n)\? (?![^]*\n\? )([^]*)$/.exec(shell.screen())?.[1] ?? '';
}

const isMenu = (shell: Terminal): boolean => prompt(shell).startsWith('What now?');
const isEnd = (shell: Terminal): boolean => prompt(shell).includes('Write the report and leave');

async function playThrough(shell: Terminal, play: Play): Promise<void> {
  if (isEnd(shell)) await pick(shell, 'Back to the board');
  await shell.waitFor(() => isMenu(shell) && !isEnd(shell), 'the menu of the board');
  await pick(shell, play.title);
  for (let tries = 0; tries < 120; tries += 1) {
    await shell.waitFor(() => prompt(shell) !== '', 'a prompt');
    if (isEnd(shell)) return;
    await answer(shell, prompt(shell), play);
  }
  throw new Error(`${play.title} does not end. The screen:\n${shell.screen()}`);
}

/** One of the list, by words of its line. */
async function pick(shell: Terminal, words: string): Promise<void> {
  await walkTo(shell, 'Down', new RegExp(`^❯.*${words}`, 'm'));
  await press(shell, 'Enter');
}

async function answer(shell: Terminal, asked: string, play: Play): Promise<void> {
  const typed = wordToType(asked);
  const choice = choiceFor(play, asked);
  if (asked.includes('for which migrations?')) {
    await walkTo(shell, 'Down', `❯◯ ${play.of}`);
    await shell.sendKeys('Space');
    await shell.expectText(`❯◉ ${play.of}`);
    await press(shell, 'Enter');
  } else if (choice !== null) await pick(shell, choice);
  else if (typed !== undefined) await type(shell, typed);
  else if (asked.startsWith('y: ')) await type(shell, 'y');
  else if (/❯ (?!\(nothing)|^Enter |\(Enter: /.test(asked)) await press(shell, 'Enter');
  else await type(shell, play.answer ?? '');
}

async function type(shell: Terminal, text: string): Promise<void> {
  const shown = (): string => prompt(shell).replaceAll(/\s+/g, '');
  const wanted = shown() + text.replaceAll(/\s+/g, '');
  for (const letter of text) await shell.sendKeys(letter);
  await shell.waitFor(() => shown() === wanted, `${text} to be typed`);
  await press(shell, 'Enter');
}

async function press(shell: Terminal, key: string): Promise<void> {
  const answered = (): number => shell.transcript().split('\n✔ ').length;
  const before = answered();
  await shell.sendKeys(key);
  await shell.waitFor(() => answered() > before, 'the prompt to be answered');
}
