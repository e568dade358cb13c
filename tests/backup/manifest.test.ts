import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Manifest, readManifest, writeManifest } from '../../src/backup/manifest.js';

test('a manifest gives back the history of any tool as it was', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pgmedic-manifest-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const table = { schema: 'public', table: 'knex_migrations' };
  const named = { id: '1', name: '001_a.js', columns: { batch: '1', migration_time: null } };
  const stamped = { id: '2', hash: 'ab', stamp: '17' };
  const history: Manifest['history'] = {
    ...{ expected: table, configured: false, table, rows: [named, stamped] },
    elsewhere: [{ schema: 'old', table: 'knex_migrations', rows: 2, marks: ['001_a.js'] }],
    ...{ sequence: { name: 'public.knex_migrations_id_seq', next: 3 }, otherTables: 4 },
  };
  const target = { host: 'db', port: 5432, database: 'shop', identity: null };
  const counts = { tables: 0, rows: 0, bytes: 1 };
  const manifest: Manifest = {
    format: 1,
    backup: {
      ...{ target, path: join(dir, 'shop.sql'), format: 'plain', sha256: 'ab'.repeat(32) },
      ...{ by: 'pg_dump', startedAt: '2025-01-01T00:00:00Z', restoreCommand: '', ...counts },
      ...{ provenAt: '2025-01-01T00:00:01Z', proof: '' },
    },
    expected: {
      ...{ counts: [], hashing: null, sequences: new Map(), roles: [] },
      ...{ largeObjects: { count: 0, content: null } },
      schema: { objects: [], user: 'app', owners: [] },
    },
    history,
  };
  await writeManifest(manifest);
  const found = await readManifest(manifest.backup.path);
  expect(found?.manifest.history).toEqual(history);
});
