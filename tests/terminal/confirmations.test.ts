import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SETTLE } from '../../src/core/session/step-moves.js';
import { deepTest } from '../support/deep-test.js';
import type { Ground, Kind, ToConfirm } from './confirming.js';
import { openGround } from './confirming.js';
import type { Face } from './faces.js';
import { dense, faces } from './faces.js';
import type { Terminal } from './support.js';
import { expectOneTranscript } from './window.js';
import type { World } from './world.js';
import { lightWorld } from './world.js';

/**
 * Every kind of confirmation, on every face, and what may come between: the database says what was
 * written, and the rest has to agree with it.
 */

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

const kinds: readonly Kind[] = ['key', 'command', 'word', 'name', 'reason'];

/** Always run; the others are their twins. */
const always: readonly string[] = ['the screen: name, disturbed', 'line mode: reason, disturbed'];

for (const face of faces) {
  for (const kind of kinds) {
    const cell = (event: string, run: (face: Face, kind: Kind) => Promise<void>): void => {
      const name = `${face.name}: ${kind}, ${event}`;
      const one = always.includes(name) ? test : deepTest;
      one(name, () => run(face, kind));
    };
    cell('disturbed', disturbed);
    cell('Ctrl-C', leftByCtrlC);
    cell('hang-up', leftByHangUp);
  }
}

/** What is no yes writes nothing; a yes, twice, writes once; Ctrl-C at the next step says what is. */
async function disturbed(face: Face, kind: Kind): Promise<void> {
  const { world, plan, yeses } = await open(kind);
  const shell = inShell(world, face, plan);
  await toQuestion(shell, face, kind, plan);
  expect(await yeses()).toBe(0);
  const unharmed = async (what: string): Promise<void> => {
    // In one chunk with the key before, it is a paste.
    const isAsked = (): boolean => face.asks(shell, plan.asks);
    await shell.pressUntilSo('Ctrl-U', isAsked, `"${plan.asks}" to be asked`);
    expect(await yeses(), what).toBe(0);
  };

  for (const { text, shows } of face.pastes(plan.answer)) {
    await showing(shell, shows, () => shell.paste(text));
    await unharmed(`a paste of ${JSON.stringify(text)}`);
  }
  // In lines, where no reason is typed, it goes back.
  if (face.name === 'the screen' || kind !== 'reason') {
    await shell.sendKeys(...Array.from({ length: 20 }, () => 'Enter'));
    // Where they came in one chunk, it is a paste.
    await shell.expectText(/Enter is (?:never|not) a yes|It takes a reason|at once|paste does/);
    await unharmed('Enter, held');
  }
  for (const [columns, rows] of [
    [60, 15],
    [70, 24],
    [120, 40],
    [80, 24],
  ] as const) {
    shell.resize(columns, rows);
    // A prompt is drawn anew with the next key.
    await shell.sendKeys('x');
  }
  await unharmed('a window that is smaller and larger');

  await shell.sendKeys('Ctrl-Z');
  await shell.expectText('the shell:');
  expectCooked(shell);
  await showing(shell, plan.asks, () => shell.paste(`${plan.answer}\r`));
  await unharmed('what was said to the shell');

  const next = kind === 'reason' ? 'y: write exactly this' : plan.asks;
  // A key that follows a paste at once counts for no more than it, however long it is held.
  await pause(SETTLE);
  await face.sayTwice(shell, plan.answer);
  await shell.expectText(kind === 'reason' ? 'Step 1 of 2' : 'Step 2 of 2');
  await shell.waitFor(() => dense(shell.screen()).includes(dense(next)), 'the next question');
  expect(await yeses()).toBe(1);
  await shell.sendKeys('Ctrl-C');
  await shell.expectSaid('ended with 1');
  expect(await yeses()).toBe(1);
  expect(await plan.written()).toBe(kind === 'reason' ? 0 : 1);
  const said = shell.transcript();
  expect(said).toMatch(face.tells[kind === 'reason' ? 'not run' : 'done']('Mark first'));
  expect(said).toMatch(face.tells['not run']('Mark second'));
  // What was written was read again.
  if (kind !== 'reason') expect(said).toContain('"Mark second" did not complete. Now: nothing');
  expect(said).toMatch(/\nReport: .*\.md\n/);
  // It was drawn beneath what the shell had said, and not over it.
  expect(said).toContain(`the shell: ${plan.answer}\n`);
  expectCooked(shell);
  expectOneTranscript(shell);
}

async function leftByCtrlC(face: Face, kind: Kind): Promise<void> {
  const { world, plan, yeses } = await open(kind);
  const shell = inShell(world, face, plan);
  await toQuestion(shell, face, kind, plan);
  await face.typeHalf(shell, plan.answer);
  if (face.name === 'the screen') {
    await shell.expectText(kind === 'reason' ? 'ctrl-c back to the plan' : /ctrl-c leave|q leave/);
  }
  await shell.sendKeys('Ctrl-C');
  if (kind === 'reason') {
    // It is no step yet: one is back at the plan, and the backup is there.
    await shell.expectText('Not accepted; nothing may rest on it.');
    await shell.sendKeys('Ctrl-C');
    await shell.expectSaid('ended with 1');
  } else {
    await shell.expectSaid('ended with 1');
    expect(shell.transcript()).toMatch(face.tells['not run']('Mark first'));
    expect(shell.transcript()).toMatch(face.tells['not run']('Mark second'));
  }
  expect(await yeses()).toBe(0);
  expect(await plan.written()).toBe(0);
  expectCooked(shell);
  expect(await reports(world)).toHaveLength(1);
}

async function leftByHangUp(face: Face, kind: Kind): Promise<void> {
  const { world, plan, yeses } = await open(kind);
  const shell = world.pgmedic(['--dir', plan.dir, ...face.args], { env: face.env });
  await toQuestion(shell, face, kind, plan);
  // Without a shell nobody could bring it back, so it goes on; the system sees to that itself where it has the line.
  if (face.name !== 'a screen reader') {
    await showing(shell, plan.asks, () => shell.paste('\u001a'));
    await asked(shell, face, plan.asks);
  }
  await face.typeHalf(shell, plan.answer);
  await shell.hangUp();
  expect(await shell.exit()).toBe(128 + 1);
  await world.expectNothingLeft();
  expect(await yeses()).toBe(0);
  expect(await plan.written()).toBe(0);
  const [report = ''] = await reports(world);
  expect(report).not.toContain('Outcome: done');
  if (kind !== 'reason') expect(report).toMatch(/Mark first\n[^]*Outcome: not run\n/);
}

async function open(kind: Kind) {
  const world = await lightWorld();
  const plan = await ground.toConfirm(kind);
  // A reason is written down, and nothing else yet.
  const yeses = async (): Promise<number> => (kind === 'reason' ? accepted(world) : plan.written());
  return { world, plan, yeses };
}

/** A shell with job control around it, as in life: it has the terminal while the program is stopped, and says at the end how that was left and with which code. */
function inShell(world: World, face: Face, plan: ToConfirm): Terminal {
  const env = Object.entries(face.env).map(([name, value]) => `${name}=${value}`);
  const program = [world.node, world.program, '--dir', plan.dir, ...face.args, ...world.args];
  const command = ['env', ...env, ...program].map((word) => `'${word}'`).join(' ');
  const whenStopped = `stty -a; printf 'the shell: '; read answer; fg; code=$?`;
  return world.shell(
    `set -m; ${command}; code=$?; while [ $code -gt 140 ]; do ${whenStopped}; done; stty -a; echo "ended with $code"; sleep 0.3`,
  );
}

/** What was typed before the question answers it no more than what came for it. */
async function toQuestion(
  shell: Terminal,
  face: Face,
  kind: Kind,
  { asks, answer, ...plan }: ToConfirm,
): Promise<void> {
  await face.toBackup(shell, { asks, answer, ...plan });
  shell.paste(`${answer}\r`);
  await shell.sendKeys(...answer.split(''), 'Enter');
  if (kind === 'reason') await face.stopProof(shell);
  await asked(shell, face, asks);
  // Before that a key counts for nothing, since nobody has read the step.
  await pause(SETTLE);
}

async function asked(shell: Terminal, face: Face, question: string): Promise<void> {
  await shell.waitFor(() => face.asks(shell, question), `"${question}" to be asked`);
}

/** Does it, and waits until the program shows this anew. */
async function showing(shell: Terminal, text: string, act: () => void): Promise<void> {
  const before = shell.raw().length;
  act();
  const shown = (): string => dense(stripVTControlCharacters(shell.raw().slice(before)));
  await shell.waitFor(() => shown().includes(dense(text)), `"${text}" anew`);
}

/** The terminal is as a shell wants it. */
function expectCooked(shell: Terminal): void {
  const said = shell.transcript();
  const modes = said.slice(said.lastIndexOf('speed '));
  expect(modes).toMatch(/ icanon .*/);
  expect(modes).not.toMatch(/ -(?:icanon|echo|isig|opost|icrnl) /);
  const raw = shell.raw();
  expect(raw.lastIndexOf('\u001b[?25l')).toBeLessThanOrEqual(raw.lastIndexOf('\u001b[?25h'));
}

async function filesNamed(world: World, end: string): Promise<readonly string[]> {
  const root = join(world.home, '.local/state/pgmedic');
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(end));
  return Promise.all(names.map((name) => readFile(join(root, name), 'utf8')));
}

const reports = (world: World): Promise<readonly string[]> => filesNamed(world, '.md');

async function accepted(world: World): Promise<number> {
  const logs = await filesNamed(world, '/run.jsonl');
  expect(logs).toHaveLength(1);
  return logs.join('').split('"type":"backup-accepted"').length - 1;
}
