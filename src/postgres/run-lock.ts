import { UserError } from '../core/errors.js';
import { connect, urlParts, withConnection, type Connection } from './connect.js';
import { pause } from './write-status.js';

/** "pgmedic" in ASCII, as one number: advisory locks are the database's own, so one key is enough. */
const KEY = BigInt(`0x${Buffer.from('pgmedic', 'ascii').toString('hex')}`);
const TRIES = 10;
/** Milliseconds between two tries, half of it by chance: who came at once does not ask at once again. */
const PAUSE = 200;

/** Keeps every other pgmedic from writing to a database while one run of a plan lasts. */
export interface RunLock {
  /**
   * Takes it for the database of this URL, or sees that it is still held.
   * @throws UserError when another pgmedic has it, or when the connection that held it is gone
   */
  hold(url: string): Promise<void>;
  /** Safe to call when it is not held. */
  release(): Promise<void>;
}

/** A session-level advisory lock on a connection of its own; the server gives it back when that ends. */
export function runLock(): RunLock {
  let held: { readonly connection: Connection; readonly url: string; lost: boolean } | null = null;
  return {
    async hold(url) {
      if (held !== null && held.url === url) {
        // What a dead connection held may be another's by now, and what was looked at is old.
        if (held.lost || !(await answers(held.connection))) throw lostLock();
        return;
      }
      await held?.connection.client.end().catch(() => {});
      held = null;
      const connection = await connect(url, { purpose: 'run' });
      const mine = { connection, url, lost: false };
      connection.client.once('end', () => (mine.lost = true));
      try {
        await take(connection, url);
      } catch (error) {
        await connection.client.end().catch(() => {});
        throw error;
      }
      held = mine;
    },
    async release() {
      const was = held;
      held = null;
      await was?.connection.client.end().catch(() => {});
    },
  };
}

async function take({ client, keyDataPid }: Connection, url: string): Promise<void> {
  const { rows } = await client.query<{ pid: string }>(
    'SELECT pg_catalog.pg_backend_pid()::text AS pid',
  );
  if (rows[0]?.pid !== String(keyDataPid)) {
    throw new UserError('A connection pooler stands between pgmedic and the server.', [
      'Use a direct URL (DATABASE_URL_UNPOOLED or DIRECT_URL): behind a pooler locks cannot be relied on.',
    ]);
  }
  // It waits idle while a step runs; from PostgreSQL 14 on, the server may be set to end such sessions.
  await client.query(
    `SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = 'idle_session_timeout'`,
  );
  for (let tries = 1; ; tries++) {
    const found = await client.query<{ ok: string }>(
      `SELECT pg_catalog.pg_try_advisory_lock(${KEY})::text AS ok`,
    );
    if (found.rows[0]?.ok === 'true') return;
    if (tries >= TRIES) break;
    await pause(PAUSE * (0.5 + Math.random()));
  }
  throw new UserError(`${anotherWrites(url)}${await holder(client)}.`, [
    'Wait until it has ended, then read everything again.',
  ]);
}

function anotherWrites(url: string): string {
  return `Another pgmedic is writing to ${urlParts(url).database}`;
}

/**
 * Who has the lock now: "Another pgmedic is writing to shop (server process 4711, as app, since ...)".
 * null: nobody, or it could not be asked. Not for a session that has the lock itself.
 */
export async function writerNow(url: string | null): Promise<string | null> {
  if (url === null) return null;
  const asked = { purpose: 'read', statementTimeout: 5000 };
  const found = await withConnection(url, asked, ({ client }) => holder(client)).catch(() => '');
  return found === '' ? null : `${anotherWrites(url)}${found}`;
}

/** ": process 4711 of app, since ..."; '' when it has just gone. */
async function holder(client: Connection['client']): Promise<string> {
  const high = KEY >> 32n;
  const low = KEY & 0xffffffffn;
  const { rows } = await client.query<Record<'pid' | 'usename' | 'since', string | null>>(
    `SELECT l.pid::text AS pid, a.usename::text AS usename, a.backend_start::text AS since
     FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
       AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
       AND l.classid::bigint = ${high} AND l.objid::bigint = ${low}`,
  );
  const [row] = rows;
  if (row === undefined) return '';
  return ` (server process ${row.pid}, as ${row.usename ?? '?'}, since ${row.since ?? '?'})`;
}

async function answers({ client }: Connection): Promise<boolean> {
  return client.query('SELECT 1').then(
    () => true,
    () => false,
  );
}

function lostLock(): UserError {
  return new UserError(
    'The connection that kept every other pgmedic from writing was lost, so this run stops here.',
    ['Read everything again, then make a new plan for what is left.'],
  );
}
