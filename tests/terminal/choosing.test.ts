import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { tempProject } from '../files/temp-project.js';
import { createTestDatabase } from '../support/server.js';
import { bareWorld } from './world.js';
import { deepTest } from '../support/deep-test.js';

/** A workspace with two packages, each with a database of its own or both with one. */
async function workspace(): Promise<{ dir: string; web: string; shop: string }> {
  const [web, shop] = [await createTestDatabase(), await createTestDatabase()];
  onTestFinished(async () => {
    await web.drop();
    await shop.drop();
  });
  const dir = await tempProject({
    'apps/web/.env': `DATABASE_URL=${web.url}`,
    'apps/web/migrations/1_pages.js': 'exports.up = (knex) => knex.raw("SELECT 1")',
    'packages/shop/.env': `DATABASE_URL=${shop.url}`,
    'packages/shop/migrations/1_goods.js': 'exports.up = (knex) => knex.raw("SELECT 1")',
  });
  return { dir, web: web.url, shop: shop.url };
}

const nameOf = (url: string): string => new URL(url).pathname.slice(1);

test('by keys before the screen, in 80x24 and without colours; then its board, of its database', async () => {
  const { dir, shop, web } = await workspace();
  const world = await bareWorld();
  const shell = world.pgmedic(['--dir', dir, '--no-color'], { env: { NO_COLOR: '1' } });
  await shell.expectText('has 2 migrations folders');
  await shell.expectText('❯ (nothing chosen yet)');
  await shell.sendKeys('Enter');
  await shell.sendKeys('Down', 'Down');
  await shell.expectText('❯ packages/shop/migrations (Knex)');
  await shell.sendKeys('Enter');
  await shell.expectText('1_goods');
  expect(shell.screen()).toContain(nameOf(shop));
  expect(shell.transcript()).not.toContain(`${nameOf(web)} @`);
  await shell.sendKeys('q');
  expect(await shell.exit()).toBeLessThan(2);
});

deepTest('in lines by a number; who shares the history table is told', async () => {
  const { dir, web } = await workspace();
  const client = new pg.Client({ connectionString: web });
  await client.connect();
  await client.query(
    `CREATE TABLE knex_migrations (id serial, name text, batch int, migration_time timestamptz);
     INSERT INTO knex_migrations (name) VALUES ('1_pages.js'), ('1_goods.js')`,
  );
  await client.end();
  const world = await bareWorld();
  const { said } = await world.piped(['--dir', dir], ['1', 'leave']);
  expect(said).toContain('  1) apps/web/migrations (Knex)\n  2) packages/shop/migrations (Knex)\n');
  expect(said).toContain('packages/shop/migrations records its migrations in the same table');
  // Where nobody can be asked, it is an error that says what to type.
  const { code, said: refused } = await world.piped(['diagnose', '--dir', dir], []);
  expect(code).toBe(2);
  expect(refused).toContain(`packages/shop/migrations (Knex): --dir ${dir}/packages/shop`);
});

deepTest('whoever leaves the question leaves pgmedic', async () => {
  const { dir } = await workspace();
  const world = await bareWorld();
  const shell = world.pgmedic(['--dir', dir]);
  await shell.expectText('❯ (nothing chosen yet)');
  await shell.sendKeys('Ctrl-C');
  await shell.expectExit(2);
  expect((await world.piped(['--dir', dir], [])).code).toBe(2);
});
