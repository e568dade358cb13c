import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { inDepth } from '../support/cases.js';
import { deepTest } from '../support/deep-test.js';
import { startOlderServer } from '../support/older-server.js';
import {
  isRunning,
  lookInside,
  ownTmpdir,
  query,
  repository,
  soon,
  startOwner,
  temporaryBase,
} from './support.js';

test.each(inDepth([16] as const, [14, 16] as const))(
  'a PostgreSQL %i for the tests, gone when it is stopped',
  async (major) => {
    const tmpdir = ownTmpdir();
    const server = await startOlderServer(major);
    onTestFinished(() => server.stop());
    expect(server.serverVersion).toMatch(new RegExp(`^${major}\\.\\d+$`));
    const url = await server.createDatabase();
    expect(await server.createDatabase()).not.toBe(url);
    const facts = `SELECT current_setting('server_encoding'), current_setting('is_superuser'),
    (SELECT count(*) FROM pg_available_extensions WHERE name IN ('pg_trgm', 'uuid-ossp'))`;
    expect(await query(url, facts)).toEqual([['UTF8', 'on', '2']]);

    const { postmaster, keeper } = await lookInside(server.adminUrl);
    await server.stop();
    await vi.waitUntil(() => !isRunning(postmaster) && !isRunning(keeper), soon);
    expect(readdirSync(tmpdir)).toEqual([]);
  },
);

deepTest('it is gone when the process of the tests is killed', async () => {
  const tmpdir = temporaryBase();
  const owner = await startOwner({ tmpdir, older: 14 });
  expect(await query(owner.databaseUrl, 'SHOW server_version')).toEqual([
    [expect.stringMatching(/^14\./)],
  ]);
  const { postmaster, keeper } = await lookInside(owner.adminUrl);
  owner.process.kill('SIGKILL');
  await vi.waitUntil(() => !isRunning(postmaster) && !isRunning(keeper), soon);
  expect(readdirSync(tmpdir)).toEqual([]);
});

test('whoever installs pgmedic gets only the sandbox of today', () => {
  const text = readFileSync(join(repository, 'package.json'), 'utf8');
  const json = JSON.parse(text) as Record<string, Record<string, string>>;
  const { dependencies, optionalDependencies } = json;
  const servers = Object.entries({ ...dependencies, ...optionalDependencies }).filter(
    ([name, version]) => /postgres\//.test(name + version) || /^pg\d/.test(name),
  );
  expect(servers.length).toBe(4);
  for (const [, version] of servers) expect(version).toMatch(/^18\./);
  expect(json['files']).not.toContain('tests');
});
