import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { withConnection } from '../postgres/connect.js';

/**
 * Copied as files, a template takes a fifth of the time that it takes through the WAL. The
 * checkpoint that this needs costs nothing where nothing is synced, as in the embedded server;
 * elsewhere others on the server would feel it. Before 15 there is no choice.
 */
const copiesFiles = `SELECT pg_catalog.current_setting('fsync') = 'off'
  AND pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 150000 AS copy`;

/** Makes an empty UTF8 database and returns its URL: `adminUrl` with the other name. */
export async function makeDatabase(adminUrl: string, name: string): Promise<string> {
  const create = `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8'`;
  await withConnection(adminUrl, { purpose: 'sandbox' }, async ({ client }) => {
    const { rows } = await client.query<{ copy: string }>(copiesFiles);
    await client.query(rows[0]?.copy === 't' ? `${create} STRATEGY FILE_COPY` : create);
  });
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

/** Drops a database that may be gone already, ending the sessions in it. PostgreSQL 13 or later. */
export async function removeDatabase(adminUrl: string, name: string): Promise<void> {
  const drop = `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`;
  await withConnection(adminUrl, { purpose: 'sandbox' }, ({ client }) => client.query(drop));
}

/** The databases that one sandbox made, and only those: nothing else can be dropped through it. */
export interface Databases {
  create(name?: string): Promise<string>;
  drop(url: string): Promise<void>;
  /** Names not yet dropped. */
  names(): readonly string[];
}

/** @param nameFor gives the name that is really used, from the one that was asked for */
export function databasesOn(
  adminUrl: string,
  nameFor: (asked: string | undefined) => string = (asked) => asked ?? randomName(),
): Databases {
  const made = new Map<string, string>();
  return {
    async create(asked) {
      const name = nameFor(asked);
      const url = await makeDatabase(adminUrl, name);
      made.set(url, name);
      return url;
    },
    async drop(url) {
      const name = made.get(url);
      if (name === undefined) throw new Error('this database was not made in this sandbox');
      await removeDatabase(adminUrl, name);
      made.delete(url);
    },
    names: () => [...made.values()],
  };
}

function randomName(): string {
  return `sandbox_${randomBytes(8).toString('hex')}`;
}
