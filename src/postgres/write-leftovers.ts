import type { ParsedStatement } from '../core/sql.js';
import type { PlanTarget } from '../core/plan.js';
import { openWriteSession, type WriteSession } from './write-session.js';

/** Something a failed CONCURRENTLY statement leaves in the database, and how to be rid of it. */
export interface Leftover {
  readonly what: string;
  readonly remedy: string;
}

/**
 * Invalid indexes and half-detached partitions. Read before and after such a statement: what
 * is new is what it left (or what someone else's statement of the same kind did meanwhile).
 */
export async function readLeftovers(session: WriteSession): Promise<readonly Leftover[]> {
  const indexes = await session.rows(
    `SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT i.indisvalid AND c.relkind = 'i' ORDER BY 1`,
  );
  const partitions =
    session.versionNum < 140000
      ? []
      : await session.rows(
          `SELECT pg_catalog.quote_ident(pn.nspname) || '.' || pg_catalog.quote_ident(p.relname),
             pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(c.relname)
           FROM pg_catalog.pg_inherits h
             JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
             JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
             JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid
             JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
           WHERE h.inhdetachpending ORDER BY 1, 2`,
        );
  return [
    ...indexes.map(([name]) => ({
      what: `the invalid index ${name}`,
      remedy: `DROP INDEX CONCURRENTLY ${name};`,
    })),
    ...partitions.map(([parent, child]) => ({
      what: `the half-detached partition ${child}`,
      remedy: `ALTER TABLE ${parent} DETACH PARTITION ${child} FINALIZE;`,
    })),
  ];
}

/** The same, on a session of its own; null when nobody can be asked. */
export async function askLeftovers(
  url: string,
  target: PlanTarget,
): Promise<readonly Leftover[] | null> {
  try {
    const session = await openWriteSession(url, target, 30_000);
    try {
      return await readLeftovers(session);
    } finally {
      await session.close();
    }
  } catch {
    return null;
  }
}

/** Whether a statement can leave something behind when it fails. */
export function leavesSomething(statement: ParsedStatement): boolean {
  return statement.label.endsWith('CONCURRENTLY');
}

/** Those of `now` that were not there before. */
export function newLeftovers(
  before: readonly Leftover[],
  now: readonly Leftover[],
): readonly Leftover[] {
  return now.filter(({ what }) => !before.some((old) => old.what === what));
}
