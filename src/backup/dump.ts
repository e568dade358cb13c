import { stat } from 'node:fs/promises';
import type pg from 'pg';
import type { DumperFacts } from '../core/facts.js';
import { dumpWithNative } from './native.js';
import type { Reporter } from './progress.js';
import type { Expected, NamedRole } from './proof.js';
import { readSequences, settled } from './sequences.js';
import type { Snapshot } from './snapshot.js';
import { countTables, listTables, type TableCount } from './tables.js';
import { dumpWithWasm } from './wasm.js';

/**
 * Up to this size (pg_database_size, bytes) rows are hashed and not only counted. Hashing
 * reads every value once more, which is nothing here and too much on a large busy server.
 */
const contentLimit = 1024 ** 3;

/** Counts the snapshot, dumps it, and says what the dump must hold. */
export async function dumpSnapshot(options: {
  url: string;
  dumper: DumperFacts;
  file: string;
  snapshot: Snapshot;
  databaseSize: number;
  signal: AbortSignal;
  reporter: Reporter;
}): Promise<Expected & { readonly serverVersionNum: number }> {
  const { url, dumper, file, snapshot, signal, reporter } = options;
  const { client, serverVersionNum } = snapshot;
  const tables = await listTables(client);
  reporter.set({
    tablesTotal: tables.length,
    rowsTotal: tables.reduce((sum, one) => sum + one.estimate, 0),
  });
  const content = options.databaseSize <= contentLimit && (await isUtf8(client));
  const counts = await countTables(client, tables, content, (table, done, rows) => {
    reporter.set({ table: `${table.schema}.${table.table}`, tablesDone: done, rowsDone: rows });
  });
  const rowsTotal = counts.reduce((sum, one) => sum + one.rows, 0);
  const before = await readSequences(client);
  const roles = await namedRoles(client);
  reporter.set({ phase: 'dumping', tablesDone: 0, table: null, rowsDone: 0, rowsTotal });
  const common = { url, snapshot: snapshot.id, file, signal };
  if (dumper.use === 'native' && dumper.path !== null) {
    await dumpWithNative({
      ...common,
      program: dumper.path,
      client,
      onProgress: nativeProgress(counts, reporter),
    });
  } else {
    const watch = watchSize(file, reporter);
    const onProgress = wasmProgress(reporter);
    await dumpWithWasm({ ...common, serverVersionNum, onProgress }).finally(watch);
  }
  const sequences = settled(before, await readSequences(client));
  const { size } = await stat(file);
  reporter.set({ tablesDone: tables.length, table: null, rowsDone: rowsTotal, bytes: size });
  return { counts, content, sequences, roles, serverVersionNum };
}

/** Hashes of text are taken over the server's bytes: other encodings give others. */
async function isUtf8(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
  return rows[0]?.server_encoding === 'UTF8';
}

/** Owners, grantees, and roles in policies; the bootstrap superuser (oid 10) is in no dependency. */
async function namedRoles(client: pg.Client): Promise<NamedRole[]> {
  const { rows } = await client.query<{ name: string; super: string }>(`
    SELECT rolname AS name, rolsuper AS super FROM pg_catalog.pg_roles
    WHERE rolname !~ '^pg_' AND (oid = 10 OR oid IN (
      SELECT s.refobjid FROM pg_catalog.pg_shdepend s
      JOIN pg_catalog.pg_database d ON d.oid = s.dbid AND d.datname = current_database()
      WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass))
    ORDER BY 1`);
  return rows.map((row) => ({ name: row.name, superuser: row.super === 't' }));
}

function nativeProgress(counts: readonly TableCount[], reporter: Reporter) {
  const rowsOf = new Map(counts.map((one) => [`${one.schema}.${one.table}`, one.rows]));
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
    stat(file)
      .then(({ size }) => reporter.set({ bytes: size }))
      .catch(() => {});
  }, 250);
  return () => clearInterval(timer);
}
