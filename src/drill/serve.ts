import type { Readable, Writable } from 'node:stream';
import { UserError } from '../core/errors.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { startSandbox } from '../sandbox/start.js';
import type { Drill } from './ground.js';
import { startDrill } from './run.js';

/** Which drill it is; one that is made of migrations needs the sandbox for it. */
export type ChooseDrill = (sandbox: Sandbox, signal: AbortSignal) => Promise<Drill>;

/**
 * Makes the drill on a server of its own, prints `{ "databaseUrl", "dir", "goal" }` on one line,
 * and keeps it up for other terminals until `stdin` ends or `signal` is aborted (the caller
 * aborts it on SIGINT and SIGTERM). Then database, server and folder are gone.
 *
 * @throws UserError when there can be no sandbox, or when `stdin` ended before the drill was ready
 */
export async function serveDrill(
  choose: ChooseDrill,
  io: { readonly stdin: Readable; readonly stdout: Writable },
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const ending = ['end', 'close', 'error'] as const;
  for (const event of ending) io.stdin.once(event, end);
  io.stdin.resume();
  const either = AbortSignal.any([signal, ended.signal]);
  try {
    const ready = await serve(choose, io.stdout, either);
    if (!ready && !signal.aborted) {
      throw new UserError('The input was closed before the drill was ready, so it was ended.', [
        'Keep the input open: `--serve` stays up until its input closes.',
      ]);
    }
  } finally {
    for (const event of ending) io.stdin.off(event, end);
    io.stdin.pause();
  }
}

/** False when it was told to end before the drill was ready. */
async function serve(choose: ChooseDrill, stdout: Writable, signal: AbortSignal): Promise<boolean> {
  try {
    const sandbox = await startSandbox({ signal });
    try {
      const drill = await choose(sandbox, signal);
      const running = await startDrill(drill, { sandbox, signal });
      try {
        const { databaseUrl, dir } = running;
        // Whoever reads it may be gone already; the end of the input tells.
        stdout.once('error', () => {});
        stdout.write(`${JSON.stringify({ databaseUrl, dir, goal: drill.goal })}\n`);
        await aborted(signal);
        return true;
      } finally {
        await running.stop();
      }
    } finally {
      await sandbox.stop();
    }
  } catch (error) {
    // Whatever broke off because the end came is the end, not a failure.
    if (signal.aborted) return false;
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
