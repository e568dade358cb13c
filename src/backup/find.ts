import { execFile } from 'node:child_process';
import { access, constants, readdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { DumperFacts } from '../core/facts.js';
import { told } from '../postgres/observed.js';
import { programEnvironment } from './environment.js';

/** pg_dump of @electric-sql/pglite-tools 0.4.8. */
const WASM_VERSION = '18.3';

/**
 * The largest database (pg_database_size, bytes) for the WebAssembly pg_dump. It streams, so
 * memory is not what limits it; but it writes INSERTs, and dumping and proving these
 * takes minutes a GiB (measured: 7 MB/s on two slow cores). Above this a native pg_dump is the honest advice.
 */
export const WASM_LIMIT = 4 * 1024 ** 3;

/** Folders in which installers put pg_dump, `*` standing for any part of one name. */
const usualPlaces = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/usr/local/pgsql/bin',
  '/opt/homebrew/opt/*postgresql*/bin',
  '/opt/homebrew/opt/libpq/bin',
  '/usr/local/opt/*postgresql*/bin',
  '/usr/local/opt/libpq/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
];

/** A program that may be a pg_dump, before it is known which server it is for. */
export interface Candidate {
  readonly path: string;
  readonly isProgram: boolean;
  /** Null where it does not answer as pg_dump does. */
  readonly version: string | null;
  /** Of the pg_restore beside it; null where there is none. */
  readonly restoreVersion: string | null;
}

/** The named pg_dump, or all that are found; runs each with `--version` only. Needs no database. */
export async function listDumpers(named?: string): Promise<readonly Candidate[]> {
  const paths = named === undefined ? await candidates() : [await whereIs(named)];
  return Promise.all(
    paths.map(async (path) => {
      const [isThere, version, restoreVersion] = await Promise.all([
        isProgram(path),
        versionOf(path, 'pg_dump'),
        versionOf(restoreBeside(path), 'pg_restore'),
      ]);
      return { path, isProgram: isThere, version, restoreVersion };
    }),
  );
}

/**
 * Which pg_dump a backup would use. Native ones are preferred: first of the server's own major
 * version, since a newer pg_restore sends settings that an older server does not know, then
 * the newest. A named one is used or rejected, never replaced. Quick, and before anything is
 * asked of the operator. `databaseSize` is pg_database_size in bytes; `listed` is what
 * listDumpers(named) gives, where that was begun earlier.
 */
export async function chooseDumper(options: {
  serverVersionNum: number;
  named?: string;
  databaseSize: number;
  listed?: Promise<readonly Candidate[]>;
}): Promise<DumperFacts> {
  const { serverVersionNum, named, databaseSize } = options;
  const major = Math.floor(serverVersionNum / 10_000);
  const found = (await (options.listed ?? listDumpers(named))).map((one) => examine(one, major));
  const usable = found.filter((one) => one.reason === null).sort(bestFirst(major));
  const rejected = found
    .filter((one) => one.reason !== null)
    .map(({ path, version, reason }) => ({ path, version, reason: reason ?? '' }));
  const facts = { rejected, named: named !== undefined };
  const best = usable[0];
  if (best) return { use: 'native', path: best.path, version: best.version, ...facts };
  if (named === undefined && major <= majorOf(WASM_VERSION) && databaseSize <= WASM_LIMIT) {
    return { use: 'wasm', path: null, version: WASM_VERSION, ...facts };
  }
  return { use: 'none', path: null, version: null, ...facts };
}

interface Found {
  readonly path: string;
  readonly version: string | null;
  /** Why it cannot be used; null when it can. */
  readonly reason: string | null;
}

async function candidates(): Promise<string[]> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const usual = await Promise.all(usualPlaces.map(expand));
  const seen = new Set<string>();
  const paths: string[] = [];
  for (const folder of [...onPath, ...usual.flat()]) {
    const path = resolve(folder, 'pg_dump');
    const real = (await isProgram(path)) ? await realpath(path).catch(() => path) : null;
    if (real === null || seen.has(real)) continue;
    seen.add(real);
    paths.push(path);
  }
  return paths;
}

/** The folders that a pattern stands for; an unreadable or missing one gives none. */
async function expand(pattern: string): Promise<string[]> {
  let folders = ['/'];
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    if (!part.includes('*')) {
      folders = folders.map((folder) => join(folder, part));
      continue;
    }
    const like = new RegExp(`^${part.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
    const inside = folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      return names.filter((name) => like.test(name)).map((name) => join(folder, name));
    });
    folders = (await Promise.all(inside)).flat();
  }
  return folders;
}

/** A bare name is looked up on the PATH, anything else is a path from here. */
async function whereIs(named: string): Promise<string> {
  if (/[/\\]/.test(named)) return resolve(named);
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && (await isProgram(join(folder, named)))) return join(folder, named);
  }
  return resolve(named);
}

function examine(candidate: Candidate, serverMajor: number): Found {
  const { path, version, restoreVersion } = candidate;
  const no = (reason: string): Found => ({ path, version, reason });
  if (!candidate.isProgram) return no('there is no program of that name');
  if (version === null) return no('it does not answer --version as pg_dump does');
  if (majorOf(version) < serverMajor) {
    return no(
      `version ${version} cannot dump a PostgreSQL ${serverMajor} server: it must not be older`,
    );
  }
  if (restoreVersion === null) {
    return no('there is no pg_restore beside it, and the proof needs one');
  }
  if (majorOf(restoreVersion) < majorOf(version)) {
    return no('the pg_restore beside it is older and could not read the dump');
  }
  return { path, version, reason: null };
}

/** The pg_restore that belongs to a pg_dump. */
export function restoreBeside(pgDump: string): string {
  return join(dirname(pgDump), 'pg_restore');
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Milliseconds for which an answer stands. A session looks many times, and each asking is two processes. */
const stands = 10_000;
const answers = new Map<
  string,
  { readonly at: number; readonly version: Promise<string | null> }
>();

/** As it was said at most ten seconds ago: one that is installed meanwhile is heard of then. */
function versionOf(path: string, name: string): Promise<string | null> {
  const at = performance.now();
  const last = answers.get(path);
  if (last !== undefined && at - last.at < stands) return last.version;
  const version = askVersion(path, name);
  answers.set(path, { at, version });
  return version;
}

/** "pg_dump (PostgreSQL) 15.18 (Debian 15.18-1)" → "15.18". Debian's pg_dump is a wrapper that picks a version, so asking is the only way. */
async function askVersion(path: string, name: string): Promise<string | null> {
  // Not by execa: this is on the way to the first screen, and loading it takes longer than asking.
  const asked = (): Promise<string> =>
    new Promise((resolve) => {
      const options = { timeout: 3000, env: programEnvironment({}) };
      const child = execFile(path, ['--version'], options, (_error, stdout) => resolve(stdout));
      child.stdin?.end();
    });
  const said = await told({ kind: 'command', by: name, text: `${path} --version` }, asked);
  const match = new RegExp(`^${name} \\(PostgreSQL\\) (\\d+(?:\\.\\d+)*)`).exec(said);
  return match?.[1] ?? null;
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

function bestFirst(serverMajor: number): (a: Found, b: Found) => number {
  const own = (one: Found): number => Number(majorOf(one.version ?? '') === serverMajor);
  return (a, b) =>
    own(b) - own(a) || (b.version ?? '').localeCompare(a.version ?? '', 'en', { numeric: true });
}
