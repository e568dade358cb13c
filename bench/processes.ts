import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import type { Environment } from './measure.js';

/** What one run of a program cost; memory in MB, null where there is no /proc. */
export interface Cost {
  readonly milliseconds: number;
  /** The most that its own process held (VmHWM). */
  readonly memory: number | null;
  /** The most that all servers below it held at one time, what they share counted once. */
  readonly serverMemory: number | null;
}

/** Milliseconds between two looks at /proc. */
const PAUSE = 25;

/**
 * Runs `node ...args` to its end, which must be one of `codes`.
 *
 * @throws Error with what it said when it ends otherwise
 */
export async function costOf(
  args: readonly string[],
  {
    cwd,
    env,
    codes,
  }: { readonly cwd: string; readonly env: Environment; readonly codes: readonly number[] },
): Promise<Cost> {
  const began = performance.now();
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  let memory: number | null = null;
  let serverMemory: number | null = null;
  let looking: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    memory = larger(memory, await highWater(child.pid));
    serverMemory = larger(serverMemory, await serversBelow(child.pid));
  };
  const timer = setInterval(() => void (looking = looking.then(look)), PAUSE);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const milliseconds = performance.now() - began;
  clearInterval(timer);
  await looking;
  if (code === null || !codes.includes(code)) {
    throw new Error(`${args.join(' ')} ended with ${code}:\n${said.slice(0, 4000)}`);
  }
  return { milliseconds, memory, serverMemory };
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

async function highWater(pid: number | undefined): Promise<number | null> {
  return megabytes(await read(`/proc/${pid}/status`), 'VmHWM');
}

/** The sandbox's server and its sessions: what is called postgres and descends from the process. */
async function serversBelow(pid: number | undefined): Promise<number | null> {
  const names = await readdir('/proc').catch(() => []);
  const parents = new Map<number, { readonly parent: number; readonly name: string }>();
  for (const name of names.filter((one) => /^\d+$/.test(one))) {
    const stat = await read(`/proc/${name}/stat`);
    const [, program, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? [];
    parents.set(Number(name), { parent: Number(parent), name: program ?? '' });
  }
  const isBelow = (at: number): boolean => {
    const up = parents.get(at)?.parent;
    return up === pid || (up !== undefined && up > 1 && isBelow(up));
  };
  let sum: number | null = null;
  for (const [one, { name }] of parents) {
    if (name !== 'postgres' || !isBelow(one)) continue;
    const own = megabytes(await read(`/proc/${one}/smaps_rollup`), 'Pss');
    if (own !== null) sum = (sum ?? 0) + own;
  }
  return sum;
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function megabytes(text: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  return found === undefined ? null : Number(found) / 1024;
}
