import type { TestProject } from 'vitest/node';
import { startSandbox } from '../../src/sandbox/start.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the maintenance database of the run's one embedded server. */
    readonly adminUrl: string;
  }
}

/** One embedded server for the whole run; test files take databases of it (server.ts). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const sandbox = await startSandbox({});
  project.provide('adminUrl', sandbox.adminUrl);
  return () => sandbox.stop();
}
