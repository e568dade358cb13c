import { createHash, randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { UserError } from '../core/errors.js';

/** Contents of this very process's locks: after a restart in a container another one may have had our id. */
const held = new Set<string>();

/**
 * One process at a time may append to a run log. The lock is a file with the process id in
 * it, and a word of its own; one whose process is gone (a crash, a kill) is taken over. It keeps
 * two operators from going on with one session; what keeps a write from running twice is the
 * check under lock.
 * @returns a function that gives the lock back
 * @throws UserError when a living process holds it
 */
export async function takeLock(path: string, what: string): Promise<() => Promise<void>> {
  const word = randomUUID().slice(0, 8);
  const content = `${process.pid}\n${word}\n`;
  const own = `${path}.${process.pid}.${word}`;
  await writeFile(own, content, { mode: 0o600 });
  held.add(content);
  try {
    for (let tries = 0; tries < 3; tries++) {
      // A link appears with its content; a file made and then written would be empty for a moment.
      if ((await made(own, path)) || (await takenOver(own, path, what))) {
        return async () => {
          if (held.delete(content)) await unlink(path).catch(() => {});
        };
      }
    }
    throw new UserError(`${what} is in use by another process.`, ['Wait a moment and try again.']);
  } catch (error) {
    held.delete(content);
    throw error;
  } finally {
    await unlink(own).catch(() => {});
  }
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

/**
 * Puts ours in the place of a lock whose process is gone. Who read it before somebody else took it
 * over must not take it from them: so it is replaced under a lock of its own, which is for this one
 * content, after another look at it. False: it is another one by now.
 * @throws UserError when a living process holds it
 */
async function takenOver(own: string, path: string, what: string): Promise<boolean> {
  const found = await contentOf(path);
  if (found === null) return false;
  const holder = Number.parseInt(found, 10);
  if (isHeld(found)) {
    throw new UserError(`${what} is in use by process ${holder}.`, [
      'Go on in that terminal, or end that process first.',
      `If process ${holder} is not pgmedic, remove ${path}.`,
    ]);
  }
  const word = createHash('sha256').update(found).digest('hex').slice(0, 8);
  const release = await takeLock(`${path}.${word}`, what);
  try {
    if ((await contentOf(path)) !== found) return false;
    await rename(own, path);
    return true;
  } finally {
    await release();
  }
}

/** Whether a living process, this one or another, has this lock. */
export async function isLocked(path: string): Promise<boolean> {
  const found = await contentOf(path);
  return found !== null && isHeld(found);
}

function isHeld(content: string): boolean {
  const holder = Number.parseInt(content, 10);
  return holder > 0 && (holder === process.pid ? held.has(content) : isAlive(holder));
}

async function contentOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw error;
  });
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
