import { describe, expect, test } from 'vitest';
import { explain } from '../../src/backup/explain.js';
import { UserError } from '../../src/core/errors.js';

/** What the programs really say, and a word of what the operator is told to do. */
const sayings = [
  ['pg_dump: error: aborting because of server version mismatch', '--pg-dump'],
  ['FATAL:  password authentication failed for user "app"', 'Check user and password'],
  ['connection to server failed: fe_sendauth: no password supplied', 'PGPASSWORD'],
  [
    'WARNING: password file "/x" has group or world access; permissions should be u=rw (0600) or less',
    'chmod 0600',
  ],
  ['connection to server at "db", port 5432 failed: Connection refused', 'running'],
  ['could not translate host name "db" to address: Name or service not known', 'DNS'],
  ['FATAL:  database "shop" does not exist', 'database name'],
  ['pg_dump: error: query failed: ERROR:  permission denied for table users', 'pg_read_all_data'],
  ['ERROR:  query would be affected by row-level security policy for table "t"', 'BYPASSRLS'],
  [
    'ERROR:  canceling statement due to statement timeout\nquery was: LOCK TABLE public.t IN ACCESS SHARE MODE',
    'Wait for that session',
  ],
  ['pg_dump: error: could not write to output file: No space left on device', '--out DIR'],
  [
    'pg_dump: error: Dumping the contents of table "t" failed: PQgetCopyData() failed.',
    'network and server log',
  ],
  ['server closed the connection unexpectedly', 'server log'],
  ['pg_restore: error: input file is too short (read 0, expected 5)', 'take the backup again'],
  ['pg_restore: error: could not read from input file: end of file', 'take the backup again'],
  ['ERROR:  invalid snapshot identifier: "00000003-1"', 'direct URL'],
  ['FATAL:  unsupported startup parameter: options', 'direct URL'],
  ['ERROR:  extension "postgis" is not available', '--sandbox-url'],
] as const;

/** Each of facts/postgres-recovery.md, "Strings worth a named error", as it stands there. */
const listed = [
  'aborting because of server version mismatch',
  'password authentication failed for user',
  'fe_sendauth: no password supplied',
  'has group or world access',
  'Connection refused',
  'could not translate host name',
  'database "x" does not exist',
  'permission denied for table',
  'query would be affected by row-level security policy',
  'canceling statement due to statement timeout; LOCK TABLE',
  'could not write to output file: No space left on device',
  'PQgetCopyData() failed',
  'server closed the connection unexpectedly',
  'input file is too short',
  'could not read from input file: end of file',
  'invalid snapshot identifier',
  'unsupported startup parameter: options',
  // PgBouncer 1.18 in statement mode.
  'transaction blocks not allowed in statement pooling mode',
];

test.each(listed)('%s has a name of its own, and says what to do', (said) => {
  const { message, next } = explain('The dump failed', new Error(`pg_dump: error: ${said}`), []);
  expect(message).toMatch(/^The dump failed\. [A-Za-z].*\. \(/);
  expect(next.join()).not.toContain('Look at the server log, then try again.');
  expect(next).toHaveLength(1);
});

describe('an error of a backup', () => {
  test.each(sayings)('%s', (said, advice) => {
    const error = explain('The dump failed', new Error(said), []);
    expect(error.next).toHaveLength(1);
    expect(error.next[0]).toContain(advice);
    expect(error.message).toMatch(/^The dump failed\. .*\.? \(/);
    expect(error.message).toContain(said.slice(0, 20));
  });

  test('never carries the password, plain or percent-encoded', () => {
    const error = explain('The dump failed', new Error('bad: p@ss/1 and p%40ss%2F1'), [
      'p@ss/1',
      '',
    ]);
    expect(error.message).toBe('The dump failed: bad: *** and ***');
    expect(error.cause).toBeUndefined();
  });

  test('that is one already stays what it is', () => {
    const error = new UserError('as it was', ['do this']);
    expect(explain('The dump failed', error, [])).toBe(error);
  });
});
