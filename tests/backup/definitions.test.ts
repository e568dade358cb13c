import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { inDepth } from '../support/cases.js';
import { startOlderServer } from '../support/older-server.js';
import { createTestDatabase, startServer, testServer } from '../support/server.js';
import { definitionRoles, definitions } from './definitions.js';
import { backup, folder, sql } from './support.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.stop());

interface Server {
  readonly adminUrl: string;
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

async function serverOf(major: number): Promise<Server> {
  if (major === 14 || major === 16) return startOlderServer(major);
  const { url, drop } = await createTestDatabase();
  return { adminUrl: testServer().adminUrl, createDatabase: async () => url, stop: drop };
}

test.each(inDepth([14], [14, 16, 18]))(
  'a backup of definitions of every kind is proven: server %i',
  async (major) => {
    const server = await serverOf(major);
    try {
      for (const role of definitionRoles) await sql(server.adminUrl, `CREATE ROLE ${role}`);
      const url = await server.createDatabase();
      await sql(url, definitions(major));
      const { proof } = await backup({ url, sandbox, folder: await folder() });
      expect(proof).toContain('contents compared by hash');
      expect(proof).toContain('schema equal');
    } finally {
      await server.stop();
      if (major === 18) await sql(server.adminUrl, `DROP ROLE ${definitionRoles.join(', ')}`);
    }
  },
);
