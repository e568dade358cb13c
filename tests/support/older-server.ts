import { startPrograms } from '../../src/sandbox/embedded.js';
import { nativeFolder, thisHost } from '../../src/sandbox/native.js';

export interface OlderServer {
  /** postgresql:// URL of its maintenance database, as superuser, password included. */
  readonly adminUrl: string;
  /** "14.23" */
  readonly serverVersion: string;
  /** Makes an empty UTF8 database with a random name and returns its URL. */
  createDatabase(): Promise<string>;
  /** Safe to call twice. Without it, the server ends with the process of the test. */
  stop(): Promise<void>;
}

/** A PostgreSQL 14 or 16 of the test's own (packages: tests/servers/package.json); ready in a second. */
export async function startOlderServer(major: 14 | 16): Promise<OlderServer> {
  const native = await nativeFolder(await thisHost(), import.meta.url, `pg${major}-`);
  const { adminUrl, serverVersion, createDatabase, stop } = await startPrograms({ native, major });
  return { adminUrl, serverVersion, createDatabase: () => createDatabase(), stop };
}
