import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../core/errors.js';
import type { DumperFacts } from '../core/facts.js';
import { urlParts } from '../postgres/connect.js';
import { libpqEnvironment } from './environment.js';
import { explain } from './explain.js';
import { dumpWithWasm } from './wasm.js';

/**
 * Owners and privileges are kept: what a role may not do shows only with them. A subscription
 * would want its publisher, and a label its provider; disks are the sandbox's own.
 */
const what = [
  '--schema-only',
  '--no-subscriptions',
  '--no-security-labels',
  '--no-tablespaces',
  '--encoding=UTF8',
  '--no-password',
  // It only waits for a lock; nobody waits behind it for longer than this.
  '--lock-wait-timeout=3s',
];

/** psql's own commands, which no server knows: the first at the head, the last after everything else. */
const restrict = /^\\restrict [A-Za-z0-9]+\r?$/m;
const unrestrict = /^\\unrestrict [A-Za-z0-9]+\s*$(?![\s\S]*^\\unrestrict)/m;
/** The mark at the end of a dump that is complete. */
const end = '-- PostgreSQL database dump complete';

/**
 * The schema of a database as SQL for the server, with owners and privileges, without rows.
 * Reads only (ACCESS SHARE locks); servers 13 to 18.
 *
 * @throws UserError saying why there is none and what to do; never with a password in it. The
 *   signal's reason when aborted.
 */
export async function dumpSchema(options: {
  url: string;
  dumper: DumperFacts;
  signal: AbortSignal;
}): Promise<string> {
  const { url, dumper, signal } = options;
  signal.throwIfAborted();
  if (dumper.use === 'none') throw noDumper(dumper);
  try {
    const text =
      dumper.use === 'native' && dumper.path !== null
        ? await withNative(dumper.path, url, signal)
        : await withWasm(url, signal);
    if (!text.includes(end)) throw new Error('unexpected end of file');
    return text.replace(restrict, '').replace(unrestrict, '');
  } catch (error) {
    signal.throwIfAborted();
    throw explain('The schema could not be dumped', error, [urlParts(url).password ?? '']);
  }
}

async function withNative(program: string, url: string, signal: AbortSignal): Promise<string> {
  const result = await execa(program, what, {
    stdin: 'ignore',
    reject: false,
    extendEnv: false,
    env: libpqEnvironment(url, 'pgmedic schema'),
    cancelSignal: signal,
    forceKillAfterDelay: 2000,
    maxBuffer: 512 * 1024 ** 2,
    stripFinalNewline: false,
  });
  signal.throwIfAborted();
  if (!result.failed) return result.stdout;
  const how = result.exitCode === undefined ? result.signal : `exit code ${result.exitCode}`;
  throw new Error(result.stderr.trim() || `${program} ended with ${how ?? 'no exit code'}`);
}

async function withWasm(url: string, signal: AbortSignal): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgmedic-schema-'));
  try {
    const file = join(folder, 'schema.sql');
    await dumpWithWasm({
      url,
      snapshot: { options: what },
      // The oldest: the settings in its head are those that every server knows.
      serverVersionNum: 0,
      file,
      signal,
      onProgress: () => {},
    });
    return await readFile(file, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function noDumper(dumper: DumperFacts): UserError {
  const passed = dumper.rejected.map(({ path, reason }) => `${path}: ${reason}`);
  const why = passed.length > 0 ? ` (${passed.join('; ')})` : '';
  return new UserError(`There is no pg_dump that can read the schema of this database${why}.`, [
    "Install the PostgreSQL client programs of the server's version or newer, and name pg_dump with --pg-dump PATH.",
  ]);
}
