import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from './measure.js';

/** A program with a list, as the bench sees it. */
export interface Listed {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Environment;
  /** What its keys send. */
  readonly keys: Readonly<Record<'up' | 'down' | 'first', string>>;
  /** The row under the cursor, from 0, once a picture with it is complete; null: not yet. */
  readonly position: (screen: string) => number | null;
}

/** What keys cost. */
export interface KeyCost {
  /** Milliseconds from the key to the complete picture. */
  readonly times: readonly number[];
  /** Sent for a key. */
  readonly bytes: number;
  /** Milliseconds of the program's own work for a key, whatever else the machine does; null where there is no /proc. */
  readonly work: number | null;
}

export interface ListWindow {
  /** Milliseconds from the start of the program until its list stood there. */
  readonly firstFrame: number;
  screen(): string;
  send(key: string): void;
  until(condition: (screen: string) => boolean, what: string): Promise<void>;
  /** Goes down from the first row, and up again before the last one. */
  press(keys: number, between: () => number, rows: number): Promise<KeyCost>;
  close(): Promise<void>;
}

export const size = { cols: 100, rows: 30 };

/** Longer than 10,000 migrations take to be looked at. */
const patience = 600_000;

/** Of a terminal as it starts, and of one whose program asked for the keypad's own. */
export const arrows = { up: '\u001b[A', down: '\u001b[B', first: '\u001b[H' };
export const keypad = { up: '\u001bOA', down: '\u001bOB', first: '\u001bOH' };

/** Nothing more comes after a key, milliseconds. */
const quiet = 40;

export async function openList(listed: Listed): Promise<ListWindow> {
  const terminal = new xterm.Terminal({ ...size, allowProposedApi: true });
  const began = performance.now();
  const child = pty.spawn(listed.command, [...listed.args], {
    ...size,
    name: 'xterm-256color',
    env: listed.env,
    ...(listed.cwd !== undefined && { cwd: listed.cwd }),
  });
  const exited = new Promise<void>((resolve) => void child.onExit(() => resolve()));
  let ended = false;
  void exited.then(() => (ended = true));
  let bytes = 0;
  let drawn = (): void => {};
  child.onData((data) => {
    bytes += Buffer.byteLength(data);
    terminal.write(data, () => drawn());
  });
  terminal.onData((answer) => child.write(answer));

  const screen = (): string => {
    const { active } = terminal.buffer;
    const lines = Array.from(
      { length: terminal.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
    return lines.join('\n');
  };
  const until: ListWindow['until'] = (condition, what) =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (condition(screen())) done();
        else if (ended) done(`ended without ${what}`);
      };
      const done = (why?: string): void => {
        clearTimeout(timer);
        drawn = () => {};
        if (why === undefined) resolve();
        else reject(new Error(`${listed.command} ${listed.args.join(' ')} ${why}:\n${screen()}`));
      };
      const timer = setTimeout(() => done(`waited in vain for ${what}`), patience);
      drawn = check;
      void exited.then(() => terminal.write('', check));
      check();
    });

  await until((shown) => listed.position(shown) !== null, 'its list');
  const firstFrame = performance.now() - began;

  const press: ListWindow['press'] = async (keys, between, rows) => {
    const way = wayOf(keys, rows);
    const sentAt: number[] = [];
    const times: number[] = [];
    // A picture may stand for several keys: then all of them are on it.
    drawn = () => {
      const shown = listed.position(screen());
      if (shown === null) return;
      const at = way.lastIndexOf(shown, sentAt.length - 1);
      while (times.length <= at) times.push(performance.now() - (sentAt[times.length] ?? NaN));
    };
    const [before, worked] = [bytes, await workOf(child.pid)];
    for (const [index, row] of way.entries()) {
      const up = row < (way[index - 1] ?? 0);
      sentAt.push(performance.now());
      child.write(up ? listed.keys.up : listed.keys.down);
      await pause(between());
    }
    await until(
      (shown) => times.length >= keys || listed.position(shown) === way.at(-1),
      'the last key',
    );
    await pause(quiet);
    const last = performance.now();
    while (times.length < keys) times.push(last - (sentAt[times.length] ?? NaN));
    const works = await workOf(child.pid);
    const work = works === null || worked === null ? null : (works - worked) / keys;
    return { times, bytes: (bytes - before) / keys, work };
  };

  return {
    firstFrame,
    screen,
    send: (key) => child.write(key),
    until,
    press,
    async close() {
      child.kill('SIGTERM');
      const stubborn = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(stubborn);
      terminal.dispose();
    },
  };
}

/** The rows under the cursor after each key. */
function wayOf(keys: number, rows: number): readonly number[] {
  const way: number[] = [];
  let [at, step] = [0, 1];
  while (way.length < keys) {
    if (at + step < 0 || at + step >= rows) step = -step;
    way.push((at += step));
  }
  return way;
}

/** Milliseconds that a process has worked, its threads too: of Linux, which counts them in hundredths of a second. */
async function workOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? null : (Number(fields[11]) + Number(fields[12])) * 10;
}
