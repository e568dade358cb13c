import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { withConnection } from '../postgres/connect.js';
import { databasesOn } from './databases.js';
import { showLife } from './leftovers.js';
import { type Host, linkLibraries, nativeFolder, runnableByAll, thisHost } from './native.js';
import { baseFolder, serverUser } from './place.js';
import type { Sandbox } from './sandbox.js';
import { type ServerPrograms, superuser } from './server.js';
import { startKeeper } from './start-keeper.js';

/** What optionalDependencies of package.json name. */
const embeddedMajor = 18;

/**
 * Starts the PostgreSQL of the npm package under a keeper (see keeper.ts).
 *
 * @throws UserError naming --sandbox-url when it cannot run here; the signal's reason when aborted
 */
export async function startEmbedded(
  signal?: AbortSignal,
  host?: Host,
  onBegun?: () => void,
): Promise<Sandbox> {
  const native = await nativeFolder(host ?? (await thisHost()));
  return startPrograms({ native, major: embeddedMajor }, signal, onBegun);
}

/**
 * Starts a server of these programs, PostgreSQL 14 or later, under a keeper.
 *
 * @throws as startEmbedded
 */
export async function startPrograms(
  { native, major }: ServerPrograms,
  signal?: AbortSignal,
  onBegun?: () => void,
): Promise<Sandbox> {
  const user = await serverUser();
  const base = await baseFolder(user);
  const usable = user === null || (await runnableByAll(join(native, 'bin', 'postgres')));
  const copy = !(await linkLibraries(native)) || !usable;
  const password = randomBytes(24).toString('hex');
  signal?.throwIfAborted();
  const starting = startKeeper({ base, native, major, copy, user, password }, signal);
  onBegun?.();
  const keeper = await starting;
  try {
    await showLife(keeper.folder, 'owner');
    // It speaks no TLS, whatever PGSSLMODE of the operator's shell asks for.
    const server = `${superuser}:${password}@127.0.0.1:${keeper.port}`;
    const adminUrl = `postgresql://${server}/postgres?sslmode=disable`;
    const serverVersion = await versionOf(adminUrl);
    signal?.throwIfAborted();
    const { create: createDatabase, drop: dropDatabase } = databasesOn(adminUrl);
    return { serverVersion, adminUrl, createDatabase, dropDatabase, stop: keeper.stop };
  } catch (error) {
    await keeper.stop();
    signal?.throwIfAborted();
    throw error;
  }
}

async function versionOf(adminUrl: string): Promise<string> {
  return withConnection(adminUrl, { purpose: 'sandbox' }, async ({ client }) => {
    const { rows } = await client.query<{ version: string }>(
      `SELECT current_setting('server_version') AS version`,
    );
    return rows[0]?.version ?? '';
  });
}
