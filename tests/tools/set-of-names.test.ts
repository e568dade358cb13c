import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NamedRow, TableRef } from '../../src/core/facts.js';
import type { Check } from '../../src/core/plan.js';
import type { Query } from '../../src/tools/contract.js';
import { knex } from '../../src/tools/knex/index.js';
import { handRolled } from '../../src/tools/hand-rolled/index.js';
import { cases } from '../support/cases.js';
import { createTestDatabase, type TestDatabase } from '../support/server.js';

const runner = handRolled({ column: 'Its "name"' });

let database: TestDatabase;
let client: pg.Client;
const types = { getTypeParser: () => (value: string) => value };
const query: Query = async (text, values = []) =>
  (await client.query({ text, values: [...values], types })).rows as never;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function holds(check: Check): Promise<boolean> {
  if (check.type !== 'sql') throw new Error('no SQL');
  const { rows } = await client.query<(string | null)[]>({
    text: check.sql,
    rowMode: 'array',
    types,
  });
  return JSON.stringify(rows) === JSON.stringify(check.expect);
}

/** What a file may be called, and what breaks SQL that is put together carelessly. */
const name = fc
  .array(
    fc.constantFrom('a', 'B', '1', '_', "'", '"', '\\', '$1', 'ä', '😀', '\uFFFD', '--', ' '),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(''));

test.each([
  ['with the name as its key', runner, { schema: 'public', table: 'done' }],
  ['with an id beside it', knex, { schema: 'it\'s "own"', table: 'knex_migrations' }],
] as const)(
  'rows are written, checked, removed and put back as they were, %s',
  async (_, tool, table: TableRef) => {
    const sql = tool.historySql;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), async (names) => {
        await client.query('BEGIN');
        try {
          expect(await holds(sql.missing(table))).toBe(true);
          for (const text of sql.create(table)) await client.query(text);
          expect(await holds(sql.missing(table))).toBe(false);
          for (const each of names) {
            const row = { name: each, columns: {} };
            expect(await holds(sql.count(table, row, 0))).toBe(true);
            await client.query(sql.insert(table, row));
            expect(await holds(sql.count(table, row, 1))).toBe(true);
          }
          const { rows } = await tool.readHistory(query, table, true);
          const read = rows as readonly NamedRow[];
          expect(new Set(read.map((row) => row.name))).toEqual(new Set(names));
          expect(await holds(sql.extent(table, read))).toBe(true);
          for (const row of read) {
            expect(await holds(sql.present(table, row))).toBe(true);
            await client.query(sql.remove(table, row));
            expect(await holds(sql.present(table, row))).toBe(false);
          }
          expect(await holds(sql.extent(table, []))).toBe(true);
          for (const row of read) await client.query(sql.restore(table, row));
          expect((await tool.readHistory(query, table, true)).rows).toEqual(rows);
        } finally {
          await client.query('ROLLBACK');
        }
      }),
      cases(25, 2000),
    );
  },
);
