import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Terminal, TerminalOptions } from './support.js';
import { sandboxServer } from '../support/server.js';
import { openTerminal } from './support.js';

/** The built program, as it is started by its user. */
const program = fileURLToPath(new URL('../../bin/pgmedic.js', import.meta.url));

/** A machine as bare as can be: an empty HOME, and nothing but Node on the PATH. Gone after the test. */
export interface World {
  readonly node: string;
  readonly program: string;
  readonly home: string;
  /** TMPDIR: sandboxes and drills are made here. */
  readonly temp: string;
  readonly env: Readonly<Record<string, string>>;
  /** Arguments that each of its runs gets. */
  readonly args: readonly string[];
  /** `pgmedic` with these arguments in a terminal; it is ended with the test at the latest. */
  pgmedic(args: readonly string[], options?: Options): Terminal;
  /** A command line of sh, which has the PATH of the test. */
  shell(command: string): Terminal;
  /** `pgmedic` with these arguments and no terminal: its input is these lines. */
  piped(args: readonly string[], lines: readonly string[]): Promise<{ code: number; said: string }>;
  /** Files below the state folder, relative to it: run logs, backups, reports. */
  kept(): Promise<readonly string[]>;
  /** Waits until no sandbox, drill or server of this world is left. */
  expectNothingLeft(): Promise<void>;
}

type Options = Partial<Pick<TerminalOptions, 'columns' | 'rows' | 'env' | 'limit'>>;

/** A bare world whose runs prove their backups on the run's own sandbox server and share its cache: for what is not about a sandbox. */
export async function lightWorld(): Promise<World> {
  const env = { XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? '' };
  return bareWorld({ args: ['--sandbox-url', sandboxServer().adminUrl], env });
}

export async function bareWorld(
  more: { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } = {
    args: [],
    env: {},
  },
): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), 'pgm-'));
  // For root, the sandbox runs as somebody else, who has to come in here.
  await chmod(root, 0o711);
  const [bin, home, temp] = [join(root, 'bin'), join(root, 'home'), join(root, 't')];
  await Promise.all([mkdir(bin), mkdir(home), mkdir(temp)]);
  await chmod(temp, 0o1777);
  const node = join(bin, 'node');
  await symlink(process.execPath, node);
  const env = { PATH: bin, HOME: home, TMPDIR: temp, LANG: 'C.UTF-8', ...more.env };
  const opened: Terminal[] = [];
  onTestFinished(async () => {
    for (const terminal of opened) await terminal.close();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  });
  const open = (options: TerminalOptions): Terminal => {
    const terminal = openTerminal(options);
    opened.push(terminal);
    return terminal;
  };
  return {
    node,
    program,
    home,
    temp,
    env,
    args: more.args,
    pgmedic: (args, options = {}) =>
      open({
        command: node,
        args: [program, ...args, ...more.args],
        ...options,
        env: { ...env, ...options.env },
      }),
    shell: (command) => {
      const { PATH = '' } = process.env;
      return open({ command: '/bin/sh', args: ['-c', command], env: { ...env, PATH } });
    },
    piped: (args, lines) => piped(node, [program, ...args, ...more.args], env, lines),
    kept: () => filesBelow(join(home, '.local/state/pgmedic')),
    expectNothingLeft: () =>
      expectNone(async () => [...(await readdir(temp)), ...(await processesIn(root))]),
  };
}

async function expectNone(find: () => Promise<readonly string[]>): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    const left = await find();
    if (left.length === 0) return;
    if (Date.now() > until) throw new Error(`Left behind:\n${left.join('\n')}`);
    await pause(50);
  }
}

async function piped(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  lines: readonly string[],
): Promise<{ code: number; said: string }> {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const code = await new Promise<number>((resolve) => {
    child.once('close', (exit) => resolve(exit ?? -1));
  });
  return { code, said };
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found
    .filter((entry) => entry.isFile() && entry.name !== '.gitignore')
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** Command lines of the processes that were started with something of this folder or stand in it; on Linux. */
async function processesIn(folder: string): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const stands = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return line.includes(folder) || stands.startsWith(folder) ? [line.replaceAll('\0', ' ')] : [];
    }),
  );
  return found.flat();
}
