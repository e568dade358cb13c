import type pg from 'pg';
import type { DumperFacts } from '../core/facts.js';
import { sizeOf } from './checksum.js';
import { type Counted, countBeside } from './count.js';
import { dumpWithNative } from './native.js';
import type { Reporter } from './progress.js';
import type { Expected, NamedRole } from './proof.js';
import { readSequences, settled } from './sequences.js';
import type { Shape } from './shape.js';
import type { Snapshot } from './snapshot.js';
import { type DumpedTable, listTables, WHOLE_UP_TO } from './tables.js';
import { watchWaiting } from './waiting.js';
import { dumpWithWasm } from './wasm.js';

interface Dump {
  readonly url: string;
  readonly dumper: DumperFacts;
  readonly shape: Shape;
  readonly file: string;
  readonly snapshot: Snapshot;
  /** pg_database_size, bytes. */
  readonly databaseSize: number;
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
}

/** Dumps the snapshot and counts it meanwhile: what the dump must hold. */
export async function dumpSnapshot(options: Dump): Promise<Expected> {
  const { reporter } = options;
  const waiting = watchWaiting(options.url, (waitingFor) => reporter.set({ waitingFor }));
  try {
    return await dumpAndCount(options);
  } finally {
    await waiting.end();
    reporter.set({ waitingFor: [] });
  }
}

async function dumpAndCount(options: Dump): Promise<Expected> {
  const { snapshot, signal, reporter } = options;
  const { client } = snapshot;
  const tables = await listTables(client, options.databaseSize > WHOLE_UP_TO);
  const before = await readSequences(client);
  const roles = await namedRoles(client);
  const estimate = tables.reduce((sum, one) => sum + one.estimate, 0);
  reporter.set({ phase: 'dumping', tablesTotal: tables.length, rowsTotal: estimate });
  let isCounted = false;
  const { counts, ...counted } = await bothOrNone(
    signal,
    async (own) => {
      const found = await countBeside({ ...options, tables, signal: own });
      isCounted = true;
      reporter.set({ rowsTotal: found.counts.reduce((sum, one) => sum + one.rows, 0) });
      return found;
    },
    async (own) => {
      await dump({ ...options, signal: own }, tables);
      if (!isCounted) reporter.set({ phase: 'counting', table: null, tablesDone: 0, rowsDone: 0 });
    },
  );
  const sequences = settled(before, await readSequences(client));
  const rows = counts.reduce((sum, one) => sum + one.rows, 0);
  const bytes = await sizeOf(options.file);
  reporter.set({ tablesDone: tables.length, table: null, rowsDone: rows, rowsTotal: rows, bytes });
  return { ...counted, counts, sequences, roles };
}

/** Two works at once; when one fails, the other is stopped, and has ended when this throws. */
async function bothOrNone(
  signal: AbortSignal,
  count: (signal: AbortSignal) => Promise<Counted>,
  write: (signal: AbortSignal) => Promise<void>,
): Promise<Counted> {
  const failed = new AbortController();
  const own = AbortSignal.any([signal, failed.signal]);
  let first: unknown = null;
  const noting = (error: unknown): never => {
    first ??= error;
    failed.abort(error);
    throw error;
  };
  const [counted] = await Promise.allSettled([count(own).catch(noting), write(own).catch(noting)]);
  signal.throwIfAborted();
  if (counted.status === 'rejected' || failed.signal.aborted) throw first;
  return counted.value;
}

async function dump(options: Dump, tables: readonly DumpedTable[]): Promise<void> {
  const { url, dumper, shape, file, snapshot, signal, reporter } = options;
  const { client, serverVersionNum } = snapshot;
  const common = { url, snapshot: snapshot.id, file, signal };
  if (shape.format !== 'plain' && dumper.path !== null) {
    const onProgress = nativeProgress(tables, reporter);
    await dumpWithNative({ ...common, program: dumper.path, shape, client, onProgress });
    return;
  }
  const watch = watchSize(file, reporter);
  const onProgress = wasmProgress(reporter);
  await dumpWithWasm({ ...common, serverVersionNum, onProgress }).finally(watch);
}

/** Owners, grantees, and roles in policies; the bootstrap superuser (oid 10) is in no dependency. */
export async function namedRoles(client: pg.Client): Promise<NamedRole[]> {
  const { rows } = await client.query<{ name: string; super: string }>(`
    SELECT rolname AS name, rolsuper AS super FROM pg_catalog.pg_roles
    WHERE rolname !~ '^pg_' AND (oid = 10 OR oid IN (
      SELECT s.refobjid FROM pg_catalog.pg_shdepend s
      JOIN pg_catalog.pg_database d ON d.oid = s.dbid AND d.datname = current_database()
      WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass))
    ORDER BY 1`);
  return rows.map((row) => ({ name: row.name, superuser: row.super === 't' }));
}

/** Rows of tables that are finished are the server's estimate. */
function nativeProgress(tables: readonly DumpedTable[], reporter: Reporter) {
  const rowsOf = new Map(tables.map((one) => [`${one.schema}.${one.table}`, one.estimate]));
  let current: string | undefined;
  let finished = 0;
  return (now: {
    table?: string;
    tablesBegun: number;
    rowsOfTable: number;
    bytes: number;
  }): void => {
    if (now.table !== current) {
      finished += current === undefined ? 0 : (rowsOf.get(current) ?? 0);
      current = now.table;
    }
    reporter.set({
      table: current ?? null,
      tablesDone: Math.max(now.tablesBegun - 1, 0),
      rowsDone: finished + now.rowsOfTable,
      bytes: now.bytes,
    });
  };
}

function wasmProgress(reporter: Reporter) {
  return (now: { table?: string; tablesBegun: number; rows: number }): void => {
    const tablesDone = Math.max(now.tablesBegun - 1, 0);
    reporter.set({ table: now.table ?? null, tablesDone, rowsDone: now.rows });
  };
}

/** Reports the size of the file until the returned function is called. */
function watchSize(file: string, reporter: Reporter): () => void {
  const timer = setInterval(() => {
    void sizeOf(file).then((bytes) => reporter.set({ bytes }));
  }, 250);
  return () => clearInterval(timer);
}
