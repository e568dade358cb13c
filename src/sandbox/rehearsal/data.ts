import { tableName } from '../../core/tool.js';
import type { Copy } from './copy.js';
import type { Asked } from './live-rows.js';
import { copyRows, copySequences, removeRows, type RowCopy } from './rows.js';
import type { Placed } from './run.js';
import type { ServerError } from './send.js';
import {
  type CopiedTable,
  type Deciding,
  decidingTables,
  keyOf,
  touchedBy,
  type Touched,
} from './touched.js';
import type { RehearsalInput } from './types.js';

/** Which live rows are in the copy, and what follows from those that are not. */
export interface Rows {
  /** The table ("public.orders") of an oid, a partition's topmost one; null: none that decides. */
  tableOf(oid: string): string | null;
  /** All tables that a statement touches, where rows of one of them are not here; else none. */
  asksAbout(key: string): readonly string[];
  /** What cannot be said of a statement that went through here; null: nothing. */
  blindSpot(statement: Placed, asked: Asked | undefined): string | null;
  /** Whether rows that are not here may be what an orphan of the copy refers to. */
  mayBeNoOrphan(statement: Placed | null, error: ServerError): boolean;
}

/** Rows bring triggers and cascades to life, which touch further tables: so often it is looked again. */
const rounds = 6;
/** What changes or reads rows as it likes; of everything else the probes know what rows decide. */
const readsAndWrites = /^(INSERT|UPDATE|DELETE|MERGE|WITH|SELECT|DO|CALL|REFRESH|CREATE TABLE)\b/;

/**
 * Finds out which tables decide, and copies their rows where they are few. Where rows bring in further
 * tables all are copied anew: they are of one moment, and no look at the live database is open meanwhile.
 */
export async function prepareRows(copy: Copy, input: RehearsalInput): Promise<Rows> {
  const { ask, live } = input;
  let done: ReadonlyMap<string, RowCopy> = new Map();
  const tables = new Map<string, CopiedTable>();
  const session = await copy.session();
  let touched: Touched = new Map();
  let deciding: Deciding = { tables: [], references: [], beneath: () => [] };
  for (let round = 0; round < rounds; round++) {
    touched = await touchedBy(session, input, copy.server);
    deciding = await decidingTables(copy.admin, [...touched.values()].flat());
    for (const table of deciding.tables) tables.set(tableName(table), table);
    if (done.size === tables.size) break;
    await removeRows(copy.admin, withRows(tables, done));
    done = await ask.look((query) =>
      copyRows(query, ask, copy.admin, [...tables.values()], live.sizes),
    );
  }
  await session.end();
  const byOid = new Map(
    deciding.tables.flatMap((table) => table.oids.map((oid) => [oid, tableName(table)] as const)),
  );
  const tablesOf = new Map(
    [...touched].map(([key, oids]) => [
      key,
      [...new Set(oids.flatMap(deciding.beneath).flatMap((oid) => byOid.get(oid) ?? []))],
    ]),
  );
  const references = deciding.references.flatMap(([from, to]) => {
    const [child, parent] = [byOid.get(from), byOid.get(to)];
    return child === undefined || parent === undefined ? [] : [{ child, parent }];
  });
  const left = spread(done, [...tablesOf.values()]);
  await removeRows(
    copy.admin,
    withRows(tables, done).filter((table) => left.has(tableName(table))),
  );
  await ask.look((query) => copySequences(query, copy.admin));
  return {
    tableOf: (oid) => byOid.get(oid) ?? null,
    asksAbout(key) {
      const tables = tablesOf.get(key) ?? [];
      return tables.some((name) => left.has(name)) ? tables : [];
    },
    mayBeNoOrphan(statement, { sqlstate, table }) {
      if (sqlstate !== '23503' || left.size === 0) return false;
      const touches = statement === null ? [] : (tablesOf.get(keyOf(statement)) ?? []);
      // What ALTER TABLE looks at stands in it; what an INSERT refers to, in the table's keys.
      if (statement?.label === 'ALTER TABLE') return touches.some((name) => left.has(name));
      const parents = references.filter(({ child }) => child === table);
      return table === null || !done.has(table) || parents.some(({ parent }) => left.has(parent));
    },
    blindSpot(statement, asked) {
      if (asked?.probe != null || !readsAndWrites.test(statement.label)) return null;
      const own = tablesOf.get(keyOf(statement)) ?? [];
      const children = references.filter(({ parent }) => own.includes(parent));
      const blind = [...new Set([...own, ...children.map(({ child }) => child)])].filter((name) =>
        left.has(name),
      );
      if (blind.length === 0) return null;
      const why = blind.map((name) => `${name} ${left.get(name) ?? ''}`).join(', ');
      return `Statement ${statement.number} of ${statement.run.id} (${statement.label}) was tried without all rows: ${why}.`;
    },
  };
}

/** The tables that have rows in the copy. */
function withRows(
  tables: ReadonlyMap<string, CopiedTable>,
  done: ReadonlyMap<string, RowCopy>,
): readonly CopiedTable[] {
  return [...tables].flatMap(([name, table]) => {
    const state = done.get(name);
    return state?.state === 'copied' && state.rows > 0 ? [table] : [];
  });
}

/**
 * The tables whose rows must not be here, with why: what a statement reads of one that is too large
 * would be missing in what it writes to another.
 */
function spread(
  done: ReadonlyMap<string, RowCopy>,
  together: readonly (readonly string[])[],
): ReadonlyMap<string, string> {
  const left = new Map<string, string>();
  for (const [name, state] of done) if (state.state === 'left') left.set(name, state.why);
  for (let size = -1; size !== left.size;) {
    size = left.size;
    for (const names of together) {
      const cause = names.find((name) => left.has(name));
      if (cause === undefined) continue;
      for (const name of names) {
        if (!left.has(name)) left.set(name, `goes together with ${cause}`);
      }
    }
  }
  return left;
}
