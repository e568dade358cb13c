import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
export const isRoot = process.getuid?.() === 0;

/** For vi.waitUntil. */
export const soon = { timeout: 20_000, interval: 20 };

/** An ordinary user: nobody where the tests run as root, ourselves otherwise. */
export const ordinary = isRoot ? { uid: 65_534, gid: 65_534 } : {};

/** A new temporary folder that everyone may use, as /tmp; removed when the test ends. Short, since sockets live in it. */
export function temporaryBase(): string {
  const base = mkdtempSync(join(realpathSync('/tmp'), 'pgm-'));
  chmodSync(base, 0o1777);
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  return base;
}

/** Makes TMPDIR a folder of this test's own, so that its sandboxes are the only ones in it. */
export function ownTmpdir(): string {
  const base = temporaryBase();
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = base;
  onTestFinished(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  return base;
}

export async function query(url: string, sql: string): Promise<readonly (string | null)[][]> {
  return withConnection(url, { purpose: 'test' }, async ({ client }) => {
    return (await client.query({ text: sql, rowMode: 'array' })).rows as (string | null)[][];
  });
}

/** What stands behind a sandbox. */
export interface Inside {
  readonly folder: string;
  readonly postmaster: number;
  readonly keeper: number;
}

export async function lookInside(adminUrl: string): Promise<Inside> {
  const [[data]] = (await query(adminUrl, 'SHOW data_directory')) as [[string]];
  const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  return { folder: dirname(data), postmaster, keeper: Number(processField(postmaster, 'ppid')) };
}

/** A field of a process as ps knows it; empty when it has ended (a zombie has). */
export function processField(pid: number, field: 'ppid' | 'pgid' | 'uid'): string {
  if (process.platform !== 'linux') return ps(['-o', `${field}=`, '-p', String(pid)]).trim();
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    if (status[0] === 'Z') return '';
    if (field !== 'uid') return status[field === 'ppid' ? 1 : 2]!;
    return /^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
  } catch {
    return '';
  }
}

export const isRunning = (pid: number): boolean => processField(pid, 'ppid') !== '';

/** The command lines of all processes, as anyone on the machine can read them. */
export function commandLines(): readonly string[] {
  if (process.platform !== 'linux') return ps(['-axww', '-o', 'command=']).split('\n');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    });
}

function ps(options: readonly string[]): string {
  try {
    return execFileSync('/bin/ps', options, { encoding: 'utf8' });
  } catch {
    return '';
  }
}

export interface Owner {
  readonly process: ChildProcessWithoutNullStreams;
  readonly adminUrl: string;
  readonly databaseUrl: string;
  /** The next line it prints. */
  line(): Promise<string>;
}

export interface OwnerOptions {
  /** Where its sources and packages are: this repository, or a copy. */
  readonly project?: string;
  readonly node?: string;
  readonly tmpdir: string;
  readonly user?: { readonly uid?: number; readonly gid?: number };
  readonly sandboxUrl?: string;
  /** An older server instead of the sandbox. */
  readonly older?: 14 | 16;
}

/** Runs programs/owner.ts with an empty HOME and waits until it has its sandbox. */
export async function startOwner(options: OwnerOptions): Promise<Owner> {
  const {
    project = repository,
    node = process.execPath,
    tmpdir,
    user = {},
    sandboxUrl,
    older,
  } = options;
  const jiti = join(project, 'node_modules/jiti/lib/jiti-cli.mjs');
  const child = spawn(node, [jiti, join(project, 'tests/sandbox/programs/owner.ts')], {
    ...user,
    cwd: tmpdir,
    detached: true,
    env: {
      HOME: '',
      TMPDIR: tmpdir,
      JITI_FS_CACHE: 'false',
      ...(sandboxUrl === undefined ? {} : { OWNER_SANDBOX_URL: sandboxUrl }),
      ...(older === undefined ? {} : { OWNER_OLDER: String(older) }),
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the owner ended: ${words}`);
    return value;
  };
  const { adminUrl, databaseUrl } = JSON.parse(await line()) as Record<string, string>;
  return { process: child, adminUrl: adminUrl!, databaseUrl: databaseUrl!, line };
}
