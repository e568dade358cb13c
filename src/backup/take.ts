import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { BackupProgress, ProvenBackup } from '../core/backup.js';
import { UserError, messageOf } from '../core/errors.js';
import type { DumperFacts } from '../core/facts.js';
import { urlParts } from '../postgres/connect.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { checksumLine, sha256Of, syncPath } from './checksum.js';
import { dumpSnapshot } from './dump.js';
import { explain } from './explain.js';
import { preflight } from './preflight.js';
import { makeReporter, type Reporter } from './progress.js';
import { prove } from './proof.js';
import { restoreCommand } from './restore-command.js';
import { openSnapshot } from './snapshot.js';

export interface BackupOptions {
  /** A direct URL of the database, password included. */
  readonly url: string;
  readonly dumper: DumperFacts;
  /** Absolute; made with mode 0700 if it is not there. */
  readonly folder: string;
  /** Of the file, without extension: NAME.dump (custom format) or NAME.sql (plain). */
  readonly name: string;
  readonly sandbox: Sandbox;
  /** Called at least four times a second. */
  onProgress(progress: BackupProgress): void;
  readonly signal: AbortSignal;
  now(): Date;
}

/**
 * Takes a backup and proves it: one snapshot is counted and dumped, the dump is restored in
 * the sandbox and compared with the counts. Only then does the file get its name, with its
 * SHA-256 beside it. On any failure, and when `signal` aborts, nothing is left: no file, no
 * open transaction, no copy in the sandbox.
 *
 * @throws UserError saying why there is no backup and what to do; never with a password in it
 */
export async function takeBackup(options: BackupOptions): Promise<ProvenBackup> {
  const { url, dumper, folder, name, sandbox, signal } = options;
  if (dumper.use === 'none') throw noDumper(dumper);
  const format = dumper.use === 'native' ? 'custom' : 'plain';
  const path = join(folder, `${name}.${format === 'custom' ? 'dump' : 'sql'}`);
  const partial = join(folder, `${name}.partial`);
  await prepareFolder(folder, [path, `${path}.sha256`, partial]);
  const reporter = makeReporter(options.onProgress, options.now);
  try {
    if (signal.aborted) throw stopped();
    return await run(options, { path, partial, format, reporter });
  } catch (error) {
    await rm(partial, { force: true });
    if (signal.aborted) throw stopped();
    const secrets = [url, sandbox.adminUrl].map((one) => urlParts(one).password ?? '');
    throw explain(`The backup failed while ${reporter.phase()}`, error, secrets);
  } finally {
    reporter.stop();
  }
}

async function run(
  options: BackupOptions,
  place: { path: string; partial: string; format: 'custom' | 'plain'; reporter: Reporter },
): Promise<ProvenBackup> {
  const { url, dumper, folder, sandbox, signal } = options;
  const { path, partial, format, reporter } = place;
  const startedAt = options.now().toISOString();
  const { expected, target } = await withSnapshot(url, signal, async (snapshot) => {
    const { databaseSize } = await preflight(snapshot, folder, sandbox);
    const file = partial;
    const dump = { url, dumper, file, snapshot, databaseSize, signal, reporter };
    return { expected: await dumpSnapshot(dump), target: snapshot.target };
  });
  const sha256 = await sha256Of(partial, signal);
  const { size } = await stat(partial);
  const proof = await prove({
    file: partial,
    format,
    sha256,
    expected,
    dumper,
    sandbox,
    signal,
    onProgress: (progress) => reporter.set(progress),
  });
  signal.throwIfAborted();
  await keep(partial, path, sha256);
  const tables = expected.counts.filter((one) => one.kind === 'table');
  return {
    target,
    path,
    format,
    bytes: size,
    sha256,
    by: `pg_dump ${dumper.version ?? ''} (${dumper.path ?? 'WebAssembly'})`,
    tables: tables.length,
    rows: tables.reduce((sum, one) => sum + one.rows, 0),
    startedAt,
    provenAt: options.now().toISOString(),
    proof,
    restoreCommand: restoreCommand(url, path, dumper, expected.serverVersionNum),
  };
}

/** The snapshot is held no longer than the dump needs it, and ends at once when the operator stops. */
async function withSnapshot<T>(
  url: string,
  signal: AbortSignal,
  work: (snapshot: Awaited<ReturnType<typeof openSnapshot>>) => Promise<T>,
): Promise<T> {
  const snapshot = await openSnapshot(url);
  const stop = (): void => void snapshot.end();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    return await work(snapshot);
  } finally {
    signal.removeEventListener('abort', stop);
    await snapshot.end();
  }
}

async function prepareFolder(folder: string, files: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new UserError(`The folder for backups cannot be made: ${messageOf(error)}.`, [
      'Name another place with --out DIR.',
    ]);
  });
  for (const file of files) {
    if (await stat(file).catch(() => null)) {
      throw new UserError(`${file} is there already, and a backup is never overwritten.`, [
        'Try again in a second, or name another place with --out DIR.',
      ]);
    }
  }
}

/** Gives the proven file its name. The checksum is complete on the disk first: no dump is ever without one. */
async function keep(partial: string, path: string, sha256: string): Promise<void> {
  const sum = await open(`${path}.sha256`, 'wx', 0o600);
  try {
    await sum.writeFile(checksumLine(sha256, basename(path)));
    await sum.sync();
    await rename(partial, path);
  } catch (error) {
    await rm(`${path}.sha256`, { force: true });
    throw error;
  } finally {
    await sum.close();
  }
  await syncPath(dirname(path));
}

function stopped(): UserError {
  return new UserError(
    'The backup was stopped. Nothing of it was kept, and the database was only read.',
    [
      'Start it again when you are ready: nothing is written to the database before a backup is proven.',
    ],
  );
}

function noDumper(dumper: DumperFacts): UserError {
  const passed = dumper.rejected.map(({ path, reason }) => `${path}: ${reason}`);
  const why = passed.length > 0 ? ` (${passed.join('; ')})` : '';
  return new UserError(`There is no pg_dump that can back up this database${why}.`, [
    "Install the PostgreSQL client programs of the server's version or newer, and name pg_dump with --pg-dump PATH.",
  ]);
}
