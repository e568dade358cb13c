import { setTimeout as pause } from 'node:timers/promises';
import type { ToConfirm } from './confirming.js';
import type { Terminal } from './support.js';
import { toBoard, walkTo } from './walk.js';

/** The same way to a confirmation on each face of the program, and the same disturbances there. */
export interface Face {
  readonly name: 'the screen' | 'line mode' | 'a screen reader';
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** From the start to the backup that the plan takes. */
  toBackup(shell: Terminal, plan: ToConfirm): Promise<void>;
  /** Ends the proof alone, once it runs. */
  stopProof(shell: Terminal): Promise<void>;
  /** Whether this is what is asked now, with nothing typed. */
  asks(shell: Terminal, question: string): boolean;
  /** A part of the answer, and no Enter. */
  typeHalf(shell: Terminal, answer: string): Promise<void>;
  /** Says yes, and goes on pressing as somebody does who is in a hurry. */
  sayTwice(shell: Terminal, answer: string): Promise<void>;
  /** What is pasted here, and what shows that it was no answer. */
  readonly pastes: (answer: string) => readonly { readonly text: string; readonly shows: string }[];
  /** How it says what became of a step. */
  readonly tells: Readonly<Record<'done' | 'not run', (title: string) => RegExp>>;
}

/** Without blanks and breaks, which depend on the width of the window. */
export function dense(text: string): string {
  return text.replaceAll(/\s+/g, '');
}

/** The text from the last place on at which this begins. */
function fromLast(text: string, beginning: string): string {
  return text.slice(text.lastIndexOf(beginning));
}

const screen: Face = {
  name: 'the screen',
  args: [],
  env: {},
  toBackup: async (shell, { title }) => {
    await toBoard(shell);
    await shell.sendKeys('p');
    await shell.expectText(/▸ .*\n/);
    await walkTo(shell, 'Down', `▸ ${title}`);
    await shell.sendKeys('Enter');
    await shell.expectText(`Plan: ${title}`);
    await shell.sendKeys('Enter');
    await shell.expectText('Ctrl-C stops it safely; nothing is kept');
  },
  stopProof: async (shell) => {
    await shell.expectText('s stop the proof alone');
    await shell.sendKeys('s');
  },
  asks: (shell, question) => {
    const seen = shell.screen();
    return dense(seen).includes(dense(question)) && (!seen.includes('▏') || seen.includes(' ▸ ▏'));
  },
  typeHalf: async (shell, answer) => {
    if (answer.length > 1) await shell.typeWord(answer.slice(0, -1));
  },
  sayTwice: async (shell, answer) => {
    if (answer.length > 1) await shell.typeWord(answer);
    // Not let go: it repeats for longer than a step has to be seen.
    const key = answer.length > 1 ? 'Enter' : answer;
    await shell.sendKeys(...Array.from({ length: 50 }, () => key));
  },
  pastes: (answer) =>
    [`${answer}\r`, `\u001b[200~${answer}\r\u001b[201~`, `${answer}\r${answer}\r`].map((text) => ({
      text,
      shows: answer.length > 1 ? `${answer}▏` : 'Several keys came at once',
    })),
  tells: {
    done: (title) => new RegExp(`✓ +done +${title}\\n`),
    'not run': (title) => new RegExp(` not run +${title}\\n`),
  },
};

const told: Face['tells'] = {
  done: (title) => new RegExp(`done: ${title}\\n`),
  'not run': (title) => new RegExp(`not run: ${title}\\n`),
};

const plain: Face = {
  name: 'line mode',
  args: ['--plain'],
  env: {},
  toBackup: async (shell, { title }) => {
    await shell.expectText('? What now?');
    await walkTo(shell, 'Down', `❯ ${title}`);
    await shell.sendKeys('Enter');
    await shell.expectText('❯ Take the backup');
    await shell.sendKeys('Enter');
    await shell.expectSaid('Taking a backup and proving it.');
  },
  stopProof: async (shell) => {
    await shell.expectSaid('not proven yet');
    await shell.sendKeys('Ctrl-C');
  },
  asks: (shell, question) => {
    const last = dense(fromLast(shell.transcript(), '\n? '));
    return last.startsWith(dense(`?${question}`)) && /(?:leaves:|theplan\.)$/.test(last);
  },
  typeHalf: async (shell, answer) => {
    await shell.sendKeys(...answer.slice(0, -1).split(''));
  },
  sayTwice: async (shell, answer) => {
    await shell.sendKeys(...answer.split(''));
    await shell.waitFor(() => shell.screen().endsWith(answer), `${answer} to be typed`);
    const answered = (): number => shell.transcript().split('\n✔ ').length;
    const before = answered();
    await shell.sendKeys('Enter');
    await shell.waitFor(() => answered() > before, 'the answer to be taken');
    shell.paste(`${answer}\r`);
  },
  pastes: (answer) =>
    [`${answer}\r`, `\u001b[200~${answer}\r\u001b[201~`, `${answer}\r${answer}\r`].map((text) => ({
      ...{ text, shows: 'as a paste does. Type it.' },
    })),
  tells: told,
};

const onlyTheFirst = 'Several lines came at once, as from a paste; the first alone was taken.';

const reader: Face = {
  name: 'a screen reader',
  args: [],
  env: { INK_SCREEN_READER: 'true' },
  toBackup: async (shell, { playbook }) => {
    await shell.expectSaid(/What now\?\n[^]*\nNumber[^\n]*:$/);
    await sayLine(shell, playbook);
    await shell.expectSaid(/so far\nNumber, Enter takes 1:$/);
    await sayLine(shell, '1');
    await shell.expectSaid('Taking a backup and proving it.');
  },
  stopProof: plain.stopProof,
  asks: (shell, question) => {
    const said = shell.transcript().replaceAll(onlyTheFirst, '');
    const last = dense(fromLast(said, `\n${question.slice(0, 10)}`));
    return last.startsWith(dense(question)) && /(?:leaves:|theplan\.)$/.test(last);
  },
  typeHalf: plain.typeHalf,
  sayTwice: async (shell, answer) => sayLine(shell, `${answer}\r${answer}`),
  // Who pastes the right line alone has answered: nothing tells it from one that was typed.
  pastes: (answer) => [
    // Of a reason, every line would do.
    ...(answer === 'because' ? [] : [{ text: `x\r${answer}\r${answer}\r`, shows: onlyTheFirst }]),
  ],
  tells: told,
};

/** Lines in one breath would be taken for a paste. */
async function sayLine(shell: Terminal, line: string): Promise<void> {
  await pause(200);
  await shell.sendKeys(`${line}\r`);
}

export const faces: readonly Face[] = [screen, plain, reader];
