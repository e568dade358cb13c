import type pg from 'pg';
import { leftOutOf } from '../../backup/schema-dump.js';
import { quoteIdent } from '../../core/tool.js';
import { connect, urlParts, withConnection } from '../../postgres/connect.js';
import type { LiveSession } from '../../postgres/read-roles.js';
import type { Sandbox } from '../sandbox.js';
import { offerStandIns, standInsIn } from '../stand-ins/index.js';
import { fenceOf } from '../fence.js';
import { membersOf } from './extension-members.js';
import type { CopyServer } from './left-out.js';
import { copyRoles } from './roles.js';
import { restoreSchema } from './restore.js';
import type { RehearsalInput } from './types.js';

/** A schema-only copy of the live database in the sandbox. */
export interface Copy {
  /** As the sandbox's own role, outside of whatever the migrations do; it sees what is committed. */
  readonly admin: pg.Client;
  /** Opens a session as the tool would have it: the live user, its search_path and settings. */
  session(): Promise<pg.Client>;
  /** Where it stands. */
  readonly server: CopyServer;
  /** Its name in the sandbox, which the server's messages may have. */
  readonly name: string;
  /** Live tables that the role may not read, so that they are not in the dump. */
  readonly leftOut: readonly string[];
  /** Names of what else the copy has not. */
  readonly lacks: readonly string[];
  /** Where it is not as the live server, one sentence each. */
  readonly unlike: readonly string[];
  /** Drops it, and its roles; gives a sentence for each role that stays. */
  end(): Promise<readonly string[]>;
}

/**
 * A statement that waits for something would hang: no migration may take longer than this, in
 * milliseconds, on the few rows that are here.
 */
const statementTimeout = 60_000;

export async function makeCopy(
  sandbox: Sandbox,
  dump: string,
  input: RehearsalInput,
): Promise<Copy> {
  const { live, parser, signal } = input;
  const texts = input.runs.flatMap(({ chunks }) => chunks.map(({ text }) => text));
  const roles = await copyRoles(sandbox, live.roles, live.session, dump, texts);
  const open: pg.Client[] = [];
  let url: string | null = null;
  const stop = (): void => {
    for (const client of open) client.connection.stream.destroy();
  };
  const end = async (): Promise<readonly string[]> => {
    signal.removeEventListener('abort', stop);
    for (const client of open) await client.end().catch(() => {});
    if (url !== null) await sandbox.dropDatabase(url);
    return roles.takeBack();
  };
  const session = async (address: string): Promise<pg.Client> => {
    const { client } = await connect(address, { purpose: 'rehearsal', statementTimeout });
    open.push(client);
    return client;
  };
  try {
    url = await sandbox.createDatabase();
    signal.addEventListener('abort', stop, { once: true });
    signal.throwIfAborted();
    const own = await withConnection(url, { purpose: 'rehearsal' }, ({ client }) =>
      offerStandIns(client),
    );
    const { refused, fence } = await withConnection(
      url,
      { purpose: 'rehearsal' },
      async ({ client }) => {
        open.push(client);
        const fence = await fenceOf(client);
        await likeLiveDatabase(client, live.session, roles.owners);
        const made = await restoreSchema(client, dump, {
          parser,
          owners: roles.owners,
          signal,
          fence,
        });
        await fillMaterializedViews(client);
        return { refused: made, fence };
      },
    );
    const lost = refused.flatMap(({ extension }) => extension ?? []);
    const members =
      lost.length === 0 ? [] : await input.ask.look((query) => membersOf(query, lost));
    const triggers = refused.flatMap(({ eventTrigger }) => eventTrigger ?? []);
    const admin = await session(url);
    const address = url;
    const standIns = (await standInsIn(admin)).map(({ sentence }) => sentence);
    return {
      admin,
      async session() {
        const client = await session(address);
        await beLikeLive(client, live.session, roles.user);
        return client;
      },
      server: { own, admin: urlParts(sandbox.adminUrl).user, fence },
      name: urlParts(url).database,
      leftOut: leftOutOf(dump),
      lacks: [...refused.flatMap(({ names }) => names), ...members],
      unlike: [...roles.unlike, ...standIns, ...triggers.map(withoutTrigger)],
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function withoutTrigger(name: string): string {
  return `what the event trigger ${name} does at these migrations was not tried: it is not put on the server of --sandbox-url`;
}

/** Owner and privileges of the database itself stand in no dump of its schema. */
async function likeLiveDatabase(
  client: pg.Client,
  live: LiveSession,
  owners: boolean,
): Promise<void> {
  if (!live.publicSchema) await client.query('DROP SCHEMA public');
  if (!owners) return;
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  const name = quoteIdent(rows[0]?.name ?? '');
  const lines = [`ALTER DATABASE ${name} OWNER TO ${quoteIdent(live.databaseOwner)}`];
  if (live.databasePrivileges !== null) {
    lines.push(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    lines.push(`REVOKE ALL ON DATABASE ${name} FROM ${quoteIdent(live.databaseOwner)}`);
    for (const { role, privilege, grantable } of live.databasePrivileges) {
      const to = role === '' ? 'PUBLIC' : quoteIdent(role);
      const option = grantable && role !== '' ? ' WITH GRANT OPTION' : '';
      lines.push(`GRANT ${privilege} ON DATABASE ${name} TO ${to}${option}`);
    }
  }
  for (const line of lines) await client.query(line).catch(() => {});
}

/** A dump makes them without rows and not to be read from (55000); live they can be. */
export async function fillMaterializedViews(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_catalog.pg_class WHERE relkind = 'm' ORDER BY oid`,
  );
  for (const { name } of rows) {
    await client.query(`REFRESH MATERIALIZED VIEW ${name}`).catch(() => {});
  }
}

async function beLikeLive(
  client: pg.Client,
  live: LiveSession,
  user: string | null,
): Promise<void> {
  const settings = { ...live.settings, search_path: live.searchPath };
  for (const [name, value] of Object.entries(settings)) {
    // A setting of another version.
    await client
      .query('SELECT pg_catalog.set_config($1, $2, false)', [name, value])
      .catch(() => {});
  }
  if (user !== null) await client.query(`SET SESSION AUTHORIZATION ${quoteIdent(user)}`);
}
