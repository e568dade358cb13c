import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The role that owns everything in the sandbox; not a name that a live server has for a role of other rights. */
export const superuser = 'pgmedic0';

export interface ServerPrograms {
  /** bin, lib and share of the server. */
  readonly native: string;
  /** 18 */
  readonly major: number;
}

export interface ServerFiles extends ServerPrograms {
  /** The sandbox's own folder; the cluster is made in its `data`. */
  readonly folder: string;
}

/**
 * No locale, no PG* variable and no library path of the operator's shell has a say here. What runs here as a
 * superuser is the project's own SQL, which may know the live server's address and password: dblink, foreign
 * tables and subscriptions take only a way to log in that no server on this system has (libpq 16 and later).
 */
const environment = {
  LC_ALL: 'C',
  TZ: 'UTC',
  PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
  PGREQUIREAUTH: 'sspi',
};

/** Throw-away: nothing has to survive a crash of the machine, and nothing may be left outside the folder. */
const settings = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 100
max_locks_per_transaction = 512
shared_buffers = '128MB'
dynamic_shared_memory_type = 'mmap'
huge_pages = off
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = '1GB'
checkpoint_timeout = '1h'
autovacuum = off
jit = off
log_min_messages = 'fatal'
log_min_error_statement = 'panic'
lc_messages = 'C'
timezone = 'UTC'
log_timezone = 'UTC'
`;

/** What the server is told besides `settings`: a name, and a value without a quote in it. */
export type ServerSetting = readonly [name: string, value: string];

function settingsFor(major: number, port: number, more: readonly ServerSetting[]): string {
  const ofEighteen = major >= 18 ? `io_method = 'sync'\n` : '';
  const added = more.map(([name, value]) => `${name} = '${value}'\n`).join('');
  return `${settings}${ofEighteen}${added}port = ${port}\n`;
}

/**
 * Makes a cluster (UTF8, the builtin C.UTF-8 locale, SCRAM for everyone) in 0.4 to 0.5 s.
 * Servers before 17 have no builtin locale: theirs is C.
 *
 * @throws Error with initdb's last words; an AbortError when `signal` says stop
 */
export async function makeCluster(
  { folder, native, major }: ServerFiles,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    const log = join(folder, 'initdb.log');
    const arguments_ = [
      ['-D', join(folder, 'data')],
      ['-U', superuser, '-A', 'scram-sha-256', '--pwfile', passwordFile],
      ['-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
      major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [],
      major >= 16 ? ['--set=dynamic_shared_memory_type=mmap'] : [],
    ];
    const child = await run(join(native, 'bin', 'initdb'), arguments_.flat(), folder, log);
    // A group of its own: its helpers end with it.
    const stop = (): void => killGroup(child.process);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    await child.exited;
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
    if (child.process.exitCode !== 0) throw new Error(`initdb failed: ${await lastWords(log)}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** A running postmaster. */
export interface RunningServer extends Program {
  readonly port: number;
}

interface Program {
  readonly process: ChildProcess;
  readonly exited: Promise<void>;
}

/**
 * Starts the server on a free port of 127.0.0.1 and waits until it accepts connections.
 *
 * @throws Error with the server's last words; an AbortError when `signal` says stop
 */
export async function runServer(
  files: ServerFiles,
  more: readonly ServerSetting[],
  signal: AbortSignal,
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const log = join(files.folder, 'server.log');
    const data = join(files.folder, 'data');
    await writeFile(join(data, 'postgresql.conf'), settingsFor(files.major, port, more));
    const child = await run(join(files.native, 'bin', 'postgres'), ['-D', data], files.folder, log);
    if (await ready(child.process, data, signal)) return { port, ...child };
    await stopServer(child);
    signal.throwIfAborted();
    const words = await lastWords(log);
    // Someone else took the port between our look and the server's.
    if (attempt < 5 && /could not bind|could not create any TCP/.test(words)) continue;
    throw new Error(`the server did not start: ${words}`);
  }
}

/** Immediate shutdown; a server that does not obey within 8 seconds is killed. */
export async function stopServer({ process: child, exited }: Program): Promise<void> {
  child.kill('SIGQUIT');
  const timer = setTimeout(() => child.kill('SIGKILL'), 8000);
  await exited;
  clearTimeout(timer);
}

/** The server writes "ready" into the last line of postmaster.pid, as pg_ctl reads it. */
async function ready(child: ChildProcess, data: string, signal: AbortSignal): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null && !signal.aborted) {
    const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
    if (text.split('\n')[7]?.trim() === 'ready') return true;
    await sleep(5);
  }
  return false;
}

/** Resolves when the program runs; its output goes to a file, so that nobody's pipe can block it. */
async function run(
  program: string,
  arguments_: readonly string[],
  cwd: string,
  log: string,
): Promise<Program> {
  const output: FileHandle = await open(log, 'w', 0o600);
  try {
    const child = spawn(program, arguments_, {
      cwd,
      env: environment,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await once(child, 'spawn');
    return { process: child, exited };
  } finally {
    await output.close();
  }
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function lastWords(log: string): Promise<string> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
  return lines.slice(-3).join(' / ') || 'it said nothing';
}
