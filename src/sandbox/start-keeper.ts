import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { UserError } from '../core/errors.js';
import { childProgram } from '../files/child-program.js';
import type { KeeperOrder, KeeperReport } from './keeper.js';
import { removeSandbox } from './leftovers.js';
import { wayOut } from './native.js';

/** A keeper at work, seen by its owner. */
export interface Keeper {
  readonly folder: string;
  readonly port: number;
  /** Ends server, folder and keeper. Safe to call twice. */
  stop(): Promise<void>;
}

/** A start that takes longer than this (milliseconds) has failed. */
const patience = 60_000;

/** A keeper that has not ended this long (milliseconds) after it was told to is killed. */
const patienceAtEnd = 15_000;

/**
 * Starts the keeper and waits until its server accepts connections. The pipe to it is the
 * lifeline: the kernel closes it with this process, however that ends.
 *
 * @throws UserError when the server did not start; the signal's reason when aborted
 */
export async function startKeeper(order: KeeperOrder, signal?: AbortSignal): Promise<Keeper> {
  const child = spawnKeeper();
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  // A keeper that is gone already is noticed by its exit.
  child.stdin.on('error', () => {});
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = text));
  let folder: string | null = null;
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopping ??= end());
  const end = async (): Promise<void> => {
    signal?.removeEventListener('abort', stopQuietly);
    child.ref();
    child.stdin.end();
    const stuck = setTimeout(() => child.kill('SIGKILL'), patienceAtEnd);
    await exited;
    clearTimeout(stuck);
    // The keeper has removed the folder, unless it was killed itself.
    if (folder !== null) await removeSandbox(folder);
  };
  const stopQuietly = (): void => void stop().catch(() => {});
  signal?.addEventListener('abort', stopQuietly, { once: true });
  const slow = setTimeout(stopQuietly, patience);
  try {
    child.stdin.write(`${JSON.stringify(order)}\n`);
    for await (const line of createInterface({ input: child.stdout })) {
      const report = JSON.parse(line) as KeeperReport;
      if (report.state === 'failed') throw cannotStart(report.message);
      if (report.state === 'made') folder = report.folder;
      else if (folder !== null) {
        letGo(child);
        return { folder, port: report.port, stop };
      }
    }
    await exited;
    signal?.throwIfAborted();
    throw cannotStart(stopping === null ? `its keeper ended: ${words}` : 'not ready in 60 s');
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(slow);
  }
}

/** Detached: a session of its own, which Ctrl-C in the terminal does not reach. */
function spawnKeeper(): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [childProgram('keeper', import.meta.url)], {
    detached: true,
    // NODE_OPTIONS and the like of the operator's shell are not for it.
    env: { PATH: process.env['PATH'] },
    cwd: '/',
  });
}

/** A program that has done its work may end without stopping the sandbox: the keeper sees to it. */
function letGo(child: ChildProcessWithoutNullStreams): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    (stream as unknown as { unref(): void }).unref();
  }
}

function cannotStart(reason: string): UserError {
  return new UserError(`The sandbox, a throw-away PostgreSQL, did not start: ${reason.trim()}.`, [
    wayOut,
  ]);
}
