import type pg from 'pg';
import { connect, urlParts, type Connection } from '../postgres/connect.js';
import type { BackedUp } from '../core/backup.js';
import { readIdentity } from '../postgres/identity.js';
import { sameText } from './tables.js';

/** A transaction that stays open so that a dump, and the counts to hold against it, see one moment. */
export interface Snapshot {
  readonly client: pg.Client;
  readonly keyDataPid: number | null;
  readonly backendPid: number;
  /** For pg_dump --snapshot. */
  readonly id: string;
  readonly serverVersionNum: number;
  /** Read in this very transaction: another connection to the same URL may reach another server. */
  readonly target: BackedUp;
  /** Ends the transaction and the connection; a running query is cancelled. Safe to call twice. */
  end(): Promise<void>;
}

/**
 * Begins the snapshot, or, with the id of one that is open, a second transaction that sees the same
 * moment. Reads only; timeouts that would end an idle transaction are off for it.
 */
export async function openSnapshot(url: string, same?: string): Promise<Snapshot> {
  const { client, keyDataPid } = await connect(url, { purpose: 'backup' });
  try {
    // Nothing is bundled with BEGIN: behind some poolers a multi-statement string is refused.
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    if (same !== undefined) await client.query(`SET TRANSACTION SNAPSHOT '${same}'`);
    await client.query(`SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '30s';
      SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL row_security = off; ${sameText}`);
    const { rows } = await client.query<Record<string, string>>(
      `SELECT pg_catalog.pg_export_snapshot() AS id, pg_catalog.pg_backend_pid() AS pid,
        current_setting('server_version_num') AS version, current_database() AS database`,
    );
    const serverVersionNum = Number(rows[0]?.['version']);
    if (serverVersionNum >= 170_000) await client.query('SET LOCAL transaction_timeout = 0');
    const { host, port } = urlParts(url);
    const identity = await readIdentity(async (sql) => (await client.query(sql)).rows);
    const target = { host, port, database: rows[0]?.['database'] ?? '', identity };
    const backendPid = Number(rows[0]?.['pid']);
    let ended: Promise<void> | null = null;
    const end = (): Promise<void> =>
      (ended ??= endSession(url, { client, keyDataPid }, backendPid));
    const id = rows[0]?.['id'] ?? '';
    return { client, keyDataPid, backendPid, id, serverVersionNum, target, end };
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/**
 * Ends a session of ours that may be in the middle of a query: closing the socket alone would
 * leave the server counting to the end.
 */
async function endSession(url: string, session: Connection, pid: number): Promise<void> {
  const { client } = session;
  const rolledBack = client.query('ROLLBACK').then(
    () => true,
    () => true,
  );
  const quick = new Promise<boolean>((resolve) => {
    setTimeout(resolve, 200, false).unref();
  });
  if (!(await Promise.race([rolledBack, quick]))) {
    await cancelBackend(url, pid);
    await rolledBack;
  }
  await client.end().catch(() => {});
}

/** Asks the server to stop what a session of our own role is doing. */
export async function cancelBackend(url: string, pid: number): Promise<void> {
  const helper = await connect(url, { purpose: 'cancel', statementTimeout: 5000 }).catch(
    () => null,
  );
  if (helper === null) return;
  await helper.client.query('SELECT pg_catalog.pg_cancel_backend($1)', [pid]).catch(() => {});
  await helper.client.end().catch(() => {});
}
