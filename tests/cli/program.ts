import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Shop } from '../playbooks/shop.js';
import { sandboxServer, testServer } from '../support/server.js';

export const bin = fileURLToPath(new URL('../../bin/pgmedic.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the built program, still going. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Waits until standard error has it; fails when the program ends before. */
  said(what: RegExp): Promise<void>;
  /** The first line of standard output. */
  line(): Promise<string>;
}

export interface Home {
  /** HOME of its runs. */
  readonly path: string;
  readonly state: string;
  start(args: readonly string[], options?: RunOptions): Running;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to a bare environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** An empty home with nothing on the PATH but Node; its cache is that of the whole test run, or its own. */
export function makeHome({ ownCache = false } = {}): Home {
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'pgmedic-home-'));
  const state = join(path, 'state');
  const bare = {
    PATH: dirname(process.execPath),
    HOME: path,
    XDG_STATE_HOME: state,
    NO_COLOR: '1',
    ...(ownCache ? {} : { XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] }),
    ...(process.env['TMPDIR'] === undefined ? {} : { TMPDIR: process.env['TMPDIR'] }),
  };
  const start: Home['start'] = (args, { cwd = path, env = {} } = {}) => {
    const all = Object.entries({ ...bare, ...env }).filter(([, value]) => value !== undefined);
    return follow(
      spawn(process.execPath, [bin, ...args], {
        cwd,
        env: Object.fromEntries(all),
      }),
    );
  };
  return {
    path,
    state,
    start,
    run: (args, options) => {
      const running = start(args, options);
      running.child.stdin?.end();
      return running.ended;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

function follow(child: ChildProcess): Running {
  const text = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (data: string) => {
      text[name] += data;
      for (const look of waiting) look();
    });
  }
  let over: Ended | null = null;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      over = { code, signal, ...text };
      for (const look of waiting) look();
      resolve(over);
    });
  });
  const until = (condition: () => boolean, what: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!condition() && over === null) return;
        waiting.delete(look);
        if (condition()) resolve();
        else reject(new Error(`it ended without ${what}: ${JSON.stringify(over)}`));
      };
      waiting.add(look);
      look();
    });
  return {
    child,
    ended,
    said: (what) => until(() => what.test(text.stderr), String(what)),
    line: async () => {
      await until(() => text.stdout.includes('\n'), 'a line');
      return text.stdout.slice(0, text.stdout.indexOf('\n'));
    },
  };
}

/** Options that lead to a shop, with the run's one server for the proof of backups. */
export function at(shop: Shop): string[] {
  return ['--dir', shop.dir, '--database-url', shop.url, '--sandbox-url', sandboxServer().adminUrl];
}

/** The object on standard output, and nothing else there. */
export function json({ stdout }: Ended): unknown {
  return JSON.parse(stdout);
}

/** A clear message on standard error: what is the case, no stack, no word of ours about a bug, no password. */
export function expectRefusal(
  ended: Ended,
  code: number,
  ...says: readonly (RegExp | string)[]
): void {
  const { stdout, stderr } = ended;
  const shown = `${stdout}\n${stderr}`;
  expect({ code: ended.code, shown }).toMatchObject({ code });
  expect(shown).not.toMatch(/^\s+at .*[:(]\d+:\d+/m);
  expect(shown).not.toMatch(/mistake in pgmedic|undefined|\[object|TypeError|Error:/);
  const password = new URL(testServer().adminUrl).password;
  expect(shown).not.toContain(password);
  for (const what of says) {
    if (typeof what === 'string') expect(stderr).toContain(what);
    else expect(stderr).toMatch(what);
  }
}
