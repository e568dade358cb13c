import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, test, vi } from 'vitest';
import { cases } from '../support/cases.js';
import { foldersWithData } from '../support/generate/with-data.js';
import { currentServer } from './live-server.js';
import { lookAndRun } from './look.js';
import { newRunCount, tellRuns } from './next-run.js';
import { deepLimit } from './support.js';

let cache: string;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'pgmedic-cache-'));
  vi.stubEnv('XDG_CACHE_HOME', cache);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true, force: true });
});

test(
  'a look at a project says nothing of what is applied, and of what is pending what the migrator does',
  async () => {
    const server = currentServer();
    const count = newRunCount();
    await fc.assert(
      fc.asyncProperty(foldersWithData(2), (one) => lookAndRun(server, one, count)),
      cases(1, 40),
    );
    tellRuns('18, by a whole look', count);
  },
  deepLimit,
);
