import type pg from 'pg';
import type { DumperFacts } from '../core/facts.js';
import { sizeOf } from './checksum.js';
import { holdTables, readSchemaBeside } from './count.js';
import { dumpWithNative } from './native.js';
import type { Reporter } from './progress.js';
import type { Expected, NamedRole } from './proof.js';
import { readSequences, settled } from './sequences.js';
import type { Shape } from './shape.js';
import type { Snapshot } from './snapshot.js';
import { type DumpedTable, listTables, WHOLE_UP_TO } from './tables.js';
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

/** What is known of a dump once it is written, but for its counts. */
export type Dumped = Pick<Expected, 'schema' | 'sequences' | 'roles'> & {
  /** All tables that it holds. They are held until the snapshot ends. */
  readonly tables: readonly DumpedTable[];
};

/** Dumps the snapshot, and reads its schema meanwhile. */
export async function dumpSnapshot(options: Dump): Promise<Dumped> {
  const { snapshot, signal, reporter } = options;
  const { client } = snapshot;
  const tables = await listTables(client, options.databaseSize > WHOLE_UP_TO);
  await holdTables(client, tables);
  const before = await readSequences(client);
  const roles = await namedRoles(client);
  const estimate = tables.reduce((sum, one) => sum + one.estimate, 0);
  reporter.set({ phase: 'dumping', tablesTotal: tables.length, rowsTotal: estimate });
  const schema = await bothOrNone(
    signal,
    (own) => readSchemaBeside({ ...options, signal: own }),
    (own) => dump({ ...options, signal: own }, tables),
  );
  const sequences = settled(before, await readSequences(client));
  const bytes = await sizeOf(options.file);
  reporter.set({ tablesDone: tables.length, table: null, bytes });
  return { schema, sequences, roles, tables };
}

/** Two works at once; when one fails, the other is stopped, and has ended when this throws. */
async function bothOrNone<T>(
  signal: AbortSignal,
  read: (signal: AbortSignal) => Promise<T>,
  write: (signal: AbortSignal) => Promise<void>,
): Promise<T> {
  const failed = new AbortController();
  const own = AbortSignal.any([signal, failed.signal]);
  let first: unknown = null;
  const noting = (error: unknown): never => {
    first ??= error;
    failed.abort(error);
    throw error;
  };
  const [found] = await Promise.allSettled([read(own).catch(noting), write(own).catch(noting)]);
  signal.throwIfAborted();
  if (found.status === 'rejected' || failed.signal.aborted) throw first;
  return found.value;
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
