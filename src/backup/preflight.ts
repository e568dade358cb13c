import { stat, statfs } from 'node:fs/promises';
import type pg from 'pg';
import { UserError } from '../core/errors.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { withConnection } from '../postgres/connect.js';
import { isPooled } from '../postgres/read-target.js';
import type { Snapshot } from './snapshot.js';
import { dumpedRelation } from './tables.js';

/** Names shown in one message. */
const shown = 8;

/** @throws UserError for all that would make the backup fail or be incomplete, before it begins. */
export async function preflight(
  snapshot: Snapshot,
  folder: string,
  sandbox: Sandbox,
): Promise<{ readonly databaseSize: number }> {
  const { client, keyDataPid, backendPid } = snapshot;
  if (isPooled(client.host, keyDataPid, String(backendPid))) {
    throw new UserError(
      'This connection goes through a pooler. A dump through one can be incomplete and disturbs other clients.',
      ['Give the direct URL with --database-url, DATABASE_URL_UNPOOLED or DIRECT_URL.'],
    );
  }
  await checkReadable(snapshot.client);
  await checkExtensions(snapshot.client, sandbox);
  const { rows } = await snapshot.client.query<{ size: string }>(
    'SELECT pg_catalog.pg_database_size(current_database()) AS size',
  );
  const databaseSize = Number(rows[0]?.size);
  await checkSpace(await places(folder, sandbox, databaseSize));
  return { databaseSize };
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

/** A place that has to hold some bytes, and what for. */
export interface SpaceNeed {
  readonly path: string;
  readonly bytes: number;
  readonly what: string;
}

/** The dump is smaller than the database as a rule; the restored copy is about as large. */
async function places(folder: string, sandbox: Sandbox, size: number): Promise<SpaceNeed[]> {
  const needs = [{ path: folder, bytes: size, what: 'the backup' }];
  const data = await withConnection(sandbox.adminUrl, { purpose: 'proof' }, (connection) =>
    connection.client.query<{ data_directory: string }>('SHOW data_directory'),
  ).catch(() => null);
  const path = data?.rows[0]?.data_directory;
  // With --sandbox-url the server may be on another machine: then its disk cannot be seen from here.
  const here = path !== undefined && (await stat(path).catch(() => null))?.isDirectory();
  if (path !== undefined && here)
    needs.push({ path, bytes: size, what: 'the proof in the sandbox' });
  return needs;
}

/** @throws UserError when a file system has less free space than all that is to be on it. */
export async function checkSpace(needs: readonly SpaceNeed[]): Promise<void> {
  const devices = new Map<number, SpaceNeed[]>();
  for (const need of needs) {
    const { dev } = await stat(need.path);
    devices.set(dev, [...(devices.get(dev) ?? []), need]);
  }
  for (const together of devices.values()) {
    const first = together[0];
    if (first === undefined) continue;
    const { bavail, bsize } = await statfs(first.path);
    const needed = together.reduce((sum, need) => sum + need.bytes, 0);
    if (bavail * bsize >= needed) continue;
    const what = together.map((need) => `${need.what} (${need.path})`).join(' and ');
    throw new UserError(
      `There is too little space for ${what}: ${size(needed)} needed, ${size(bavail * bsize)} free.`,
      ['Free some space, or name another place for the backup with --out DIR.'],
    );
  }
}

function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function list(names: readonly string[]): string {
  const more = names.length - shown;
  return names.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
