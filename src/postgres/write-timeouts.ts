import type { WriteOptions } from './write-options.js';

type Timeouts = WriteOptions['timeouts'];

/**
 * "Committed" must outlive a crash of the server: where it may answer before its log is on the
 * disk, not here.
 */
export function durable(until: 'transaction' | 'session'): string {
  return `SELECT pg_catalog.set_config('synchronous_commit', 'on', ${until === 'transaction'})
    WHERE pg_catalog.current_setting('synchronous_commit') = 'off'`;
}

/** Local to the transaction that was just begun, as all that is set here. */
export function setTimeouts({ lock, statement }: Timeouts): string {
  return `SET LOCAL lock_timeout = ${Math.trunc(lock)};
     SET LOCAL statement_timeout = ${Math.trunc(statement)};
     SET LOCAL idle_in_transaction_session_timeout = 60000`;
}

/**
 * Puts back what a statement took off or raised, so that the next one does not run without
 * it. A shorter time is the migration's own choice, and stays. It cannot help a statement
 * that takes its timeout off itself: a function, or a DO block.
 */
export function keepTimeouts({ lock, statement }: Timeouts): string {
  return `SELECT pg_catalog.set_config(s.name, ours.time::pg_catalog.text, true)
    FROM (VALUES ('lock_timeout', ${Math.trunc(lock)}), ('statement_timeout', ${Math.trunc(statement)})) AS ours (name, time)
    JOIN pg_catalog.pg_settings AS s ON s.name = ours.name
    WHERE ours.time > 0 AND (s.setting::pg_catalog.int8 = 0 OR s.setting::pg_catalog.int8 > ours.time)`;
}
