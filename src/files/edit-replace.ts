import { randomBytes } from 'node:crypto';
import { chmod, chown, link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAlive } from './run-log-lock.js';
import { syncFolder } from './run-log.js';
import type { PresentFile } from './edit-place.js';

/**
 * Puts new bytes in a file's place in one atomic operation: whoever reads it, and whenever
 * the power goes, finds the old bytes or the new ones. Mode and owner stay as they were.
 * @throws when it could not be done; the file is then as it was
 */
export async function replaceFile(
  path: string,
  bytes: Buffer,
  present: PresentFile | null,
): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder);
  await sweep(path);
  // The process id lets a later edit tell what a crash left behind.
  const temporary = join(folder, `${prefix(path)}${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await writeTemporary(temporary, bytes, present ?? (await likeFolder(folder)));
    if (present === null) await putNew(temporary, path);
    else await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** meta/ of a folder that never had a journal: made like the folder above it. */
async function makeFolder(folder: string): Promise<void> {
  if ((await mkdir(folder, { recursive: true })) === undefined) return;
  const above = await stat(dirname(folder));
  await chown(folder, above.uid, above.gid).catch(() => {});
  await chmod(folder, above.mode & 0o7777);
  await syncFolder(dirname(folder));
}

/** Removes a file so that it stays removed. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path);
  await syncFolder(dirname(path));
}

type Attributes = Pick<PresentFile, 'mode' | 'uid' | 'gid'>;

async function writeTemporary(path: string, bytes: Buffer, like: Attributes): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    const own = await handle.stat();
    if (own.uid !== like.uid || own.gid !== like.gid) {
      // Only root may give a file away; an ordinary user's edit is that user's.
      await handle.chown(like.uid, like.gid).catch(() => {});
    }
    await handle.chmod(like.mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A link fails where a file has come into being meanwhile; a rename would replace it unseen. */
async function putNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
    await unlink(temporary);
  } catch (error) {
    // Some file systems have no links.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes((error as { code?: string }).code ?? '')) {
      throw error;
    }
    if ((await stat(path).catch(() => null)) !== null) throw error;
    await rename(temporary, path);
  }
}

/** A new file belongs to whom the folder belongs, and is as readable as the folder (pgmedic may run as root, with umask 077). */
async function likeFolder(folder: string): Promise<Attributes> {
  const { mode, uid, gid } = await stat(folder);
  return { mode: mode & 0o666, uid, gid };
}

function prefix(path: string): string {
  return `.${basename(path)}.pgmedic-`;
}

/** Takes away what an edit of this file left when its process died. */
async function sweep(path: string): Promise<void> {
  const start = prefix(path);
  for (const name of await readdir(dirname(path))) {
    const pid = name.startsWith(start) ? Number.parseInt(name.slice(start.length), 10) : NaN;
    if (pid > 0 && pid !== process.pid && !isAlive(pid)) {
      await unlink(join(dirname(path), name)).catch(() => {});
    }
  }
}
