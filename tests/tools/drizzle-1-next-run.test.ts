import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFolderContents } from '../../src/files/read-folder.js';
import { drizzle1 } from '../../src/tools/drizzle-1/index.js';
import { cases } from '../support/cases.js';
import { dropHistory, readHistoryAt, sha256, writeFolder } from '../support/drizzle-project.js';
import { createTestDatabase, type TestDatabase } from '../support/server.js';
import { drizzle1 as real } from './subjects/drizzle-1.js';

const table = drizzle1.defaultHistoryTable;

let database: TestDatabase;
let client: pg.Client;
let dir: string;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  dir = await mkdtemp(join(tmpdir(), 'pgmedic-next-run-'));
});

afterAll(async () => {
  await client.end();
  await database.drop();
  await rm(dir, { recursive: true, force: true });
});

/** Few times, names and texts, so that they meet: two in one second, one text twice, a time that is none. */
const name = fc.oneof(
  fc
    .tuple(fc.constantFrom('01', '02', '03', '13'), fc.constantFrom('_a', '_b', '_B', '-a', ''))
    .map(([day, slug]) => `202501${day}000000${slug}`),
  // The 99th of January is after the 1st of February.
  fc.constantFrom('20250199000000_odd', '20250201000000_a', '20251301000000_late', 'init'),
);
const text = fc.constantFrom('SELECT 1', 'SELECT 2', 'SELECT 3', '');
const stamp = fc.oneof(
  fc
    .tuple(fc.constantFrom('01', '02', '03', '13', '20'), fc.constantFrom(0, 1, 789, 1000))
    .map(([day, ms]) => String(Date.parse(`2025-01-${day}T00:00:00Z`) + ms)),
  fc.constantFrom(String(Date.UTC(2026, 0, 1)), '0', '12', '-1', null),
);
const project = fc.record({
  folder: fc.uniqueArray(fc.tuple(name, text), { selector: ([one]) => one, maxLength: 5 }),
  shape: fc.constantFrom('none', 'old', 'new'),
  rows: fc.array(fc.record({ text, stamp, name: fc.option(name) }), { maxLength: 4 }),
  journal: fc.integer({ min: 0, max: 19 }).map((one) => one === 0),
});

async function setUp({ folder, shape, rows, journal }: ProjectCase): Promise<void> {
  const files = folder.map(([one, sql]) => [`${one}/migration.sql`, sql] as const);
  await writeFolder(join(dir, 'drizzle'), {
    ...Object.fromEntries(files),
    ...(journal ? { 'meta/_journal.json': '{}' } : {}),
  });
  await dropHistory(client, table);
  if (shape === 'none') return;
  const isNew = shape === 'new';
  await client.query(
    `CREATE SCHEMA IF NOT EXISTS drizzle; CREATE TABLE drizzle.__drizzle_migrations
       (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint
        ${isNew ? ', name text, applied_at timestamptz DEFAULT now()' : ''})`,
  );
  for (const row of rows) {
    await client.query(
      `INSERT INTO drizzle.__drizzle_migrations (hash, created_at${isNew ? ', name' : ''})
       VALUES ($1, $2${isNew ? ', $3' : ''})`,
      [sha256(row.text), row.stamp, ...(isNew ? [row.name] : [])],
    );
  }
}

type ProjectCase = typeof project extends fc.Arbitrary<infer T> ? T : never;

/** Names in the order of their rows; null in a row that 0.x wrote, or of a table without names. */
async function namesNow(): Promise<(string | null)[]> {
  const { rows } = await client
    .query<{ name: string | null }>(
      `SELECT to_jsonb(t) ->> 'name' AS name FROM drizzle.__drizzle_migrations t ORDER BY id`,
    )
    .catch(() => ({ rows: [] }));
  return rows.map((row) => row.name);
}

test('nextRun, and whose each row is, are what the real migrator makes of them', async () => {
  const seen = { ran: 0, upgraded: 0, refused: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(project, async (given) => {
      await setUp(given);
      const root = join(dir, 'drizzle');
      const contents = await readFolderContents(root, root, (path) => drizzle1.wants(path));
      const folder = drizzle1.readFolder(contents, []);
      const history = await readHistoryAt(client, table, true, drizzle1);
      const { runs, skips, fails } = drizzle1.nextRun(folder, history);
      const { recorded } = drizzle1.match(folder, history);
      const before = await namesNow();

      const error = await real.run(dir, database.url);
      expect(error).toBe(fails === null ? null : fails.message);
      const after = await namesNow();
      expect({ ran: after.slice(before.length), skips }).toEqual({
        ran: fails === null ? runs : [],
        skips: [],
      });
      if (fails !== null) seen[fails.migration === null ? 'refused' : 'failed'] += 1;
      else seen.ran += runs.length;
      if (history.outdated !== true || fails?.migration === null) return;
      // It is in this order that the upgrade has named the rows.
      seen.upgraded += before.length;
      const said = history.rows.map(
        (row) => [...recorded].find(([, rows]) => rows.some((one) => one.row === row))?.[0] ?? null,
      );
      expect(after.slice(0, before.length)).toEqual(said);
    }),
    cases(120, 1000),
  );
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(0);
});
