import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Entries that nobody used for so long are removed, and the oldest beyond so many bytes. */
const DAYS = 30;
const BYTES = 200_000_000;

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** $XDG_CACHE_HOME/pgmedic/`name` (~/.cache), made when it is not there; null: there is no place for it. */
export async function cacheFolder(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const named = env['XDG_CACHE_HOME'];
  const home = env['HOME'] || homedir();
  const base = named !== undefined && isAbsolute(named) ? named : join(home, '.cache');
  if (!isAbsolute(base)) return null;
  const folder = join(base, 'pgmedic', name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = await stat(folder);
    const me = process.getuid?.();
    return me !== undefined && (uid !== me || (mode & 0o022) !== 0) ? null : folder;
  } catch {
    return null;
  }
}

/** What is in a file, if it is whole: its first line is the digest of the rest. */
export async function load<T>(
  folder: string,
  name: string,
  is: (value: unknown) => boolean,
): Promise<T | null> {
  try {
    const path = join(folder, name);
    const text = await readFile(path, 'utf8');
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (end < 0 || text.slice(0, end) !== sha256(body)) return null;
    const value: unknown = JSON.parse(body);
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    return is(value) ? (value as T) : null;
  } catch {
    return null;
  }
}

/** Keeps a value under a name, or does without. */
export async function keep(folder: string, name: string, value: unknown): Promise<void> {
  const body = JSON.stringify(value);
  const temporary = join(folder, `${randomBytes(8).toString('hex')}.tmp`);
  try {
    await writeFile(temporary, `${sha256(body)}\n${body}`, { mode: 0o600, flag: 'wx' });
    await rename(temporary, join(folder, name));
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/** Removes what nobody uses any more; only what `own` says the cache itself wrote. */
export async function sweep(folder: string, own: RegExp): Promise<void> {
  try {
    const names = (await readdir(folder)).filter((name) => own.test(name));
    const entries = await Promise.all(
      names.map(async (name) => {
        const { mtimeMs, size } = await stat(join(folder, name));
        return { path: join(folder, name), mtimeMs, size };
      }),
    );
    entries.sort((a, b) => b.mtimeMs - a.mtimeMs);
    const oldest = Date.now() - DAYS * 86_400_000;
    let bytes = 0;
    for (const { path, mtimeMs, size } of entries) {
      bytes += size;
      if (mtimeMs < oldest || bytes > BYTES) await rm(path, { force: true });
    }
  } catch {
    // Another pgmedic may be sweeping as well; the next start comes by again.
  }
}
