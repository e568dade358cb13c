import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type pg from 'pg';
import { chosenBackup, newestProven } from '../backup/choose.js';
import { whyNoRoom } from '../backup/space.js';
import { planTarget } from '../core/digest.js';
import { UserError, messageOf } from '../core/errors.js';
import type { Facts } from '../core/facts.js';
import { bytes } from '../core/telling/amounts.js';
import type { PlanTarget, Step } from '../core/plan.js';
import type { ChosenBackup, RestoreFacts, RestoringRole } from '../core/restore.js';
import type { StateFolder } from '../files/state-folder.js';
import { readRunLog } from '../files/run-log.js';
import { connect, withConnection } from '../postgres/connect.js';
import { readIdentity, type TextQuery } from '../postgres/identity.js';
import { readLiveDatabase } from '../postgres/read-database.js';
import { urlInto } from '../postgres/url.js';
import type { Ground } from './ground.js';
import { notAsLive, seenNow } from './restore-seen.js';

/**
 * What a restore rests on: the backup that is wanted (or the newest proven one of this database),
 * and the server around the live database. Read-only.
 * @throws UserError when there is no such backup, or no room, or nothing to connect to beside it
 */
export async function readRestoreFacts(
  ground: Ground,
  facts: Facts,
  wanted: string,
): Promise<RestoreFacts> {
  const { databaseUrl: url } = ground.resolved;
  if (url === null) throw new UserError('A plan needs the database; leave out --offline.');
  const target = planTarget(facts);
  const path = wanted === '' ? await byDefault(await ground.places(), target) : resolve(wanted);
  const { backup, manifest } = await chosenBackup(path);
  const reading = { purpose: 'read', statementTimeout: 60_000 };
  return withConnection(url, reading, async ({ client }) => {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const query = asQuery(client);
    const databases = await query(
      `SELECT datname AS name, pg_catalog.shobj_description(oid, 'pg_database') AS comment,
        (datallowconn AND pg_catalog.has_database_privilege(oid, 'CONNECT'))::text AS open
       FROM pg_catalog.pg_database ORDER BY datname`,
    );
    const open = databases.flatMap((row) => (row['open'] === 'true' ? [row['name'] ?? ''] : []));
    const unseenDisk = await refuseFull(query, facts.surroundings?.databaseSize ?? 0);
    const other = await notAsLive(client);
    return {
      backup,
      live: await readLiveDatabase(query),
      maintenance: await maintenanceOf(url, target, open),
      databases: databases.map((row) => ({
        name: row['name'] ?? '',
        comment: row['comment'] ?? null,
      })),
      role: await readRole(query),
      unreadable: whyUnreadable(backup, facts),
      // Last: what fails there ends the transaction.
      seen: [
        ...unseenDisk,
        ...other,
        ...(await seenNow({ client, manifest, database: target.database })),
      ],
    };
  }).catch((error: unknown) => {
    if (error instanceof UserError) throw error;
    throw new UserError(`What a restore rests on could not be read: ${messageOf(error)}.`, [
      'Look at the server, then make the plan again.',
    ]);
  });
}

async function byDefault(places: StateFolder, target: PlanTarget): Promise<string> {
  const newest = await newestProven(places.backups, target, await takenForRestores(places));
  if (newest !== null) return newest;
  throw new UserError(
    `There is no proven backup of this database (${target.database}, ${target.identity ?? 'no identity'}) in ${places.backups}.`,
    ['Name the file, or the folder, of one: --set backup=PATH'],
  );
}

/** Backups that were taken right before a restore hold what is to be got rid of: none is taken for the next by itself. */
async function takenForRestores({ sessions }: StateFolder): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const session of await readdir(sessions)) {
    const path = join(sessions, session, 'run.jsonl');
    const text = await readFile(path, 'utf8').catch(() => '');
    if (!text.includes('"in":{')) continue;
    const { records } = await readRunLog(path);
    records.forEach((record, index) => {
      if (record.type !== 'backup-proven') return;
      const next = records.slice(index + 1).find((one) => one.type === 'plan');
      const restores = next?.type === 'plan' && next.plan.steps.some(isRestore);
      if (restores) found.add(record.backup.path);
    });
  }
  return found;
}

/** Nothing else is done from another database of the server. */
function isRestore(step: Step): boolean {
  return step.kind === 'write' && 'in' in step.write;
}

/** "postgres" as a rule; any other that takes connections will do. */
async function maintenanceOf(
  url: string,
  target: PlanTarget,
  open: readonly string[],
): Promise<PlanTarget> {
  const usual = ['postgres', 'template1'].filter((name) => open.includes(name));
  const others = open.filter((name) => !usual.includes(name));
  let last = 'there is none';
  for (const database of [...usual, ...others].filter((name) => name !== target.database)) {
    try {
      const { client } = await connect(urlInto(url, database), { purpose: 'read' });
      try {
        return { ...target, database, identity: await readIdentity(asQuery(client)) };
      } finally {
        await client.end().catch(() => {});
      }
    } catch (error) {
      last = `${database}: ${messageOf(error)}`;
    }
  }
  throw new UserError(
    `A database is made and renamed from another one of the same server, and this role can connect to none (${last}).`,
    [`Let it connect to the database postgres: GRANT CONNECT, and pg_hba.conf.`],
  );
}

async function readRole(query: TextQuery): Promise<RestoringRole> {
  const [row = {}] = await query(
    `SELECT current_user AS name, r.rolsuper::text AS superuser, r.rolcreatedb::text AS createdb,
      pg_catalog.pg_has_role(d.datdba, 'MEMBER')::text AS owns
     FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
     WHERE r.rolname = current_user AND d.datname = pg_catalog.current_database()`,
  );
  const is = (name: string): boolean => row[name] === 'true';
  return {
    name: row['name'] ?? '',
    superuser: is('superuser'),
    createdb: is('createdb'),
    owns: is('owns'),
  };
}

function whyUnreadable({ format }: ChosenBackup, { surroundings }: Facts): string | null {
  if (format === 'plain' || surroundings?.dumper.use === 'native') return null;
  return "it is in pg_dump's own format, and there is no pg_restore here that fits the server";
}

/**
 * The copy is about as large as the live database. Where the server is on another machine its disk cannot
 * be seen, and that is told.
 * @throws UserError where there is too little room
 */
async function refuseFull(query: TextQuery, size: number): Promise<readonly string[]> {
  const [row] = await query(
    `SELECT setting AS path FROM pg_catalog.pg_settings WHERE name = 'data_directory'`,
  );
  const path = row?.['path'];
  if (path == null || !(await stat(path).catch(() => null))?.isDirectory()) {
    return [
      `The server's disk cannot be seen from here: look that it has ${bytes(size)} free. Both databases are there for a while.`,
    ];
  }
  const why = await whyNoRoom([{ path, bytes: size, what: 'the new database' }]);
  if (why === null) return [];
  throw new UserError(why, ['Make room on the server; both databases are there for a while.']);
}

function asQuery(client: pg.Client): TextQuery {
  return async (sql) => (await client.query<Record<string, string | null>>(sql)).rows;
}
