import type { Surroundings, TableRef } from '../core/facts.js';
import type { Query } from '../tools/contract.js';
import { readBlockers } from './read-blockers.js';
import { readMissingPrivileges } from './read-privileges.js';

/** What the server itself tells of the surroundings; the dumper and the URLs are looked at elsewhere. */
export type ServerSurroundings = Pick<
  Surroundings,
  'missingPrivileges' | 'blockers' | 'databaseSize'
>;

/** `history` is where the rows are, or where the tool would make the table; `title` the tool's name. */
export async function readSurroundings(
  query: Query,
  history: TableRef,
  title: string,
): Promise<ServerSurroundings> {
  const [size] = await query('SELECT pg_database_size(current_database()) AS bytes');
  return {
    missingPrivileges: await readMissingPrivileges(query, history, title),
    blockers: await readBlockers(query, history),
    databaseSize: Number(size?.['bytes']),
  };
}
