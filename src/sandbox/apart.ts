import type pg from 'pg';
import { UserError } from '../core/errors.js';
import { readIdentity, type TextQuery } from '../postgres/identity.js';
import { readingTransaction, sqlstateOf } from '../postgres/reading-transaction.js';

/** What tells one running server from another, whatever address it is reached at. */
export interface ServerMarks {
  /** When its postmaster was started, to the microsecond. */
  readonly started: string;
  /** Of the cluster: replicas and restored copies have it too. null where the role may not read it. */
  readonly system: string | null;
  readonly isStandby: boolean;
  /** "16384 shop": the databases by oid and name, which a replica has as its primary has them. */
  readonly databases: readonly string[];
  /** The one that is connected. */
  readonly database: string;
}

/**
 * Throws when the sandbox would be on the server of the live database: what a migration does to roles
 * and settings, and all load, would be there. Addresses are not compared, since one server has many.
 *
 * @param client a session on the server that --sandbox-url names; it stays open meanwhile
 * @throws UserError, also where it cannot be told; as connect does where the live server is not reached
 */
export async function checkApart(client: pg.Client, where: string, liveUrl: string): Promise<void> {
  const here: TextQuery = async (sql) =>
    (await client.query<Record<string, string | null>>(sql)).rows;
  const next = [
    'Name a server in --sandbox-url that has nothing to do with it; a container of the image postgres will do.',
    'Or leave --sandbox-url out: pgmedic then starts a server of its own, where it can.',
  ];
  const [sandbox, live] = await Promise.all([
    readMarks(here),
    readingTransaction(liveUrl, { purpose: 'sandbox' }, ({ query }) => readMarks(query)),
  ]).catch((error: unknown) => {
    if (!['42501', '42883'].includes(sqlstateOf(error) ?? '')) throw error;
    throw new UserError(
      `It cannot be told whether --sandbox-url (${where}) is the live server itself: a role may not call pg_postmaster_start_time().`,
      next,
      { cause: error },
    );
  });
  const why = sameServer(sandbox, live);
  if (why === null) return;
  throw new UserError(
    `--sandbox-url (${where}) names ${why}. Nothing was made there: trying out migrations is not for a live server.`,
    next,
  );
}

/** What the sandbox's server is to the live one; null: nothing. A restored copy that runs by itself is another server. */
export function sameServer(sandbox: ServerMarks, live: ServerMarks): string | null {
  const known = sandbox.system !== null && live.system !== null;
  // Two servers that are started together may have their microsecond in common.
  const mayBeOne = !known || sandbox.system === live.system;
  if (sandbox.started === live.started && mayBeOne) return 'the server of the live database itself';
  const oneCluster = known ? mayBeOne : sandbox.databases.includes(live.database);
  if (live.isStandby && oneCluster) return 'the primary of the live database, which is a replica';
  return null;
}

async function readMarks(query: TextQuery): Promise<ServerMarks> {
  const [row] = await query(
    `SELECT pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS started,
       pg_catalog.pg_is_in_recovery()::text AS standby,
       (SELECT pg_catalog.json_agg(d.oid || ' ' || d.datname) FROM pg_catalog.pg_database d)::text AS databases,
       (SELECT d.oid || ' ' || d.datname FROM pg_catalog.pg_database d
         WHERE d.datname = pg_catalog.current_database()) AS database`,
  );
  const identity = await readIdentity(query);
  return {
    started: row?.['started'] ?? '',
    system: identity?.split('/')[0] ?? null,
    isStandby: row?.['standby'] === 'true',
    databases: JSON.parse(row?.['databases'] ?? '[]') as string[],
    database: row?.['database'] ?? '',
  };
}
