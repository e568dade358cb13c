import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { UserError } from '../core/errors.js';
import { connect, urlParts } from '../postgres/connect.js';
import { checkApart } from './apart.js';
import { databasesOn, removeDatabase } from './databases.js';
import type { Sandbox } from './sandbox.js';

/** First key of the advisory locks ("pgmd"); the second is the sandbox's id. */
export const lockClass = 0x70_67_6d_64;

/** pgmedic_sandbox_<id>_<number> */
const ownName = /^pgmedic_sandbox_([0-9a-f]{8})_\d+$/;

/** DROP DATABASE ... WITH (FORCE) came with 13. */
const oldest = 130_000;

/**
 * A sandbox on the server that --sandbox-url names. Its databases are called
 * `pgmedic_sandbox_<random>_<n>`, whatever name is asked for, and are dropped at stop.
 *
 * A session of its own holds an advisory lock with the sandbox's id for as long as this process
 * lives. After a SIGKILL the databases stay until the next start with the same role on the same
 * server: it drops those whose lock nobody holds and in which nobody is. Where no further
 * start comes, they have to be dropped by hand.
 *
 * @param liveUrl the database that is worked on, whose server it must not be
 * @throws UserError when the server cannot be reached, is too old, is a pooler or a standby, has to do
 *   with the live one, or the role may not create databases
 */
export async function useNamedServer(
  url: string,
  liveUrl: string | null,
  signal?: AbortSignal,
): Promise<Sandbox> {
  const { client, keyDataPid } = await connect(url, { purpose: 'sandbox' });
  const { host, port } = urlParts(url);
  const where = `${host}:${port}`;
  try {
    const serverVersion = await suitable(client, where, keyDataPid);
    if (liveUrl !== null) await checkApart(client, where, liveUrl);
    signal?.throwIfAborted();
    const id = await lockId(client);
    await sweepDatabases(client, url);
    signal?.throwIfAborted();
    // The lock must not keep a program alive that has done its work.
    (client as unknown as { unref(): void }).unref();
    return sandboxOn(url, where, serverVersion, id, client, signal);
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

function sandboxOn(
  url: string,
  where: string,
  serverVersion: string,
  id: string,
  client: pg.Client,
  signal: AbortSignal | undefined,
): Sandbox {
  let count = 0;
  let lost = false;
  client.once('end', () => (lost = true));
  const databases = databasesOn(url, () => `pgmedic_sandbox_${id}_${++count}`);
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopping ??= end());
  const end = async (): Promise<void> => {
    signal?.removeEventListener('abort', quietly);
    const kept: string[] = [];
    for (const name of databases.names()) {
      await removeDatabase(url, name).catch(() => kept.push(name));
    }
    // Nothing else may be going on by now: without this the program would end here, half way.
    if (!lost) (client as unknown as { ref(): void }).ref();
    await client.end().catch(() => {});
    if (kept.length > 0) throw leftBehind(kept, where);
  };
  const quietly = (): void => void stop().catch(() => {});
  signal?.addEventListener('abort', quietly, { once: true });
  return {
    serverVersion,
    adminUrl: url,
    async createDatabase() {
      if (lost) {
        throw new UserError(`The connection to the sandbox server ${where} was lost.`, [
          'Check the server, and begin again.',
        ]);
      }
      return databases.create();
    },
    dropDatabase: databases.drop,
    stop,
  };
}

/** The server's version, "17.5". */
async function suitable(client: pg.Client, where: string, keyPid: number | null): Promise<string> {
  const { rows } = await client.query<
    Record<'version' | 'number' | 'role' | 'may' | 'pid' | 'standby', string>
  >(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number,
            current_user AS role, rolcreatedb OR rolsuper AS may, pg_backend_pid() AS pid,
            pg_is_in_recovery() AS standby
       FROM pg_roles WHERE rolname = current_user`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the server does not know the role that is connected');
  const { version, number, role, may, pid, standby } = row;
  if (keyPid !== null && keyPid !== Number(pid)) {
    throw new UserError(`The sandbox server ${where} is a connection pooler.`, [
      "Give the server's own address in --sandbox-url.",
    ]);
  }
  if (standby === 't') {
    throw new UserError(`The sandbox server ${where} is a standby: nothing can be made there.`, [
      'Name a server of its own in --sandbox-url, best not one that has to do with the live one.',
    ]);
  }
  if (may !== 't') {
    throw new UserError(
      `The role ${role} may not create databases on the sandbox server ${where}.`,
      [
        `Let an administrator run there: ALTER ROLE "${role}" CREATEDB;`,
        'Or name another role or server in --sandbox-url.',
      ],
    );
  }
  if (Number(number) < oldest) {
    throw new UserError(`The sandbox server ${where} is PostgreSQL ${version}: too old.`, [
      'Name a server of version 13 or later in --sandbox-url, best the version of the database to repair.',
    ]);
  }
  return version.replace(/ .*/, '');
}

async function lockId(client: pg.Client): Promise<string> {
  for (;;) {
    const bytes = randomBytes(4);
    const { rows } = await client.query<{ got: string }>(
      'SELECT pg_try_advisory_lock($1::int, $2::int) AS got',
      [lockClass, bytes.readInt32BE()],
    );
    if (rows[0]?.got === 't') return bytes.toString('hex');
  }
}

/** Drops what a killed pgmedic of the same role left. */
async function sweepDatabases(client: pg.Client, url: string): Promise<void> {
  // First the databases, then the locks: a living owner takes its lock before its first database.
  const found = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database
      WHERE starts_with(datname, 'pgmedic_sandbox_') AND pg_get_userbyid(datdba) = current_user
        AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datid = pg_database.oid)`,
  );
  const held = await client.query<{ id: string }>(
    `SELECT objid::text AS id FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid = $1`,
    [lockClass],
  );
  const alive = new Set(held.rows.map(({ id }) => Number(id).toString(16).padStart(8, '0')));
  for (const { name } of found.rows) {
    const id = ownName.exec(name)?.[1];
    if (id === undefined || alive.has(id)) continue;
    // Another start may sweep at the same time; what cannot be dropped is no reason to fail.
    await removeDatabase(url, name).catch(() => {});
  }
}

function leftBehind(names: readonly string[], where: string): UserError {
  return new UserError(
    `On the sandbox server ${where} these databases could not be dropped: ${names.join(', ')}.`,
    [
      `Drop them by hand: ${names.map((name) => `DROP DATABASE "${name}" WITH (FORCE);`).join(' ')}`,
    ],
  );
}
