import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openGround } from '../../src/runtime/ground.js';
import { look } from '../../src/runtime/parts.js';
import { writeFolder } from '../support/drizzle-project.js';
import { createTestDatabase, sandboxServer } from '../support/server.js';
import { query } from '../sandbox/support.js';

test('rows that are put right during a session are looked at again', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pgmedic-again-'));
  const database = await createTestDatabase();
  vi.stubEnv('XDG_CACHE_HOME', join(dir, 'cache'));
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await Promise.all([database.drop(), rm(dir, { recursive: true, force: true })]);
  });
  const { url: databaseUrl } = database;
  await query(databaseUrl, 'CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)');
  const entry = { idx: 0, version: '7', when: 1, tag: '0000_m', breakpoints: true };
  await writeFolder(join(dir, 'drizzle'), {
    'meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries: [entry] }),
    '0000_m.sql': 'CREATE UNIQUE INDEX t_a ON t (a)',
  });
  const ground = await openGround({ dir, databaseUrl, sandboxUrl: sandboxServer().adminUrl }, {});
  onTestFinished(() => ground.close());
  const fails = async (): Promise<string | null> => {
    const { nextRun } = await look(ground, () => new Date(), { evidence: true });
    return nextRun.fails?.sqlstate ?? null;
  };
  expect(await fails()).toBe('23505');
  await query(databaseUrl, 'DELETE FROM t');
  expect(await fails()).toBe(null);
});
