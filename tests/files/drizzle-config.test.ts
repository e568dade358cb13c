import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { findDrizzleConfig, readDrizzleConfig } from '../../src/files/drizzle-config.js';
import { evaluateConfig } from '../../src/files/evaluate-config.js';
import type { Detected } from '../../src/tools/contract.js';
import { failure, tempProject } from './temp-project.js';

async function read(
  files: Record<string, string>,
  env: Record<string, string> = {},
): Promise<Detected & { project: string }> {
  const project = await tempProject(files);
  const name = await findDrizzleConfig(project);
  return { project, ...(await readDrizzleConfig(project, name ?? 'none', env)) };
}

test('a TypeScript config works with nothing installed, noise on stdout and a running timer', async () => {
  const found = await read(
    {
      'drizzle.config.ts': `
        import 'dotenv/config';
        import { config } from 'dotenv';
        import { defineConfig, type Config } from 'drizzle-kit';
        import { folder } from './folder';
        config({ path: '.env.migrate' });
        console.log('{"config":{"out":"noise"}}');
        setInterval(() => {}, 1000);
        const url: string = process.env.MIGRATE_URL!;
        export default defineConfig({
          dialect: 'postgresql', out: folder, schema: './schema.ts',
          dbCredentials: { url: url + process.env.FROM_ENV },
          migrations: { schema: 'public' },
        } satisfies Config);`,
      'folder.ts': `export const folder: string = './src/' + process.cwd().split('/').length;`,
      '.env.migrate': 'MIGRATE_URL=postgresql://db-1/',
    },
    { FROM_ENV: 'shop' },
  );
  expect(found).toEqual({
    project: found.project,
    by: 'drizzle.config.ts',
    migrations: {
      path: join(found.project, 'src', String(found.project.split('/').length)),
      origin: 'drizzle.config.ts out',
    },
    historyTable: {
      schema: 'public',
      table: '__drizzle_migrations',
      origin: 'drizzle.config.ts migrations',
    },
    databaseUrl: { value: 'postgresql://db-1/shop', origin: 'drizzle.config.ts dbCredentials' },
  });
  const left = await readdir(found.project);
  expect(left.toSorted()).toEqual(['.env.migrate', 'drizzle.config.ts', 'folder.ts']);
});

test("the project's own drizzle-kit is preferred", async () => {
  const found = await read({
    'package.json': '{}',
    'node_modules/drizzle-kit/package.json': '{"name":"drizzle-kit","main":"index.js"}',
    'node_modules/drizzle-kit/index.js': `exports.defineConfig = (c) => ({ ...c, out: './own' });`,
    'drizzle.config.ts': `import { defineConfig } from 'drizzle-kit'; export default defineConfig({});`,
  });
  expect(found.migrations?.path).toBe(join(found.project, 'own'));
});

test.each([
  ['drizzle.config.js', 'module.exports = { out: "x" };'],
  ['drizzle.config.cjs', 'module.exports = { out: "x" };'],
  ['drizzle.config.mjs', 'await 0; export default { out: "x" };'],
  ['drizzle.config.mts', 'export default { out: "x" as const };'],
  ['drizzle.config.json', '{ "out": "x" }'],
])('%s is read', async (name, text) => {
  const found = await read({ [name]: text });
  expect(found.by).toBe(name);
  expect(found.migrations?.path).toBe(join(found.project, 'x'));
});

test('credentials in parts become a URL', async () => {
  const found = await read({
    'drizzle.config.json': JSON.stringify({
      dbCredentials: {
        host: 'db',
        port: 6000,
        user: 'a@b',
        password: 'p/ %',
        database: 'my shop',
        ssl: true,
      },
    }),
  });
  expect(found.databaseUrl?.value).toBe(
    'postgresql://a%40b:p%2F%20%25@db:6000/my%20shop?sslmode=verify-full',
  );
});

test.each([
  ['export default { dialect: "mysql" };', 'is for "mysql"'],
  ['export default 1;', 'does not export a config object'],
  ['throw new Error("no DATABASE_URL\\n");', 'cannot be evaluated: no DATABASE_URL.'],
  ['const x = ;', 'cannot be evaluated: '],
  ['import "no-such-package";', 'no-such-package'],
  ['process.exit(3);', 'ended with code 3 before it gave a config'],
  ['throw new Error("cannot reach postgres://u:hunter2@h/d");', 'postgres://u:***@h/d'],
  ['Promise.reject(new Error("late")); await new Promise(() => {});', 'late'],
])('%s is refused in one sentence', async (text, message) => {
  const error = await failure(read({ 'drizzle.config.ts': text }));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toContain(message);
  expect(error.message).not.toMatch(/hunter2|^\s+at /m);
  expect(error.next.length).toBeGreaterThan(0);
});

test('JSON with a mistake is refused', async () => {
  const error = await failure(read({ 'drizzle.config.json': '{ "out": ' }));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toContain('drizzle.config.json cannot be read');
});

test('a program that a config leaves behind is not waited for', async () => {
  const found = await read({
    'drizzle.config.ts': `
      import { spawn } from 'node:child_process';
      spawn(process.execPath, ['-e', 'setTimeout(() => {}, 16_000)'], { stdio: 'inherit' });
      export default { out: process.ppid + '-' + 'x' };`,
  });
  expect(found.migrations?.path).toBe(join(found.project, `${process.pid}-x`));
}, 15_000);

test('a config that never ends is given up, also when a program it started holds on', async () => {
  const project = await tempProject({
    'drizzle.config.ts': `
      import { spawn } from 'node:child_process';
      spawn(process.execPath, ['-e', 'setTimeout(() => {}, 4000)'], { stdio: 'inherit' });
      await new Promise(() => setInterval(() => {}, 1000));`,
  });
  const error = await failure(
    evaluateConfig(join(project, 'drizzle.config.ts'), 'drizzle.config.ts', {}, 1000),
  );
  expect(error.message).toBe(
    'drizzle.config.ts cannot be evaluated: it did not finish within 1 s.',
  );
});
