import pg from 'pg';
import { withConnection } from '../postgres/connect.js';

/** Makes an empty UTF8 database and returns its URL: `adminUrl` with the other name. */
export async function makeDatabase(adminUrl: string, name: string): Promise<string> {
  const create = `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8'`;
  await withConnection(adminUrl, { purpose: 'sandbox' }, ({ client }) => client.query(create));
  return databaseUrl(adminUrl, name);
}

/** Drops a database that may be gone already, ending the sessions in it. */
export async function removeDatabase(adminUrl: string, name: string): Promise<void> {
  const drop = `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`;
  await withConnection(adminUrl, { purpose: 'sandbox' }, ({ client }) => client.query(drop));
}

/** The same server, another database. */
export function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}
