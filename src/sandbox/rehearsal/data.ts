import type { ParsedStatement } from '../../core/sql.js';
import { tableName } from '../../core/tool.js';
import type { Copy } from './copy.js';
import type { Asked } from './live-rows.js';
import { copyRows, copySequences, type RowCopy } from './rows.js';
import { decidingTables, touchedBy, type Touched } from './touched.js';
import type { RehearsalInput } from './types.js';

/** Which live rows are in the copy, and what follows from those that are not. */
export interface Rows {
  /** Tables ("public.orders") that a statement touches and whose rows are not here. */
  readonly left: ReadonlySet<string>;
  /** A partition's topmost table; any other: itself. */
  rootOf(table: string): string;
  /** Whether a statement touches one of those; by `keyOf`. */
  needsAsking(key: string): boolean;
  /** What cannot be said of a statement that went through here; null: nothing. */
  blindSpot(
    key: string,
    statement: {
      readonly parsed: ParsedStatement | null;
      readonly number: number;
      readonly run: { readonly id: string };
    },
    asked: Asked | undefined,
  ): string | null;
}

/** Rows bring triggers to life, which touch further tables: so often it is looked again. */
const rounds = 3;

/** Finds out which tables decide, and copies their rows where they are few. */
export async function prepareRows(copy: Copy, input: RehearsalInput): Promise<Rows> {
  const { ask, live } = input;
  const done = new Map<string, RowCopy>();
  const byOid = new Map<string, string>();
  let touched: Touched = new Map();
  for (let round = 0; round < rounds; round++) {
    touched = await touchedBy(copy.session, input);
    const deciding = await decidingTables(copy.admin, [...touched.values()].flat());
    for (const table of deciding) for (const oid of table.oids) byOid.set(oid, tableName(table));
    const fresh = deciding.filter((table) => !done.has(tableName(table)));
    if (fresh.length === 0) break;
    for (const [name, state] of await copyRows(ask, copy.admin, fresh, live.sizes)) {
      done.set(name, state);
    }
  }
  await copySequences(ask, copy.admin);
  const left = new Set([...done].filter(([, { state }]) => state === 'left').map(([name]) => name));
  const leftOf = (key: string): readonly string[] => [
    ...new Set(
      (touched.get(key) ?? [])
        .flatMap((oid) => byOid.get(oid) ?? [])
        .filter((name) => left.has(name)),
    ),
  ];
  return {
    left,
    rootOf: (table) => table,
    needsAsking: (key) => leftOf(key).length > 0,
    blindSpot(key, { parsed, number, run }, asked) {
      const tables = leftOf(key);
      if (tables.length === 0 || asked?.probe != null) return null;
      if (!/^(INSERT|UPDATE|DELETE|MERGE|WITH|SELECT|DO|CALL|REFRESH)\b/.test(parsed?.label ?? ''))
        return null;
      const why = tables.map((table) => {
        const state = done.get(table);
        return `${table} ${state?.state === 'left' ? state.why : ''}`;
      });
      return `Statement ${number} of ${run.id} (${parsed?.label}) was tried without the rows of ${tables.join(', ')}: ${why.join(', ')}.`;
    },
  };
}
