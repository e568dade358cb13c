import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startSandbox } from '../../src/sandbox/start.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the maintenance database of the run's one embedded server. */
    readonly adminUrl: string;
  }
}

/**
 * One embedded server for the whole run; test files take databases of it (server.ts). And one cache,
 * which the workers inherit: nothing is kept in the developer's own, and a folder is replayed once.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const sandbox = await startSandbox({});
  project.provide('adminUrl', sandbox.adminUrl);
  const cache = await mkdtemp(join(tmpdir(), 'pgmedic-test-cache-'));
  process.env['XDG_CACHE_HOME'] = cache;
  return async () => {
    await sandbox.stop();
    await rm(cache, { recursive: true, force: true });
  };
}
