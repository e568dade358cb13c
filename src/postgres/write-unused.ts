import { UserError } from '../core/errors.js';
import { quoteLiteral } from '../core/tool.js';
import type { WriteSession } from './write-session.js';

/** "pid 4711 in shop (app, worker, from 10.0.0.3): idle, connected for 40 s"; prepared transactions too. */
export async function sessionsIn(
  rows: WriteSession['rows'],
  databases: readonly string[],
): Promise<readonly string[]> {
  const names = `(${databases.map(quoteLiteral).join(', ')})`;
  const sessions = await rows(
    // What autovacuum does, PostgreSQL stops by itself. What belongs to others may not be seen.
    `SELECT pid::text, datname, coalesce(usename, 'unknown'), coalesce(application_name, ''),
      coalesce(host(client_addr), 'this server'), coalesce(state, 'unknown state'),
      coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - backend_start)::bigint::text, '?')
     FROM pg_catalog.pg_stat_activity
     WHERE datname IN ${names} AND pid <> pg_catalog.pg_backend_pid()
       AND coalesce(backend_type, '') <> 'autovacuum worker' ORDER BY backend_start, pid`,
  );
  const prepared = await rows(
    `SELECT gid, database, owner FROM pg_catalog.pg_prepared_xacts WHERE database IN ${names}`,
  );
  return [
    ...sessions.map(([pid, database, user, application, from, state, age]) => {
      const who = [user, application, `from ${from}`].filter((part) => part !== '').join(', ');
      return `pid ${pid} in ${database} (${who}): ${state}, connected for ${age} s`;
    }),
    ...prepared.map(
      ([gid, database, owner]) => `the prepared transaction ${gid} of ${owner} in ${database}`,
    ),
  ];
}

/** @throws UserError that lists who is connected to any of them */
export async function refuseUsed(
  rows: WriteSession['rows'],
  databases: readonly string[],
): Promise<void> {
  if (databases.length === 0) return;
  const found = await sessionsIn(rows, databases);
  if (found.length === 0) return;
  throw new UserError(
    `${found.length} ${found.length === 1 ? 'session is' : 'sessions are'} connected to ${databases.join(' or ')}`,
    [
      ...found.map((line) => `In the way: ${line}`),
      'Stop what they belong to (application, workers, pools), or ask their owners; pgmedic ends nobody. Then make the plan again: what is done stays done.',
    ],
  );
}
