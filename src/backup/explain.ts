import { UserError, messageOf } from '../core/errors.js';

interface Known {
  readonly pattern: RegExp;
  readonly say: string;
  readonly next: string;
}

/** What pg_dump, pg_restore and the server say, and what it means for the operator. The strings were measured on PostgreSQL 15 and 18. */
const known: readonly Known[] = [
  {
    pattern: /aborting because of server version mismatch/,
    say: 'pg_dump is older than the server.',
    next: 'Name a pg_dump of the same or a newer major version with --pg-dump PATH.',
  },
  {
    pattern: /password authentication failed for user/,
    say: 'The server refused the password.',
    next: 'Check user and password in the database URL.',
  },
  {
    pattern: /fe_sendauth: no password supplied/,
    say: 'The server asks for a password and none was given.',
    next: 'Put the password into the database URL or PGPASSWORD.',
  },
  {
    pattern: /has group or world access/,
    say: 'A password or key file may be read by others, so libpq does not use it.',
    next: 'chmod 0600 the file that is named below, then try again.',
  },
  {
    pattern: /Connection refused|ECONNREFUSED/,
    say: 'The server no longer accepts connections.',
    next: 'See that PostgreSQL is running and has connections left, then try again.',
  },
  {
    pattern: /could not translate host name|ENOTFOUND|EAI_AGAIN/,
    say: 'The host name cannot be resolved.',
    next: 'Check the host in the database URL, and VPN or DNS.',
  },
  {
    pattern: /database ".*" does not exist/,
    say: 'There is no such database on the server.',
    next: 'Check the database name at the end of the URL.',
  },
  {
    pattern: /query would be affected by row-level security policy/,
    say: 'Row-level security would hide rows from this role, so its dump would not be whole.',
    next: 'Use a role with BYPASSRLS, or the owner of the tables.',
  },
  {
    pattern: /permission denied for (table|schema|sequence|large object|view|materialized view)/,
    say: 'The role may not read everything that belongs into the backup.',
    next: 'Use a role that may: the owner, a superuser, or a member of pg_read_all_data.',
  },
  {
    pattern:
      /(canceling statement due to (statement|lock) timeout.*LOCK TABLE)|(LOCK TABLE.*canceling statement due to (statement|lock) timeout)/,
    say: 'Another session holds a lock on a table, so pg_dump could not begin.',
    next: 'Wait for that session (a migration, an ALTER TABLE) or ask its owner to end it, then try again.',
  },
  {
    pattern: /due to conflict with recovery/,
    say: 'What the primary had done in the meantime could not wait for the backup, so the replica stopped it.',
    next: 'Back up the primary. Or let the replica wait: raise max_standby_streaming_delay on it, or SELECT pg_wal_replay_pause() while it is backed up.',
  },
  {
    pattern: /canceling statement due to (statement|lock) timeout/,
    say: 'A statement took longer than the server allows, or waited for a lock.',
    next: 'Look at pg_stat_activity for who holds it, or raise statement_timeout for this role, then try again.',
  },
  {
    pattern: /No space left on device|ENOSPC|could not extend file/,
    say: 'There is no space left.',
    next: 'Free some space, or name another place with --out DIR.',
  },
  {
    pattern: /PQgetCopyData\(\) failed/,
    say: 'The connection broke off while a table was read.',
    next: 'Check network and server log, then try again.',
  },
  {
    pattern: /invalid snapshot identifier|snapshot ".*" does not exist/,
    say: 'The snapshot was gone before pg_dump could use it, or pg_dump reached another server.',
    next: 'Use the direct URL of the primary, not a pooler or a load balancer, then try again.',
  },
  {
    pattern: /unsupported startup parameter|not allowed in statement pooling mode/,
    say: 'This is a pooler (PgBouncer), and a backup through one is not safe.',
    next: 'Give the direct URL with --database-url, DATABASE_URL_UNPOOLED or DIRECT_URL.',
  },
  {
    pattern:
      /input file is too short|could not read from input file: end of file|unexpected end of file|does not appear to be a valid archive|could not uncompress data|corrupt/,
    say: 'The dump is damaged or cut short.',
    next: 'Check the disk it was written to, and take the backup again.',
  },
  {
    pattern:
      /Cannot enlarge memory|out of memory|Aborted\(|memory access out of bounds|invalid (array|string) length|heap out of memory/i,
    say: 'The WebAssembly pg_dump ran out of memory: a hundred rows of some table together are too large for it.',
    next: 'Install the PostgreSQL client programs and name pg_dump with --pg-dump PATH.',
  },
  {
    pattern:
      /extension "[^"]*" is not available|could not open extension control file|could not access file "/,
    say: 'The sandbox lacks an extension that this database uses.',
    next: 'Name a server that has it, on which pgmedic may create databases, with --sandbox-url.',
  },
  {
    pattern:
      /collation ".*" .*does not exist|could not create locale|unrecognized ICU|locale .* (is not|unknown)/,
    say: 'The sandbox lacks a collation that this database uses.',
    next: 'Name a server that has it, on which pgmedic may create databases, with --sandbox-url.',
  },
  {
    pattern: /encoded data was not valid|invalid byte sequence for encoding/,
    say: 'Some text is not UTF-8, and a sandbox database holds nothing else.',
    next: 'Back up with pg_dump by hand, and test it in a database made with the encoding of this one.',
  },
  {
    pattern:
      /server closed the connection unexpectedly|Connection terminated|connection to server was lost|ECONNRESET|terminating connection/,
    say: 'The server closed the connection.',
    next: 'Check network and server log, then try again.',
  },
];

/** Longest piece of a program's own words that is shown. */
const shown = 600;

/**
 * What went wrong, in the operator's words, with the program's own last lines.
 * `doing` begins the sentence ("The dump failed"). `secrets` never appear in it.
 */
export function explain(doing: string, error: unknown, secrets: readonly string[]): UserError {
  if (error instanceof UserError) return error;
  const text = redact(messageOf(error).trim(), secrets).replaceAll(/\s*\n\s*/g, '; ');
  const found = known.find(({ pattern }) => pattern.test(text));
  const own = text.length > shown ? `...${text.slice(-shown)}` : text;
  if (!found) {
    return new UserError(`${doing}: ${own}`, ['Look at the server log, then try again.']);
  }
  return new UserError(`${doing}. ${found.say} (${own})`, [found.next]);
}

/** The text without any of the secrets, plain or percent-encoded. */
function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((secret) => secret !== '')
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
