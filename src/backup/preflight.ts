import { stat } from 'node:fs/promises';
import type pg from 'pg';
import { UserError } from '../core/errors.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { withConnection } from '../postgres/connect.js';
import { isPooled } from '../postgres/read-target.js';
import { replicaLag } from './replica.js';
import type { Snapshot } from './snapshot.js';
import { whyNoRoom } from './space.js';
import { dumpedRelation } from './tables.js';

/** Names shown in one message. */
const shown = 8;

export interface Ready {
  /** pg_database_size, bytes. */
  readonly databaseSize: number;
  /** How far a replica is behind, in words; null for a primary. */
  readonly lag: string | null;
  /** Why the copy for the proof does not fit; null when it does. */
  readonly noProof: string | null;
  /** Where the sandbox keeps its data, if that is on this machine. */
  readonly sandboxData: string | null;
}

/**
 * Looks at all that would make the backup fail or be incomplete, before it begins.
 *
 * @param directUrl another address of the same database, for going around a pooler, as it may be shown
 * @throws UserError naming it
 */
export async function preflight(
  snapshot: Snapshot,
  folder: string,
  sandbox: Sandbox,
  directUrl: string | null = null,
): Promise<Ready> {
  const { client, keyDataPid, backendPid } = snapshot;
  if (isPooled(client.host, keyDataPid, String(backendPid))) throw throughPooler(directUrl);
  await checkReadable(client);
  await checkExtensions(client, sandbox);
  const { rows } = await client.query<{ size: string }>(
    'SELECT pg_catalog.pg_database_size(current_database()) AS size',
  );
  const databaseSize = Number(rows[0]?.size);
  const backup = { path: folder, bytes: databaseSize, what: 'the backup' };
  const lacking = await whyNoRoom([backup]);
  if (lacking !== null) {
    throw new UserError(lacking, [
      'Free some space, or name another place for the backup with --out DIR.',
    ]);
  }
  const sandboxData = await dataFolder(sandbox);
  const copy = { path: sandboxData ?? '', bytes: databaseSize, what: 'the proof in the sandbox' };
  const noProof = sandboxData === null ? null : await whyNoRoom([backup, copy]);
  return { databaseSize, lag: await replicaLag(client), noProof, sandboxData };
}

/** Asked before any transaction: PgBouncer in statement mode lets none begin. @throws UserError */
export async function refusePooler(url: string, directUrl: string | null): Promise<void> {
  await withConnection(url, { purpose: 'backup' }, async ({ client, keyDataPid }) => {
    const { rows } = await client.query<{ pid: string }>(
      'SELECT pg_catalog.pg_backend_pid() AS pid',
    );
    if (isPooled(client.host, keyDataPid, rows[0]?.pid ?? '')) throw throughPooler(directUrl);
  });
}

/** A dump through a pooler can be incomplete, and its session settings disturb other clients. */
function throughPooler(directUrl: string | null): UserError {
  const direct = directUrl === null ? [] : [`A direct URL was found: ${directUrl}`];
  return new UserError(
    'This connection goes through a pooler. A dump through one can be incomplete and disturbs other clients.',
    [...direct, 'Give the direct URL with --database-url, DATABASE_URL_UNPOOLED or DIRECT_URL.'],
  );
}

async function checkReadable(client: pg.Client): Promise<void> {
  const { rows } = await client.query<Record<string, string>>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
      has_schema_privilege(n.oid, 'USAGE') AND CASE c.relkind
        WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT')
        ELSE has_table_privilege(c.oid, 'SELECT') END AS readable,
      c.relkind = 'r' AND c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS hidden
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'S') AND ${dumpedRelation}
    ORDER BY 1`);
  const unreadable = rows.filter((row) => row['readable'] !== 't').map((row) => row['name'] ?? '');
  if (unreadable.length > 0) {
    throw new UserError(
      `This role may not read ${list(unreadable)}, so a backup by it would not be whole.`,
      ['Use a role that may: the owner, a superuser, or a member of pg_read_all_data.'],
    );
  }
  const hidden = rows.filter((row) => row['hidden'] === 't').map((row) => row['name'] ?? '');
  if (hidden.length > 0) {
    throw new UserError(`Row-level security would hide rows of ${list(hidden)} from this role.`, [
      'Use a role with BYPASSRLS, or the owner of the tables.',
    ]);
  }
}

async function checkExtensions(client: pg.Client, sandbox: Sandbox): Promise<void> {
  const used = await client.query<{ name: string }>(
    'SELECT extname AS name FROM pg_catalog.pg_extension ORDER BY 1',
  );
  const available = await withConnection(sandbox.adminUrl, { purpose: 'proof' }, (connection) =>
    connection.client.query<{ name: string }>(
      'SELECT name FROM pg_catalog.pg_available_extensions',
    ),
  );
  const names = new Set(available.rows.map((row) => row.name));
  const missing = used.rows.map((row) => row.name).filter((name) => !names.has(name));
  if (missing.length > 0) {
    throw new UserError(
      `The sandbox lacks the extension ${list(missing)}, so a backup of this database cannot be proven in it.`,
      ['Name a server that has it, on which pgmedic may create databases, with --sandbox-url.'],
    );
  }
}

/** With --sandbox-url the server may be on another machine: then its disk cannot be seen from here. */
async function dataFolder(sandbox: Sandbox): Promise<string | null> {
  const data = await withConnection(sandbox.adminUrl, { purpose: 'proof' }, (connection) =>
    connection.client.query<{ data_directory: string }>('SHOW data_directory'),
  ).catch(() => null);
  const path = data?.rows[0]?.data_directory;
  const here = path !== undefined && (await stat(path).catch(() => null))?.isDirectory() === true;
  return here ? path : null;
}

function list(names: readonly string[]): string {
  const more = names.length - shown;
  return names.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
