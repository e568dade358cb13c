import { chown, lchown, mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { messageOf } from '../core/errors.js';
import { folderPrefix, removeSandbox, showLife, sweep } from './leftovers.js';
import { copyNative, linkLibraries } from './native.js';
import type { ServerUser } from './place.js';
import { makeCluster, runServer, stopServer } from './server.js';
import { folderSetting, writeStandIns } from './stand-ins/files.js';

/**
 * The keeper: a program of its own, in a session of its own, that makes the sandbox, runs the
 * server and ends both when its standard input closes. That happens when its owner stops the
 * sandbox, and just as well when the owner is killed: there is no other way to stop, so the
 * way after a SIGKILL is the one that always runs. It speaks one JSON line each way.
 */
export interface KeeperOrder {
  readonly base: string;
  readonly native: string;
  readonly major: number;
  /** The server's user cannot use the installed programs: work with a copy in the sandbox's folder. */
  readonly copy: boolean;
  readonly user: ServerUser | null;
  readonly password: string;
}

export type KeeperReport =
  | { readonly state: 'made'; readonly folder: string }
  | { readonly state: 'ready'; readonly port: number }
  | { readonly state: 'failed'; readonly message: string };

async function keep(): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
  process.stdout.on('error', () => stop.abort());
  const input = createInterface({ input: process.stdin });
  input.on('close', () => stop.abort());
  const [line] = (await once(input, 'line', { signal: stop.signal })) as [string];
  const order = JSON.parse(line) as KeeperOrder;
  let folder: string | null = null;
  try {
    folder = await makeFolder(order);
    await serve(order, folder, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) report({ state: 'failed', message: messageOf(error) });
  } finally {
    if (folder !== null) await removeSandbox(folder);
  }
}

/** Returns when the server has ended, for whatever reason. */
async function serve(order: KeeperOrder, folder: string, signal: AbortSignal): Promise<void> {
  const life = await showLife(folder, 'keeper');
  report({ state: 'made', folder });
  const native = order.copy ? join(folder, 'native') : order.native;
  const files = { folder, native, major: order.major };
  await makeCluster(files, order.password, signal);
  const standIns = await writeStandIns(folder);
  const server = await runServer(files, [[folderSetting, standIns]], signal);
  report({ state: 'ready', port: server.port });
  const sweeping = sweep(order.base);
  if (!signal.aborted) await Promise.race([server.exited, once(signal, 'abort')]);
  await stopServer(server);
  await sweeping;
  life.close();
}

/**
 * Makes the 0700 folder and then, as root, becomes the unprivileged user for good. What needs
 * root, reading a package under /root, comes before; the folder is given away last, so that
 * no process of that user can meddle meanwhile.
 */
async function makeFolder({ base, native, copy, user }: KeeperOrder): Promise<string> {
  // What a keeper left that was killed at this point still belongs to root.
  if (user !== null) await sweep(base);
  const folder = await mkdtemp(join(base, folderPrefix));
  try {
    if (copy) {
      await copyNative(native, join(folder, 'native'));
      if (!(await linkLibraries(join(folder, 'native')))) throw new Error('cannot link libraries');
    }
    if (user !== null) {
      await giveAway(folder, user);
      process.setgroups?.([user.gid]);
      process.setgid?.(user.gid);
      process.setuid?.(user.uid);
    }
  } catch (error) {
    await removeSandbox(folder);
    throw error;
  }
  process.chdir(folder);
  return folder;
}

async function giveAway(folder: string, user: ServerUser): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await giveAway(path, user);
    else await lchown(path, user.uid, user.gid);
  }
  await chown(folder, user.uid, user.gid);
}

function report(message: KeeperReport): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

await keep().then(
  () => process.exit(0),
  () => process.exit(1),
);
