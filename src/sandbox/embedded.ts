import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { UserError, messageOf } from '../core/errors.js';
import { withConnection } from '../postgres/connect.js';
import { makeDatabase, removeDatabase } from './databases.js';
import type { KeeperOrder, KeeperReport } from './keeper.js';
import { removeSandbox, showLife } from './leftovers.js';
import {
  type Host,
  linkLibraries,
  nativeFolder,
  runnableByAll,
  thisHost,
  wayOut,
} from './native.js';
import { baseFolder, serverUser } from './place.js';
import type { Sandbox } from './sandbox.js';
import { superuser } from './server.js';

/** A start that takes longer than this (milliseconds) has failed. */
const patience = 60_000;

/**
 * Starts a PostgreSQL of the npm package under a keeper (see keeper.ts).
 *
 * @throws UserError naming --sandbox-url when it cannot run here; the signal's reason when aborted
 */
export async function startEmbedded(signal?: AbortSignal, host?: Host): Promise<Sandbox> {
  const native = await nativeFolder(host ?? (await thisHost()));
  const user = await serverUser();
  const base = await baseFolder(user);
  const usable = user === null || (await runnableByAll(join(native, 'bin', 'postgres')));
  const copy = !(await linkLibraries(native)) || !usable;
  const password = randomBytes(24).toString('hex');
  signal?.throwIfAborted();
  const keeper = await startKeeper({ base, native, copy, user, password }, signal);
  try {
    const adminUrl = `postgresql://${superuser}:${password}@127.0.0.1:${keeper.port}/postgres`;
    await showLife(keeper.folder, 'owner');
    const serverVersion = await withConnection(adminUrl, { purpose: 'sandbox' }, async (on) => {
      const { rows } = await on.client.query<{ version: string }>(
        `SELECT current_setting('server_version') AS version`,
      );
      return rows[0]!.version;
    });
    signal?.throwIfAborted();
    return sandboxOf(adminUrl, serverVersion, keeper.stop);
  } catch (error) {
    await keeper.stop();
    throw error;
  }
}

function sandboxOf(adminUrl: string, serverVersion: string, stop: () => Promise<void>): Sandbox {
  const made = new Map<string, string>();
  return {
    serverVersion,
    adminUrl,
    async createDatabase(name = `sandbox_${randomBytes(8).toString('hex')}`) {
      const url = await makeDatabase(adminUrl, name);
      made.set(url, name);
      return url;
    },
    async dropDatabase(url) {
      const name = made.get(url);
      if (name === undefined) throw new Error('this database was not made in this sandbox');
      await removeDatabase(adminUrl, name);
      made.delete(url);
    },
    stop,
  };
}

interface Keeper {
  readonly folder: string;
  readonly port: number;
  stop(): Promise<void>;
}

async function startKeeper(order: KeeperOrder, signal: AbortSignal | undefined): Promise<Keeper> {
  const child = spawnKeeper();
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const input = child.stdin as Writable;
  // A keeper that is gone already is noticed by its exit.
  input.on('error', () => {});
  let folder: string | null = null;
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopping ??= end());
  const end = async (): Promise<void> => {
    signal?.removeEventListener('abort', stop);
    child.ref();
    input.end();
    await exited;
    // The keeper has removed the folder, unless it was killed itself.
    if (folder !== null) await removeSandbox(folder);
  };
  signal?.addEventListener('abort', stop, { once: true });
  const slow = setTimeout(stop, patience);
  try {
    input.write(`${JSON.stringify(order)}\n`);
    for await (const line of createInterface({ input: child.stdout as Readable })) {
      const report = JSON.parse(line) as KeeperReport;
      if (report.state === 'failed') throw cannotStart(report.message);
      if (report.state === 'made') folder = report.folder;
      else if (folder !== null) {
        letGo(child);
        return { folder, port: report.port, stop };
      }
    }
    signal?.throwIfAborted();
    throw cannotStart(stopping === null ? 'its keeper ended' : 'it was not ready in 60 seconds');
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(slow);
  }
}

/** Detached: a session of its own, which Ctrl-C in the terminal does not reach. */
function spawnKeeper(): ChildProcess {
  const extension = extname(fileURLToPath(import.meta.url));
  const program = fileURLToPath(new URL(`./keeper${extension}`, import.meta.url));
  return spawn(process.execPath, [...loader(extension), program], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    // NODE_OPTIONS and the like of the operator's shell are not for it.
    env: { PATH: process.env['PATH'], JITI_FS_CACHE: 'false' },
    cwd: '/',
  });
}

/** From TypeScript sources (the tests) Node 20 needs help; jiti is a dependency anyway. */
function loader(extension: string): readonly string[] {
  if (extension !== '.ts') return [];
  const jiti = dirname(createRequire(import.meta.url).resolve('jiti/package.json'));
  return ['--import', join(jiti, 'lib', 'jiti-register.mjs')];
}

/** A program that has done its work may end without stopping the sandbox: the keeper sees to it. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout])
    (stream as unknown as { unref(): void }).unref();
}

function cannotStart(reason: unknown): UserError {
  return new UserError(
    `The sandbox, a throw-away PostgreSQL, did not start: ${messageOf(reason)}.`,
    [wayOut],
  );
}
