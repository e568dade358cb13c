import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonical } from '../core/digest.js';
import type { Replay } from '../core/replay.js';
import { withConnection } from '../postgres/connect.js';
import { redactUrl } from '../postgres/url.js';
import { ownVersion } from '../runtime/version.js';
import { nativeFolder, thisHost } from '../sandbox/native.js';
import { type LiveNeed, needsDigest } from '../sandbox/replay/needs.js';
import { cacheFolder, keep, load, sha256, sweep } from './cache-folder.js';
import { ENGINE, type ReplayInput, replayWithNeeds } from '../sandbox/replay/replay.js';

export interface CachedReplayInput extends ReplayInput {
  /** --sandbox-url; null: the embedded server. */
  readonly sandboxUrl: string | null;
  /** Under this, that a replay of such files is kept: see isReplayKept. */
  readonly mark?: string;
  /** Where XDG_CACHE_HOME and HOME are looked up; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * `replay`, kept by content in $XDG_CACHE_HOME/pgmedic/replay (~/.cache): the same files, sandbox and
 * live objects that had to be prepared give the same replay, and start no server. A cache that cannot be
 * read or written is gone without.
 *
 * Two files: under the digest of the files the names of what the live database was asked for, and
 * under the digest of that and its answers the replay.
 */
export async function cachedReplay(input: CachedReplayInput): Promise<Replay> {
  const folder = await cacheFolder('replay', input.env ?? process.env);
  if (folder === null) return (await replayWithNeeds(input)).replay;
  const files = await filesDigest(input);
  const asked = await load<readonly LiveNeed[]>(folder, `${files}.asked`, Array.isArray);
  if (asked !== null) {
    const known = await load<Replay>(folder, answered(files, asked, input), isReplay);
    if (known !== null) return known;
  }
  const { replay, needs } = await replayWithNeeds(input);
  if (isPassing(replay)) return replay;
  await keep(folder, `${files}.asked`, needs);
  await keep(folder, answered(files, needs, input), replay);
  if (input.mark !== undefined) await keep(folder, `${input.mark}.mark`, true);
  await sweep(folder, /\.(?:asked|replay|mark|tmp)$/);
  return replay;
}

/** A statement was refused for what may be gone the next time: no room, too slow a machine, a lost connection. */
function isPassing({ migrations }: Replay): boolean {
  const errors = migrations.flatMap(({ statements }) =>
    statements.flatMap(({ error }) => error ?? []),
  );
  return errors.some(
    ({ sqlstate, message }) =>
      /^(?:08|53|57P|58|XX)/.test(sqlstate) ||
      (sqlstate === '57014' && message.includes('canceling statement')),
  );
}

/** A name for the content of these files, for whoever wants to know early. */
export function markOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256').update(engine());
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
  const folder = await cacheFolder('replay', env);
  if (folder === null) return false;
  return (await load(folder, `${mark}.mark`, (value) => value === true)) !== null;
}

async function filesDigest(input: CachedReplayInput): Promise<string> {
  const { migrations, live, leaveOut, prelude } = input;
  return sha256(
    canonical({
      engine: engine(),
      server: await serverOf(input),
      searchPath: live?.searchPath ?? null,
      user: live?.user ?? null,
      leaveOut,
      prelude,
      migrations: migrations.map(({ id, chunks }) => [id, chunks]),
    }),
  );
}

/** Another release of this program may replay otherwise; so may a change between two releases, by its number. */
function engine(): string {
  return `${ownVersion()} ${ENGINE}`;
}

/**
 * What of the sandbox decides what a replay is. A named server is asked, since it may have been upgraded:
 * it is there in no time, and refused here already when it is the live one.
 */
async function serverOf({ sandbox, sandboxUrl }: CachedReplayInput): Promise<unknown> {
  if (sandboxUrl === null) return embeddedVersion();
  const { adminUrl, serverVersion } = await sandbox();
  const { rows } = await withConnection(adminUrl, { purpose: 'replay' }, ({ client }) =>
    client.query<Record<string, string>>(
      `SELECT e.name, e.default_version AS version, r.rolsuper AS super
       FROM pg_catalog.pg_roles r LEFT JOIN pg_catalog.pg_available_extensions e ON true
       WHERE r.rolname = current_user ORDER BY e.name`,
    ),
  );
  return [redactUrl(sandboxUrl), serverVersion, rows];
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

function isReplay(value: unknown): boolean {
  const { migrations, base } = (value ?? {}) as Partial<Record<keyof Replay, unknown>>;
  return Array.isArray(migrations) && Array.isArray(base);
}
