import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type pg from 'pg';
import { told } from '../postgres/observed.js';
import { sizeOf, syncDumpFolder, syncPath } from './checksum.js';
import { libpqEnvironment, programEnvironment } from './environment.js';
import { restoreBeside } from './find.js';
import type { Shape } from './shape.js';
import { listWithoutWaysOut } from './ways-out.js';

/** Milliseconds between two looks at how far pg_dump is. */
const interval = 250;

export interface NativeProgress {
  /** As pg_dump prints it: schema.name, never quoted. */
  readonly table?: string;
  readonly tablesBegun: number;
  /** Rows of `table` that were copied, where the server says so (14 and later). */
  readonly rowsOfTable: number;
  readonly bytes: number;
}

/**
 * Dumps the database of `url`, as the snapshot sees it, into `file`, which must not be there: it is
 * made here, for nobody else to read (0600, a folder 0700), and pg_dump writes into it.
 *
 * @throws Error with pg_dump's own last lines
 */
export async function dumpWithNative(options: {
  program: string;
  url: string;
  snapshot: string;
  shape: Shape;
  file: string;
  signal: AbortSignal;
  /** The session that holds the snapshot: it asks how far pg_dump is. */
  client: pg.Client;
  onProgress(progress: NativeProgress): void;
}): Promise<void> {
  const { program, url, shape, file, signal, client, onProgress } = options;
  const isFolder = shape.format === 'directory';
  if (isFolder) await mkdir(file, { mode: 0o700 });
  else await (await open(file, 'wx', 0o600)).close();
  const name = `pgmedic dump ${process.pid}`;
  let table: string | undefined;
  let tablesBegun = 0;
  let over = false;
  const running = run(
    program,
    dumpArguments(shape, options.snapshot, file),
    libpqEnvironment(url, name),
    {
      signal,
      onLine(line) {
        const match = /dumping contents of table "(.*)"/.exec(line);
        if (!match?.[1]) return;
        table = match[1];
        tablesBegun += 1;
      },
    },
  ).finally(() => {
    over = true;
  });
  const look = async (): Promise<void> => {
    const rows = await rowsCopied(client, name);
    const bytes = await sizeOf(file);
    if (!over)
      onProgress({
        ...(table === undefined ? {} : { table }),
        tablesBegun,
        rowsOfTable: rows,
        bytes,
      });
  };
  // How far it is, is good to know and no more: an error here is none of the dump's.
  const looking = (async () => {
    while (!over) {
      await look();
      await Promise.race([
        running.catch(() => {}),
        new Promise((next) => setTimeout(next, interval)),
      ]);
    }
  })().catch(() => {});
  try {
    await running;
  } finally {
    await looking;
  }
  await (isFolder ? syncDumpFolder(file) : syncPath(file));
}

/** How pg_dump is called for this shape, but for where and what. */
export function shapeArguments({ format, compression, jobs }: Shape): string[] {
  return [
    `--format=${format}`,
    `--compress=${compression === 'zstd' ? 'zstd' : '6'}`,
    ...(format === 'directory' ? [`--jobs=${jobs}`] : []),
  ];
}

function dumpArguments(shape: Shape, snapshot: string, file: string): string[] {
  return [
    ...shapeArguments(shape),
    '--no-password',
    '--verbose',
    '--lock-wait-timeout=30s',
    `--snapshot=${snapshot}`,
    `--file=${file}`,
  ];
}

/** 0 where it cannot be known. The statistics of a transaction stand still unless they are cleared. */
async function rowsCopied(client: pg.Client, application: string): Promise<number> {
  const { rows } = await client.query<{ there: string | null }>(
    `SELECT pg_catalog.pg_stat_clear_snapshot(), to_regclass('pg_catalog.pg_stat_progress_copy') AS there`,
  );
  if (rows[0]?.there == null) return 0;
  const copy = await client.query<{ rows: string }>(
    `SELECT coalesce(sum(p.tuples_processed), 0) AS rows FROM pg_catalog.pg_stat_progress_copy p
      JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid
      WHERE a.application_name = $1 AND a.datname = current_database()`,
    [application],
  );
  return Number(copy.rows[0]?.rows ?? 0);
}

/**
 * Restores a dump in the custom or directory format into an empty database.
 *
 * @throws Error with pg_restore's own last lines
 */
export async function restoreWithNative(options: {
  /** The pg_dump whose pg_restore is used. */
  program: string;
  url: string;
  file: string;
  /** Processes that restore at once. */
  jobs: number;
  /** False: objects belong to the role of `url`, and nothing is granted. */
  owners: boolean;
  /** False: for a copy that is thrown away (ways-out.ts). */
  waysOut: boolean;
  signal: AbortSignal;
  /** schema.name, never quoted. */
  onTable(table: string): void;
}): Promise<void> {
  const { program, url, file, jobs, owners, waysOut, signal, onTable } = options;
  const text = waysOut ? null : await listWithoutWaysOut(program, file, signal);
  const list = text === null ? null : await listFile(text);
  const environment = libpqEnvironment(url, 'pgmedic restore');
  const arguments_ = [
    '--exit-on-error',
    '--no-password',
    '--verbose',
    '--no-tablespaces',
    ...(jobs > 1 ? [`--jobs=${jobs}`] : []),
    ...(owners ? [] : ['--no-owner', '--no-privileges']),
    ...(list === null ? [] : [`--use-list=${list.path}`]),
    `--dbname=${environment['PGDATABASE']}`,
    file,
  ];
  try {
    await run(restoreBeside(program), arguments_, environment, {
      signal,
      onLine(line) {
        const match = /processing data for table "(.*)"/.exec(line);
        if (match?.[1]) onTable(match[1]);
      },
    });
  } finally {
    await list?.remove();
  }
}

/** pg_restore takes it from a file only. */
async function listFile(text: string): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'pgmedic-list-'));
  const path = join(folder, 'list');
  await writeFile(path, text, { mode: 0o600 });
  return { path, remove: () => rm(folder, { recursive: true }) };
}

/**
 * Has pg_restore read a dump to its end and make of it all the SQL that it holds, into nothing.
 * Unlike a listing this meets every byte: a compressed dump that is damaged does not come through.
 *
 * @throws Error with pg_restore's own last lines
 */
export async function readWithNative(options: {
  readonly program: string;
  readonly file: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { program, file, signal } = options;
  const arguments_ = ['--file=/dev/null', file];
  await run(restoreBeside(program), arguments_, programEnvironment({}), {
    signal,
    onLine: () => {},
  });
}

/**
 * The SQL of a dump without rows, into a file.
 *
 * @throws Error with pg_restore's own last lines
 */
export async function schemaWithNative(options: {
  /** The pg_dump whose pg_restore is used. */
  readonly program: string;
  readonly file: string;
  readonly into: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { program, file, into, signal } = options;
  const arguments_ = ['--schema-only', '--no-tablespaces', `--file=${into}`, file];
  await run(restoreBeside(program), arguments_, programEnvironment({}), {
    signal,
    onLine: () => {},
  });
}

function run(
  program: string,
  arguments_: readonly string[],
  env: NodeJS.ProcessEnv,
  options: { signal: AbortSignal; onLine(line: string): void },
): Promise<void> {
  const text = [program, ...arguments_].join(' ');
  return told({ kind: 'command', by: basename(program), text }, () =>
    runUntold(program, arguments_, env, options),
  );
}

async function runUntold(
  program: string,
  arguments_: readonly string[],
  env: NodeJS.ProcessEnv,
  options: { signal: AbortSignal; onLine(line: string): void },
): Promise<void> {
  const { signal, onLine } = options;
  const child = execa(program, arguments_, {
    stdin: 'ignore',
    stdout: 'ignore',
    buffer: false,
    reject: false,
    extendEnv: false,
    env,
    cancelSignal: signal,
    forceKillAfterDelay: 2000,
  });
  const last: string[] = [];
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stderr })) {
      onLine(line);
      // What --verbose tells of its work would hide the error.
      if (!/^pg_(dump|restore): [a-z]+ing /.test(line) || /error|warning/.test(line))
        last.push(line);
      if (last.length > 8) last.shift();
    }
  })();
  const result = await child;
  await reading;
  signal.throwIfAborted();
  if (!result.failed) return;
  const how = result.exitCode === undefined ? result.signal : `exit code ${result.exitCode}`;
  throw new Error(last.join('\n') || `${program} ended with ${how ?? 'no exit code'}`);
}
