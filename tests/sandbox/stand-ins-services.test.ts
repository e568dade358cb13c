import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { standInExtensions } from '../../src/sandbox/stand-ins/extensions.js';
import { offerStandIns, standInsIn } from '../../src/sandbox/stand-ins/index.js';
import { createTestDatabase } from '../support/server.js';

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

test('every stand-in installs as an extension, and goes with it', async () => {
  const { url } = await createTestDatabase();
  expect(await offerStandIns(await connected(url))).toBe(true);
  const client = await connected(url);
  for (const { name } of standInExtensions) {
    await client.query(`CREATE EXTENSION IF NOT EXISTS ${name}`);
  }
  expect(await standInsIn(client)).toEqual(standInExtensions);
  await client.query(`SELECT cron.schedule('nightly', '0 3 * * *', 'VACUUM'), net.http_post(url := 'https://a.test', body := '{}'),
    vault.create_secret('s', 'n'), sign('{}', 'secret'), uuid_generate_v7(), graphql.resolve('{}')`);
  for (const { name } of standInExtensions) await client.query(`DROP EXTENSION ${name}`);
  const { rows } = await client.query(
    `SELECT proname FROM pg_proc WHERE oid >= 16384 UNION ALL SELECT relname FROM pg_class WHERE oid >= 16384`,
  );
  expect(rows).toEqual([]);
});

test('where they were not offered, as where a backup is proven, the extensions are not there', async () => {
  const { url } = await createTestDatabase();
  const client = await connected(url);
  await expect(client.query('CREATE EXTENSION vector')).rejects.toThrow('is not available');
  const { rows } = await client.query(
    'SELECT name FROM pg_available_extensions WHERE name = ANY ($1)',
    [standInExtensions.map(({ name }) => name)],
  );
  expect(rows).toEqual([]);
});
