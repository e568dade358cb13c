import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Placed } from './run.js';
import { attempt, inTransaction, type ServerError } from './send.js';

/** From this version on a transaction may use a value that it adds to an enum which it made itself. */
const SINCE = 170_000;

interface Label {
  /** Of the pg_enum row. */
  readonly oid: string;
  /** Of its type. */
  readonly type: string;
  readonly label: string;
  /** As ALTER TYPE takes it. */
  readonly typeName: string;
  /** Whether its type was made by an earlier command than it. */
  readonly later: string;
}

/**
 * Servers before 17 refuse every use of a value in the transaction that adds it, the sandbox's server
 * not where that made the type too: all pending migrations in one transaction run into it. So each
 * statement is first tried with those values under another name: one that the input of the
 * type then refuses by name would be refused there. Not seen: enum_range() and its kin, which name none.
 *
 * @returns what says, before a statement is sent, the error of the live server; null: none of this kind
 */
export async function watchNewEnumValues(
  session: pg.Client,
  liveVersionNum: number,
): Promise<(statement: Placed) => Promise<ServerError | null>> {
  if (liveVersionNum >= SINCE) return () => Promise.resolve(null);
  let transaction: string | null = null;
  let known = new Set<string>();
  let added = new Map<string, Label>();
  /** Label rows that were seen, by type, of types made in this transaction. */
  let seen = new Map<string, Set<string>>();
  const look = async (): Promise<readonly Label[]> => {
    const { rows } = await session.query<{ xact: string }>(
      'SELECT pg_catalog.pg_current_xact_id()::text AS xact',
    );
    const all = await labels(session);
    if (rows[0]?.xact !== transaction) {
      transaction = rows[0]?.xact ?? null;
      known = new Set(all.map(({ type }) => type));
      [added, seen] = [new Map(), new Map()];
    }
    for (const one of all.filter(({ type }) => !known.has(type))) {
      const before = seen.get(one.type);
      const isNew = before === undefined ? one.later === 'true' : !before.has(one.oid);
      if (isNew) added.set(one.oid, one);
    }
    for (const { type, oid } of all) {
      if (!known.has(type)) seen.set(type, new Set([...(seen.get(type) ?? []), oid]));
    }
    // Names change, and types are dropped again.
    return all.filter(({ oid }) => added.has(oid));
  };
  return async (statement) => {
    if (!inTransaction(session) || statement.parsed?.kind !== 'ordinary') return null;
    const unsafe = await look();
    return unsafe.length === 0 ? null : tryWithout(session, unsafe, statement.text);
  };
}

async function labels(session: pg.Client): Promise<readonly Label[]> {
  const { rows } = await session.query<Label & pg.QueryResultRow>(`
    SELECT e.oid::text AS oid, e.enumtypid::text AS type, e.enumlabel AS label,
      pg_catalog.format('%I.%I', n.nspname, t.typname) AS "typeName",
      (e.cmin::text::bigint > min(e.cmin::text::bigint) OVER (PARTITION BY e.enumtypid))::text AS later
    FROM pg_catalog.pg_enum e
    JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace`);
  return rows;
}

async function tryWithout(
  session: pg.Client,
  unsafe: readonly Label[],
  text: string,
): Promise<ServerError | null> {
  await session.query('SAVEPOINT pgmedic_try');
  let error: ServerError | null = null;
  for (const { typeName, label } of unsafe) {
    const other = randomBytes(12).toString('hex');
    error ??= await attempt(
      session,
      `ALTER TYPE ${typeName} RENAME VALUE ${pg.escapeLiteral(label)} TO '${other}'`,
    );
  }
  const renamed = error === null;
  if (renamed) error = await attempt(session, text);
  await session.query('ROLLBACK TO SAVEPOINT pgmedic_try; RELEASE SAVEPOINT pgmedic_try');
  if (!renamed || error?.sqlstate !== '22P02') return null;
  const [, type, value] = /^invalid input value for enum (.*): "(.*)"$/s.exec(error.message) ?? [];
  if (type === undefined || !unsafe.some(({ label }) => label === value)) return null;
  const message = `unsafe use of new value "${value}" of enum type ${type}`;
  return { sqlstate: '55P04', message, table: null };
}
