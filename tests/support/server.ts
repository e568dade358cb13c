import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { makeDatabase, removeDatabase } from '../../src/sandbox/databases.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startSandbox } from '../../src/sandbox/start.js';

/** The run's one server: URL of its maintenance database, as superuser, password included. */
export function testServer(): { readonly adminUrl: string } {
  // Without its parameters, so that a test can add its own.
  return { adminUrl: inject('adminUrl').replace(/\?.*$/, '') };
}

/** The run's server for --sandbox-url, another one than the live databases are on. */
export function sandboxServer(): { readonly adminUrl: string } {
  return { adminUrl: inject('sandboxUrl').replace(/\?.*$/, '') };
}

export interface TestDatabase {
  readonly url: string;
  /** Ends the sessions in it as well. */
  drop(): Promise<void>;
}

/** An empty UTF8 database with a random name on the run's one server. What is not dropped goes with the server. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { adminUrl } = testServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = await makeDatabase(adminUrl, name);
  return { url, drop: () => removeDatabase(adminUrl, name) };
}

/** A server of the test's own, to kill or to reconfigure; the test stops it. */
export async function startServer(): Promise<Sandbox> {
  return startSandbox({});
}
