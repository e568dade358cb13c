import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * SHA-256 of a dump, hex. A folder counts as one backup: that of its list of files, by name, each
 * line as sha256sum writes it.
 */
export async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  if ((await stat(path)).isDirectory()) {
    return hash.update(await checksumLines(path, '', signal)).digest('hex');
  }
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}

/** The format of sha256sum, so that `sha256sum --check` reads it: a line for the file, or for each of the folder. `name` stands for the path. */
export async function checksumLines(
  path: string,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  if (!(await stat(path)).isDirectory()) return line(await sha256Of(path, signal), name);
  const lines: string[] = [];
  for (const file of (await readdir(path)).sort()) {
    const sha256 = await sha256Of(join(path, file), signal);
    lines.push(line(sha256, name === '' ? file : `${name}/${file}`));
  }
  return lines.join('');
}

function line(sha256: string, name: string): string {
  return `${sha256}  ${name}\n`;
}

/** Bytes of a file, or of all files in a folder; 0 where there is nothing. */
export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.size;
  const names = await readdir(path).catch(() => []);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, one) => sum + one, 0);
}

/** Waits until a file, or the names in a folder, are on the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A dump that is a folder: its files, for nobody else to read, and their names. */
export async function syncDumpFolder(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    await chmod(join(path, name), 0o600);
    await syncPath(join(path, name));
  }
  await syncPath(path);
}
