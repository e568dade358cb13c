import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Folder } from '../../src/core/facts.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { cases } from '../support/cases.js';
import { type ProjectCase, projectCases } from '../support/drizzle-cases.js';
import {
  defaultTable,
  dropHistory,
  factsOf,
  readFolderAt,
  readHistoryAt,
  type RealRun,
  runMigrator,
  seedHistory,
  writeFolder,
} from '../support/drizzle-project.js';
import { createTestDatabase, type TestDatabase } from '../support/server.js';

let database: TestDatabase;
let client: pg.Client;
let root: string;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  root = join(await mkdtemp(join(tmpdir(), 'pgmedic-next-run-')), 'drizzle');
});

afterAll(async () => {
  await client.end();
  await database.drop();
  await rm(join(root, '..'), { recursive: true, force: true });
});

async function setUp({ files, rows, table }: ProjectCase): Promise<void> {
  await writeFolder(root, files);
  await dropHistory(client, table);
  if (rows !== null) await seedHistory(client, rows, table);
}

/** The tags a real run went through, told from the rows it wrote. */
function tagsRun(folder: Folder, { wrote }: RealRun): string[] {
  const { text } = folder.journal as { text: string };
  const left = [...wrote];
  const ran: string[] = [];
  for (const { tag, when } of (JSON.parse(text) as { entries: { tag: string; when: unknown }[] })
    .entries) {
    const hash = folder.migrations.find(({ id }) => id === tag)?.file?.hash;
    const [next] = left;
    const stamp = when === null ? null : String(Number(when));
    if (next === undefined || next.hash !== hash || next.stamp !== stamp) continue;
    ran.push(tag);
    left.shift();
  }
  expect(left).toEqual([]);
  return ran;
}

const startsWithMark = (folder: Folder, id: string): boolean =>
  folder.migrations.find((migration) => migration.id === id)?.file?.text.startsWith('\uFEFF') ===
  true;

test('nextRun is what the real migrator does', { timeout: 600_000 }, async () => {
  const seen = { ran: 0, skipped: 0, refused: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(projectCases({ hostile: true }), async (project) => {
      await setUp(project);
      const folder = await readFolderAt(root);
      const history = await readHistoryAt(client, project.table, true);
      const said = drizzle.nextRun(folder, history);
      const real = await runMigrator(client, root, project.table);

      if (said.fails !== null && said.fails.statement === null) {
        seen.refused += 1;
        expect(real.error?.message).toBe(said.fails.message);
        expect(said.runs).toEqual([]);
        expect(real.wrote).toEqual([]);
        // It refuses before it connects.
        expect(real.tableThere).toBe(project.rows !== null);
        return;
      }
      const position = said.runs.indexOf(said.fails?.migration ?? '');
      const reached = said.fails === null ? said.runs : said.runs.slice(0, position + 1);
      if (reached.some((id) => startsWithMark(folder, id))) {
        seen.failed += 1;
        expect(real.error?.sqlstate).toBe('42601');
        expect(real.wrote).toEqual([]);
        return;
      }
      expect(real.error?.sqlstate ?? null).toBe(said.fails?.sqlstate ?? null);
      if (said.fails !== null) {
        seen.failed += 1;
        expect(real.error?.message).toBe(said.fails.message);
        expect(real.wrote).toEqual([]);
        return;
      }
      expect(real.error).toBeNull();
      const ran = tagsRun(folder, real);
      expect(said.runs).toEqual(ran);
      const recorded = drizzle.match(folder, history).recorded;
      const passedOver = folder.migrations
        .filter(({ id, entries }) => entries.length > 0 && !ran.includes(id) && !recorded.has(id))
        .map(({ id }) => id);
      expect(said.skips).toEqual(passedOver);
      seen.ran += ran.length;
      seen.skipped += passedOver.length;
    }),
    cases(60, 400),
  );
  // The cases reach every kind of outcome.
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(0);
});

test(
  'after reconcile the real migrator runs what is not recorded, once, and nothing else',
  { timeout: 600_000 },
  async () => {
    let mended = 0;
    await fc.assert(
      fc.asyncProperty(projectCases({ hostile: false }), async (project) => {
        await setUp(project);
        const folder = await readFolderAt(root);
        const history = await readHistoryAt(client, project.table, true);
        const facts = factsOf(folder, history);
        const before = drizzle.match(folder, history);
        const done = drizzle.reconcile?.(facts, { entriesWithoutFile: 'remove' });
        if (done === undefined) throw new Error('no reconcile');
        expect(drizzle.reconcile?.(facts, { entriesWithoutFile: 'remove' })).toEqual(done);
        if (done.changes.length > 0) mended += 1;
        else expect(done.after).toBe(done.before);

        await writeFolder(root, { ...project.files, 'meta/_journal.json': done.after });
        const next = await readFolderAt(root);
        expect(next).toEqual({ ...done.folder, root: next.root });
        const after = drizzle.match(next, history);
        const pending = next.migrations
          .filter(({ id }) => !after.recorded.has(id))
          .map(({ id }) => id);
        const said = drizzle.nextRun(next, history);
        expect(said).toEqual({ runs: pending, skips: [], fails: null });
        const again = drizzle.reconcile?.(
          { ...facts, folder: next },
          { entriesWithoutFile: 'remove' },
        );
        expect(again?.changes).toEqual([]);
        for (const { id, file, entries } of next.migrations) {
          expect(file, id).not.toBeNull();
          expect(entries, id).toHaveLength(1);
          if (folder.journal?.state === 'read' && before.recorded.has(id))
            expect(pending).not.toContain(id);
        }

        const real = await runMigrator(client, root, project.table);
        expect(real.error).toBeNull();
        expect(tagsRun(next, real)).toEqual(pending);
        expect((await runMigrator(client, root, project.table)).wrote).toEqual([]);
      }),
      cases(60, 300),
    );
    expect(mended).toBeGreaterThan(0);
  },
);

test('a tag that leads out of the folder, or deep into it, is read as the migrator reads it', async () => {
  const files = {
    'drizzle/0000_a.sql': 'CREATE TABLE led_a ();',
    'drizzle/one/two/three/four/0001_b.sql': 'CREATE TABLE led_b ();',
    'shared/0002_c.sql': 'CREATE TABLE led_c ();',
  };
  const tags = ['0000_a', 'one/two/three/four/0001_b', '../shared/0002_c'];
  const entries = tags.map((tag, idx) => ({ idx, version: '7', when: idx + 1, tag }));
  const project = join(root, '..');
  await writeFolder(project, {
    ...files,
    'drizzle/meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  });
  await dropHistory(client, defaultTable);
  const folder = await readFolderAt(root);
  const history = await readHistoryAt(client, defaultTable, true);
  expect(drizzle.nextRun(folder, history)).toEqual({ runs: tags, skips: [], fails: null });
  const real = await runMigrator(client, root);
  expect(real.error).toBeNull();
  expect(tagsRun(folder, real)).toEqual(tags);
});
