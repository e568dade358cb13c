import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { canonical } from '../core/digest.js';
import type { Replay } from '../core/replay.js';
import { redactUrl } from '../postgres/url.js';
import { nativeFolder, thisHost } from '../sandbox/native.js';
import { type LiveNeed, needsDigest } from '../sandbox/replay/needs.js';
import { ENGINE, type ReplayInput, replayWithNeeds } from '../sandbox/replay/replay.js';

export interface CachedReplayInput extends ReplayInput {
  /** --sandbox-url; null: the embedded server. */
  readonly sandboxUrl: string | null;
  /** Under this, that a replay of such files is kept: see isReplayKept. */
  readonly mark?: string;
  /** Where XDG_CACHE_HOME and HOME are looked up; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Entries that nobody used for so long are removed, and the oldest beyond so many bytes. */
const DAYS = 30;
const BYTES = 200_000_000;

/**
 * `replay`, kept by content in $XDG_CACHE_HOME/pgmedic/replay (~/.cache): the same files, sandbox and
 * live objects that had to be prepared give the same replay, and start no sandbox. A cache that cannot be
 * read or written is gone without.
 *
 * Two files: under the digest of the files the names of what the live database was asked for, and
 * under the digest of that and its answers the replay.
 */
export async function cachedReplay(input: CachedReplayInput): Promise<Replay> {
  const folder = await cacheFolder(input.env ?? process.env);
  if (folder === null) return (await replayWithNeeds(input)).replay;
  const files = await filesDigest(input);
  const asked = await load<readonly LiveNeed[]>(folder, `${files}.asked`, Array.isArray);
  if (asked !== null) {
    const known = await load<Replay>(folder, answered(files, asked, input), isReplay);
    if (known !== null) return known;
  }
  const { replay, needs } = await replayWithNeeds(input);
  await keep(folder, `${files}.asked`, needs);
  await keep(folder, answered(files, needs, input), replay);
  if (input.mark !== undefined) await keep(folder, `${input.mark}.mark`, true);
  await sweep(folder);
  return replay;
}

/** A name for the content of these files, for whoever wants to know early. */
export function markOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256').update(`${ENGINE}`);
  for (const [path, bytes] of files) {
    if (path.endsWith('.sql')) hash.update(`\n${path} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * Whether a replay of files with this mark was kept. A hint, which costs nothing when it is wrong: what
 * is kept may rest on another live database.
 */
export async function isReplayKept(mark: string, env = process.env): Promise<boolean> {
  const folder = await cacheFolder(env);
  if (folder === null) return false;
  return (await load(folder, `${mark}.mark`, (value) => value === true)) !== null;
}

async function filesDigest(input: CachedReplayInput): Promise<string> {
  const { migrations, sandboxUrl, live, leaveOut, prelude } = input;
  const server = sandboxUrl === null ? await embeddedVersion() : redactUrl(sandboxUrl);
  return sha256(
    canonical({
      engine: ENGINE,
      server,
      searchPath: live?.searchPath ?? null,
      leaveOut,
      prelude,
      migrations: migrations.map(({ id, chunks }) => [id, chunks]),
    }),
  );
}

/** Without starting it: the version of the package, "18.4.0-beta.17". */
async function embeddedVersion(): Promise<string> {
  try {
    const native = await nativeFolder(await thisHost());
    const text = await readFile(join(native, '..', 'package.json'), 'utf8');
    return String((JSON.parse(text) as { version?: unknown }).version);
  } catch {
    // There is none; the start of the sandbox says why.
    return 'none';
  }
}

function answered(files: string, needs: readonly LiveNeed[], { live }: ReplayInput): string {
  return `${sha256(`${files} ${needsDigest(needs, live)}`)}.replay`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** null: there is no place for it. */
async function cacheFolder(env: NodeJS.ProcessEnv): Promise<string | null> {
  const named = env['XDG_CACHE_HOME'];
  const home = env['HOME'] || homedir();
  const base = named !== undefined && isAbsolute(named) ? named : join(home, '.cache');
  if (!isAbsolute(base)) return null;
  const folder = join(base, 'pgmedic', 'replay');
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
async function load<T>(
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

async function keep(folder: string, name: string, value: unknown): Promise<void> {
  const body = JSON.stringify(value);
  const temporary = join(folder, `${randomBytes(8).toString('hex')}.tmp`);
  try {
    await writeFile(temporary, `${sha256(body)}\n${body}`, { mode: 0o600, flag: 'wx' });
    await rename(temporary, join(folder, name));
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

function isReplay(value: unknown): boolean {
  const { migrations, base } = (value ?? {}) as Partial<Record<keyof Replay, unknown>>;
  return Array.isArray(migrations) && Array.isArray(base);
}

/** Only what this cache itself wrote is removed. */
async function sweep(folder: string): Promise<void> {
  try {
    const names = (await readdir(folder)).filter((name) =>
      /\.(?:asked|replay|mark|tmp)$/.test(name),
    );
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
