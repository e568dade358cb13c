import type pg from 'pg';
import { expect } from 'vitest';
import type { CatalogObject } from '../../../src/core/catalog.js';
import type { Inverse } from '../../../src/core/inverse/inverse.js';
import { inverseOf } from '../../../src/core/inverse/inverse-of.js';
import type { Replay } from '../../../src/core/replay.js';
import { loadSameDefinition } from '../../../src/postgres/catalog/same.js';
import { loadParser } from '../../../src/postgres/parse.js';
import { catalogOf } from '../../evidence/support.js';

/** All statements of these migrations; of the last one only the first so many. */
export function appliedOf(
  { migrations }: Replay,
  ids: readonly string[],
  lastOnly = Number.POSITIVE_INFINITY,
): Map<string, Set<number>> {
  return new Map(
    migrations
      .filter(({ id }) => ids.includes(id))
      .map(({ id, statements }) => {
        const most = id === ids.at(-1) ? lastOnly : Number.POSITIVE_INFINITY;
        return [id, new Set(statements.flatMap(({ number }) => (number <= most ? number : [])))];
      }),
  );
}

/** The computed inverse against the catalog as it is. */
export async function computed(
  replay: Replay,
  applied: ReadonlyMap<string, ReadonlySet<number>>,
  live: readonly CatalogObject[],
  serverVersionNum = 180_004,
): Promise<Inverse> {
  const [parser, same] = [await loadParser(), await loadSameDefinition()];
  return inverseOf({ replay, applied, live, same, parser, serverVersionNum });
}

export interface Outcome {
  /** What of `losses` the rows that are there would stop. */
  readonly stops: readonly string[];
  /** null: all of it ran. */
  readonly error: string | null;
  /** What stands otherwise than it should; empty when it is as it was. */
  readonly differs: readonly string[];
}

/**
 * Runs the inverse in one transaction and holds the result against the catalog that is to come back.
 * `keep` false: looked at within the transaction, which is rolled back.
 */
export async function takeBack(
  client: pg.Client,
  { statements, losses }: Inverse,
  expected: readonly CatalogObject[],
  keep = true,
): Promise<Outcome> {
  const stops: string[] = [];
  for (const { type, what, count, rows } of losses) {
    const counted = await client.query<{ count: string }>(count);
    const copied =
      rows === null
        ? null
        : await client.query(`SELECT pg_catalog.count(*) FROM (${rows}) AS rows`);
    if (type === 'stops' && Number(counted.rows[0]?.count) > 0) stops.push(what);
    if (copied !== null && !what.includes('more than once'))
      expect([what, copied.rows[0]]).toEqual([what, counted.rows[0]]);
  }
  await client.query('BEGIN');
  for (const { sql, undoes } of statements) {
    try {
      await client.query(sql);
    } catch (error) {
      await client.query('ROLLBACK');
      return {
        error: `${(error as Error).message}\n  in: ${sql}\n  of: ${undoes.migration} ${undoes.number}`,
        differs: [],
        stops,
      };
    }
  }
  const differs = differing(await catalogOf(client), expected);
  await client.query(keep ? 'COMMIT' : 'ROLLBACK');
  return { stops, error: null, differs };
}

/** "missing KEY", "extra KEY", "KEY: part is ..., not ...". */
function differing(found: readonly CatalogObject[], expected: readonly CatalogObject[]): string[] {
  const is = new Map(found.map((object) => [object.key, object]));
  const lines: string[] = [];
  for (const { key, parts } of expected) {
    const now = is.get(key);
    is.delete(key);
    if (now === undefined) lines.push(`missing ${key}`);
    else if (JSON.stringify(now.parts) !== JSON.stringify(parts)) {
      lines.push(`${key} is ${JSON.stringify(now.parts)}, not ${JSON.stringify(parts)}`);
    }
  }
  return [...lines, ...[...is.keys()].map((key) => `extra ${key}`)];
}

/** Fails with all that has to be known: the statements, and what came of them. */
export function expectTakenBack(inverse: Inverse, outcome: Outcome): void {
  const shown = inverse.statements.map(({ sql }) => sql).join(';\n');
  expect({ ...outcome, sql: shown }).toEqual({ stops: [], error: null, differs: [], sql: shown });
}

/** One line a table: how many rows, and a hash of what stands in the columns that nothing touches. */
export async function rowHashes(
  client: pg.Client,
  tables: readonly CatalogObject[],
  catalog: readonly CatalogObject[],
  touched: ReadonlySet<string>,
): Promise<string[]> {
  const lines: string[] = [];
  for (const { key } of tables) {
    const columns = catalog
      .filter((one) => one.kind === 'column' && one.parent === key && !touched.has(one.key))
      // Of an enum whose values are called otherwise, the rows look otherwise.
      .filter(({ parts }) => {
        const type = (parts['type'] ?? '').replace('[]', '');
        return !['enum', 'domain', 'type'].some((kind) => touched.has(`${kind} ${type}`));
      })
      .map((one) => `${one.key.slice(`column ${key.slice('table '.length)}.`.length)}::text`);
    const row = `ROW(${columns.join(', ')})::text`;
    const { rows } = await client.query<{ told: string }>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(${row}, ',' ORDER BY ${row})), '') AS told FROM ${key.slice('table '.length)}`,
    );
    lines.push(`${key}: ${rows[0]?.told}`);
  }
  return lines;
}
