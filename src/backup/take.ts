import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { BackupProgress, ProvenBackup, ReadBackup } from '../core/backup.js';
import { UserError, messageOf } from '../core/errors.js';
import type { DumperFacts, History } from '../core/facts.js';
import { urlParts } from '../postgres/connect.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { checksumLines, sha256Of, sizeOf, syncPath } from './checksum.js';
import { countSnapshot } from './count.js';
import { dumpSnapshot } from './dump.js';
import { explain } from './explain.js';
import { removeManifest, writeManifest } from './manifest.js';
import { preflight, type Ready, refusePooler } from './preflight.js';
import { makeReporter, type Reporter } from './progress.js';
import type { Expected } from './proof.js';
import { proveOrSayWhy } from './prove-or-say-why.js';
import { readBack } from './read-back.js';
import { restoreCommand } from './restore-command.js';
import { type Shape, shapeOf } from './shape.js';
import { openSnapshot, type Snapshot } from './snapshot.js';
import { KEEP_FREE, watchingSpace } from './space.js';
import { watchWaiting } from './waiting.js';
import { whyNoZstd } from './zstd.js';

export interface BackupOptions {
  /** A direct URL of the database, password included. */
  readonly url: string;
  /** Another address of it, for going around a pooler, without its password: shown where `url` leads through one. */
  readonly directUrl?: string | null;
  readonly dumper: DumperFacts;
  /** Absolute; made with mode 0700 if it is not there. */
  readonly folder: string;
  /** Of the file, without extension: NAME.dump (custom format), NAME.dir (a folder) or NAME.sql (plain). */
  readonly name: string;
  readonly sandbox: Sandbox;
  /** Called at least four times a second. */
  onProgress(progress: BackupProgress): void;
  readonly signal: AbortSignal;
  /** Ends the proof alone, at any time: the backup is then read back, and not proven. */
  readonly enough?: AbortSignal;
  now(): Date;
  /** Reads the migration tool's rows in the snapshot, for whoever restores the backup. */
  readonly history?: (snapshot: Snapshot) => Promise<History | null>;
  /** Bytes from which a native dump is a folder; bytes that are left free on the disks. */
  readonly largeFrom?: number;
  readonly keepFree?: number;
}

/**
 * Takes a backup and proves it: one snapshot is dumped and then counted, the dump is read back from the
 * disk, restored in the sandbox and compared with the counts. Only then does it get its name, with
 * its SHA-256 beside it. What was read back and could not be restored, for want of room or of time,
 * is kept as NAME.unproven and says why. On any failure, and when `signal` aborts, nothing is
 * left: no file, no open transaction, no copy in the sandbox.
 *
 * @throws UserError saying why there is no backup and what to do; never with a password in it
 */
export async function takeBackup(options: BackupOptions): Promise<ProvenBackup | ReadBackup> {
  const { url, dumper, folder, name, sandbox, signal } = options;
  if (dumper.use === 'none') throw noDumper(dumper);
  const partial = join(folder, `${name}.partial`);
  const names = ['.dump', '.sql', '.dir'].flatMap((end) => [name + end, `${name}.unproven${end}`]);
  const taken = names.flatMap((one) =>
    ['', '.sha256', '.manifest.json'].map((end) => join(folder, one + end)),
  );
  await prepareFolder(folder, [...taken, partial]);
  const reporter = makeReporter(options.onProgress, options.now);
  try {
    if (signal.aborted) throw stopped();
    return await run(options, partial, reporter);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (signal.aborted) throw stopped();
    const secrets = [url, sandbox.adminUrl].map((one) => urlParts(one).password ?? '');
    throw explain(`The backup failed while ${reporter.phase()}`, error, secrets);
  } finally {
    reporter.stop();
  }
}

interface Written {
  readonly expected: Expected;
  readonly snapshot: Pick<Snapshot, 'target' | 'serverVersionNum'>;
  readonly ready: Ready;
  readonly shape: Shape;
  readonly sha256: string;
  readonly bytes: number;
  readonly history: History | null;
}

async function run(
  options: BackupOptions,
  file: string,
  reporter: Reporter,
): Promise<ProvenBackup | ReadBackup> {
  const { url, dumper, folder, name, signal, sandbox, enough } = options;
  const startedAt = options.now().toISOString();
  const written = await write(options, file, reporter);
  const { shape, sha256, expected, snapshot, ready } = written;
  reporter.set({ phase: 'reading back', table: null });
  const common = { file, format: shape.format, sha256, dumper };
  const reading = await readBack({ ...common, signal });
  const readBackAt = options.now().toISOString();
  const outcome = await proveOrSayWhy({
    ...common,
    expected,
    ready,
    sandbox,
    signal,
    enough,
    keepFree: options.keepFree ?? KEEP_FREE,
    onProgress: (progress) => reporter.set(progress),
  });
  signal.throwIfAborted();
  const extension = { custom: 'dump', directory: 'dir', plain: 'sql' }[shape.format];
  const proven = 'proof' in outcome;
  const path = join(folder, `${name}${proven ? '' : '.unproven'}.${extension}`);
  const tables = expected.counts.filter((one) => one.kind === 'table');
  const backup = {
    target: snapshot.target,
    path,
    format: shape.format,
    bytes: written.bytes,
    sha256,
    by: `pg_dump ${dumper.version ?? ''} (${dumper.path ?? 'WebAssembly'})`,
    chosen: shape.words,
    lag: ready.lag,
    tables: tables.length,
    rows: tables.reduce((sum, one) => sum + one.rows, 0),
    startedAt,
    restoreCommand: restoreCommand(url, path, dumper, snapshot.serverVersionNum),
  };
  const made = proven
    ? { ...backup, provenAt: options.now().toISOString(), proof: outcome.proof }
    : { ...backup, readBackAt, reading, unproven: outcome.unproven };
  await writeManifest({ format: 1, backup: made, expected, history: written.history });
  await keep(file, path, signal).catch(async (error: unknown) => {
    await removeManifest(path);
    throw error;
  });
  return made;
}

/**
 * Dumps into `file`, and counts what it has to hold. `onWritten` is called between the two, at the state
 * *written*: on the disk, with its SHA-256.
 */
export async function write(
  options: Omit<BackupOptions, 'name' | 'onProgress'>,
  file: string,
  reporter: Reporter,
  onWritten: () => void = () => {},
): Promise<Written> {
  const { url, dumper, folder, sandbox, signal, largeFrom, keepFree = KEEP_FREE } = options;
  await refusePooler(url, options.directUrl ?? null);
  const noZstd = dumper.path === null ? null : await whyNoZstd(dumper.path);
  return withSnapshot(url, signal, async (snapshot) => {
    const ready = await preflight(snapshot, folder, sandbox, options.directUrl);
    const { databaseSize } = ready;
    const large = largeFrom === undefined ? {} : { largeFrom };
    const shape = shapeOf({ dumper, databaseSize, noZstd, ...large });
    const waiting = watchWaiting(url, (waitingFor) => reporter.set({ waitingFor }));
    const watch = { path: folder, what: 'The backup', keepFree, signal };
    try {
      const { tables, ...dumped } = await watchingSpace(watch, (watched) =>
        dumpSnapshot({
          url,
          dumper,
          shape,
          file,
          snapshot,
          databaseSize,
          signal: watched,
          reporter,
        }),
      );
      const history = (await options.history?.(snapshot)) ?? null;
      const sha256 = await sha256Of(file, signal);
      onWritten();
      const expected = { ...dumped, ...(await countSnapshot(snapshot, tables, reporter)) };
      return { expected, snapshot, ready, shape, sha256, bytes: await sizeOf(file), history };
    } finally {
      await waiting.end();
      reporter.set({ waitingFor: [] });
    }
  });
}

/** The snapshot is held no longer than dump and counts need it, and ends at once when the operator stops. */
async function withSnapshot<T>(
  url: string,
  signal: AbortSignal,
  work: (snapshot: Snapshot) => Promise<T>,
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

/** Gives the backup its name. The checksum is complete on the disk first: no dump is ever without one. */
async function keep(partial: string, path: string, signal: AbortSignal): Promise<void> {
  const lines = await checksumLines(partial, basename(path), signal);
  const sum = await open(`${path}.sha256`, 'wx', 0o600);
  try {
    await sum.writeFile(lines);
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
