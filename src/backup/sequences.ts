import type pg from 'pg';
import { dumpedRelation } from './tables.js';

/** "schema.name" → last value as text; null when it was never called. */
export type Sequences = ReadonlyMap<string, string | null>;

/** The sequences a dump holds. Unlike tables they are read as they are now, in any transaction. */
export async function readSequences(client: pg.Client): Promise<Sequences> {
  const { rows } = await client.query<{ name: string; value: string | null }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
      CASE WHEN c.relpersistence <> 'u' OR NOT pg_catalog.pg_is_in_recovery()
        THEN pg_catalog.pg_sequence_last_value(c.oid)::text END AS value
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND ${dumpedRelation} ORDER BY 1`);
  return new Map(rows.map((row) => [row.name, row.value]));
}

/** Those that stood still while the dump ran; of the others nobody can say what the dump holds. */
export function settled(before: Sequences, after: Sequences): Sequences {
  return new Map(
    [...before].filter(([name, value]) => after.has(name) && after.get(name) === value),
  );
}
