import type pg from 'pg';
import { parseSync } from 'libpg-query';
import { quoteIdent } from '../../core/tool.js';
import { type CopyServer, whyLeftOut } from './left-out.js';
import { relationsIn } from './names.js';
import { type Placed, placed } from './run.js';
import { attempt } from './send.js';
import type { RehearsalInput } from './types.js';

/** By `keyOf`: the relations that a statement names, or locks first, as oids. */
export type Touched = ReadonlyMap<string, readonly string[]>;

export function keyOf({ run, number }: Placed): string {
  return `${run.id} ${number}`;
}

/**
 * Runs everything once in a transaction that is rolled back, each statement in a savepoint, and
 * notes what was locked: what functions and triggers touch is among it. Of a statement that fails
 * here, or cannot be in a transaction, its text says which relations it names.
 */
export async function touchedBy(
  session: pg.Client,
  input: Pick<RehearsalInput, 'runs' | 'parser' | 'signal'>,
  server: CopyServer,
): Promise<Touched> {
  const touched = new Map<string, readonly string[]>();
  const seen = new Set<string>();
  await session.query('BEGIN');
  try {
    for (const statement of input.runs.flatMap((run) => placed(run, input.parser).flat())) {
      input.signal.throwIfAborted();
      if (statement.parsed === null || statement.parsed.kind === 'transaction-control') continue;
      const oids = await look(session, statement, seen, server);
      for (const oid of oids) seen.add(oid);
      touched.set(keyOf(statement), oids);
    }
  } finally {
    await session.query('ROLLBACK').catch(() => {});
  }
  return touched;
}

async function look(
  session: pg.Client,
  statement: Placed,
  before: ReadonlySet<string>,
  server: CopyServer,
): Promise<readonly string[]> {
  const { parsed, text } = statement;
  const named = await namedIn(session, text);
  if (parsed?.kind !== 'ordinary' || whyLeftOut(statement, true, server) !== null) return named;
  await session.query('SAVEPOINT pgmedic_look');
  const error = await attempt(session, text);
  if (error !== null) {
    await session.query('ROLLBACK TO SAVEPOINT pgmedic_look');
    return named;
  }
  const { rows } = await session.query<{ oid: string }>(
    `SELECT DISTINCT relation AS oid FROM pg_catalog.pg_locks
     WHERE locktype = 'relation' AND pid = pg_catalog.pg_backend_pid() AND relation >= 16384`,
  );
  return [...named, ...rows.map(({ oid }) => oid).filter((oid) => !before.has(oid))];
}

/** A lock that an earlier statement took already is not seen again: hence the text. */
async function namedIn(session: pg.Client, text: string): Promise<readonly string[]> {
  const names = relationsIn(parseSync(text)).map(({ schema, name }) =>
    schema === null ? quoteIdent(name) : `${quoteIdent(schema)}.${quoteIdent(name)}`,
  );
  if (names.length === 0) return [];
  const { rows } = await session.query<{ oid: string }>(
    `SELECT pg_catalog.to_regclass(n)::pg_catalog.oid AS oid FROM pg_catalog.unnest($1::text[]) n
     WHERE pg_catalog.to_regclass(n) IS NOT NULL`,
    [names],
  );
  return rows.map(({ oid }) => oid);
}

export interface CopiedTable {
  readonly oid: string;
  /** Its own oid and those of its partitions. */
  readonly oids: readonly string[];
  readonly schema: string;
  readonly table: string;
  readonly partitioned: boolean;
}

export interface Deciding {
  readonly tables: readonly CopiedTable[];
  /** Foreign keys among them: oids of the one that has it and of the one it refers to. */
  readonly references: readonly (readonly [string, string])[];
  /**
   * The oid, and those of all that a view is made of: what a materialised view holds comes from
   * tables that a statement which reads it does not touch.
   */
  beneath(oid: string): readonly string[];
}

/**
 * The tables whose rows decide what the statements do: those touched, partitions through their
 * root, and what their foreign keys refer to. What refers to them shows once their rows are
 * there: a DELETE looks for it then.
 */
export async function decidingTables(admin: pg.Client, oids: readonly string[]): Promise<Deciding> {
  const { rows: tables } = await admin.query<Record<string, string>>(`
    SELECT c.oid, n.nspname AS schema, c.relname AS table, c.relkind = 'p' AS partitioned,
      coalesce(pg_catalog.pg_partition_root(c.oid)::oid, c.oid) AS root
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.oid >= 16384`);
  const { rows: keys } = await admin.query<{ from: string; to: string }>(
    `SELECT conrelid AS from, confrelid AS to FROM pg_catalog.pg_constraint WHERE contype = 'f'`,
  );
  const { rows: reads } = await admin.query<{ view: string; base: string }>(`
    SELECT DISTINCT r.ev_class AS view, d.refobjid AS base FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
      AND d.refobjid <> r.ev_class`);
  const rootOf = new Map(tables.map((one) => [one['oid'], one['root'] ?? '']));
  const edges = keys.map(({ from, to }) => [rootOf.get(from) ?? '', rootOf.get(to) ?? ''] as const);
  const beneath = (oid: string, seen = new Set([oid])): ReadonlySet<string> => {
    for (const { view, base } of reads) {
      if (view === oid && !seen.has(base)) beneath(base, seen.add(base));
    }
    return seen;
  };
  const touched = new Set(
    oids.flatMap((oid) => [...beneath(oid)].flatMap((one) => rootOf.get(one) ?? [])),
  );
  for (const [from, to] of edges.filter(([from]) => touched.has(from))) {
    if (from !== '' && to !== '') touched.add(to);
  }
  const deciding = tables
    .filter((one) => touched.has(one['oid'] ?? ''))
    .map((one) => ({
      oid: one['oid'] ?? '',
      oids: tables.flatMap(({ oid, root }) => (root === one['oid'] ? (oid ?? []) : [])),
      schema: one['schema'] ?? '',
      table: one['table'] ?? '',
      partitioned: one['partitioned'] === 't',
    }));
  return {
    tables: deciding,
    references: edges.filter(([from]) => touched.has(from)),
    beneath: (oid) => [...beneath(oid)],
  };
}
