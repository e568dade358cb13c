import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { type Dirent, readFile, type Stats } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError, messageOf } from '../core/errors.js';
import type { FolderContents } from '../tools/contract.js';

/** Without the handles of node:fs/promises, which make up a third of the time for hundreds of files. */
const bytesOf = promisify(readFile);

/** Bytes. No migration, journal or snapshot comes near it; something else was put in its place. */
const sizeLimit = 32 * 1024 * 1024;
/** Drizzle's layouts need one level (`meta/`, or a folder for each migration). */
const depthLimit = 3;
/** Files of one folder: more would only wait, and what else wants the disk with them. */
const atOnce = 8;

type Entry =
  | { readonly path: string; readonly folder: true }
  | { readonly path: string; readonly bytes: Buffer }
  | { readonly path: string; readonly reason: string };

/**
 * Reads the wanted files of a migrations folder, once. Links are followed, as the tools do.
 * What is wanted and is no readable file is listed with the reason; it is no error here.
 * @throws UserError when the folder itself cannot be listed.
 */
export async function readFolderContents(
  root: string,
  shownPath: string,
  wants: (path: string) => boolean,
): Promise<FolderContents> {
  try {
    await readdir(root);
  } catch (error) {
    throw new UserError(
      `The migrations folder ${shownPath} cannot be read: ${reasonOf(error)}.`,
      ['Check the path and its permissions, or name another with --migrations.'],
      { cause: error },
    );
  }
  const found = await readBelow({ root, wants, seen: new Set([await realpath(root)]) }, '', 1);
  return contentsOf(shownPath, root, found);
}

/** The same folder with files that it names and that stand elsewhere ("../shared/0001"), where there are such. */
export async function readNamed(
  { path: shownPath, root, files, unreadable, folders = [] }: FolderContents,
  names: readonly string[],
): Promise<FolderContents> {
  const read = new Set([...files.keys(), ...unreadable.map(({ path }) => path)]);
  const more = names
    .filter((path) => !read.has(path))
    .map(async (path) => {
      const absolute = join(root, path);
      const status = await stat(absolute).catch(() => null);
      return status === null ? [] : [await readWanted(absolute, path, status)];
    });
  const found = (await Promise.all(more)).flat();
  const before = [...files].map(([path, bytes]) => ({ path, bytes }));
  const known = folders.map((folder) => ({ path: folder, folder: true as const }));
  return contentsOf(shownPath, root, [...before, ...known, ...unreadable, ...found]);
}

function contentsOf(path: string, root: string, found: readonly Entry[]): FolderContents {
  const entries = found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return {
    path,
    root,
    files: new Map(entries.flatMap((e) => ('bytes' in e ? [[e.path, e.bytes]] : []))),
    folders: entries.flatMap((e) => ('folder' in e ? [e.path] : [])),
    unreadable: entries.filter((e) => 'reason' in e),
  };
}

interface Walk {
  readonly root: string;
  readonly wants: (path: string) => boolean;
  /** Real paths of the folders entered, so that a link to a parent ends. */
  readonly seen: Set<string>;
}

async function readBelow(walk: Walk, folder: string, depth: number): Promise<readonly Entry[]> {
  let names: readonly Dirent[];
  try {
    names = await readdir(join(walk.root, folder), { withFileTypes: true });
  } catch (error) {
    return [{ path: folder, reason: reasonOf(error) }];
  }
  const prefix = folder === '' ? '' : `${folder}/`;
  const left = names
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .values();
  const found: Entry[] = [];
  const work = async (): Promise<void> => {
    for (const entry of left) found.push(...(await readEntry(walk, entry, prefix, depth)));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found;
}

async function readEntry(
  walk: Walk,
  entry: Dirent,
  prefix: string,
  depth: number,
): Promise<readonly Entry[]> {
  const path = `${prefix}${entry.name}`;
  const absolute = join(walk.root, path);
  const wanted = walk.wants(path);
  if (!wanted && !entry.isDirectory() && !entry.isSymbolicLink()) return [];
  let status: Stats;
  try {
    status = await stat(absolute);
  } catch (error) {
    return wanted ? [{ path, reason: await brokenReason(absolute, entry, error) }] : [];
  }
  if (status.isDirectory()) {
    if (wanted) return [await readWanted(absolute, path, status)];
    const real = await realpath(absolute);
    const itself: readonly Entry[] = depth === 1 ? [{ path, folder: true }] : [];
    if (depth >= depthLimit || walk.seen.has(real)) return itself;
    walk.seen.add(real);
    return [...itself, ...(await readBelow(walk, path, depth + 1))];
  }
  return wanted ? [await readWanted(absolute, path, status)] : [];
}

async function readWanted(absolute: string, path: string, status: Stats): Promise<Entry> {
  if (status.isDirectory()) return { path, reason: 'it is a folder, not a file' };
  // Opening a named pipe would wait for ever.
  if (!status.isFile()) return { path, reason: 'it is not a regular file' };
  if (status.size > sizeLimit) return { path, reason: tooLarge(status.size) };
  try {
    return { path, bytes: await bytesOf(absolute) };
  } catch (error) {
    return { path, reason: reasonOf(error) };
  }
}

function tooLarge(size: number): string {
  const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1).replace('.0', '');
  return `it is too large: ${mebibytes(size)} MiB, the limit is ${mebibytes(sizeLimit)} MiB`;
}

async function brokenReason(absolute: string, entry: Dirent, error: unknown): Promise<string> {
  if (!entry.isSymbolicLink()) return reasonOf(error);
  const target = await readlink(absolute).catch(() => '');
  return `it is a link to ${target}, which cannot be read (${(error as NodeJS.ErrnoException).code})`;
}

function reasonOf(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EACCES':
    case 'EPERM':
      return 'no permission to read it';
    case 'ENOENT':
      return 'it does not exist';
    case 'ENOTDIR':
      return 'it is not a folder';
    default:
      return messageOf(error);
  }
}
