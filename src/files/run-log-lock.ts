import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { UserError } from '../core/errors.js';

/** Locks of this very process: after a restart in a container another one may have had our id. */
const held = new Set<string>();

/**
 * One process at a time may append to a run log. The lock is a file with the process id in
 * it; one whose process is gone (a crash, a kill) is taken over. It keeps two operators from
 * going on with one session; what keeps a write from running twice is the check under lock.
 * @returns a function that gives the lock back
 * @throws UserError when a living process holds it
 */
export async function takeLock(path: string, what: string): Promise<() => Promise<void>> {
  const own = `${path}.${process.pid}`;
  await writeFile(own, `${process.pid}\n`, { mode: 0o600 });
  try {
    for (let tries = 0; tries < 3; tries++) {
      // A link appears with its content; a file made and then written would be empty for a moment.
      if (await made(own, path)) {
        held.add(path);
        return async () => {
          if (held.delete(path)) await unlink(path).catch(() => {});
        };
      }
      const holder = Number((await readFile(path, 'utf8').catch(() => '')).trim());
      const ours = holder === process.pid;
      if (holder > 0 && (ours ? held.has(path) : isAlive(holder))) {
        throw new UserError(`${what} is in use by process ${holder}.`, [
          'Go on in that terminal, or end that process first.',
          `If process ${holder} is not pgmedic, remove ${path}.`,
        ]);
      }
      await unlink(path).catch(() => {});
    }
  } finally {
    await unlink(own).catch(() => {});
  }
  throw new UserError(`${what} is in use by another process.`, ['Wait a moment and try again.']);
}

async function made(from: string, path: string): Promise<boolean> {
  try {
    await link(from, path);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether a process with this id runs on this machine, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}
