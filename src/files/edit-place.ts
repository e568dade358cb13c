import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, realpath, type FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { UserError } from '../core/errors.js';

/** A file of the operator's, found on the disk; what it is called there may differ from what was asked for. */
export interface Place {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly present: PresentFile | null;
}

export interface PresentFile {
  readonly bytes: Buffer;
  readonly sha256: string;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export function sha256Of(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Finds a file of the migrations folder. A symbolic link is followed, so that the file behind
 * it is edited and the link stays; one that leads out of the folder is refused, since what
 * stands there is not what the operator was shown.
 * @param name relative to root, with forward slashes
 * @throws UserError for a path that leaves the folder, or something that is not a file
 */
export async function findPlace(root: string, name: string): Promise<Place> {
  const parts = name.split('/');
  if (
    name === '' ||
    isAbsolute(name) ||
    name.includes('\\') ||
    name.includes('\0') ||
    parts.some((part) => part === '' || part === '.' || part === '..')
  ) {
    throw new UserError(`${JSON.stringify(name)} is not a path inside the migrations folder.`, [
      'Write it relative to the folder, with forward slashes and without "..".',
    ]);
  }
  const base = await realpath(root);
  const asked = join(base, ...parts);
  const path = await settle(asked);
  const within = relative(base, path);
  if (within === '..' || within.startsWith(`..${sep}`) || isAbsolute(within)) {
    throw new UserError(`${asked} leads out of the migrations folder, to ${path}.`, [
      'Replace the symbolic link by the file itself, or edit the file it points to by hand.',
    ]);
  }
  return { path, present: await readPresent(path) };
}

/** The real path, also where the last parts do not exist yet. */
async function settle(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
  }
  const dangling = await lstat(path).catch(() => null);
  if (dangling !== null) {
    throw new UserError(`${path} is a symbolic link to a file that does not exist.`, [
      'Remove the link, or put the file back where it points.',
    ]);
  }
  return join(await settle(dirname(path)), basename(path));
}

async function readPresent(path: string): Promise<PresentFile | null> {
  let handle: FileHandle;
  try {
    // NONBLOCK: a named pipe in the file's place must not stop us here.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { mode, uid, gid } = await handle.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) {
      throw new UserError(`${path} is not a file.`, ['Move away what stands in its place.']);
    }
    const bytes = await handle.readFile();
    return { bytes, sha256: sha256Of(bytes), mode: mode & 0o7777, uid, gid };
  } finally {
    await handle.close();
  }
}
