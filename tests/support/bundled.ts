import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A program of the tests in few files, as esbuild.config.js makes the real one: it starts in a third
 * of a second instead of two. Resolves to its path, and to how to be rid of it.
 */
export async function bundled(
  source: string,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'pgmedic-bundle-')));
  // package.json and the playbooks are looked for two folders up.
  for (const name of ['package.json', 'playbooks', 'node_modules']) {
    await symlink(join(root, name), join(folder, name));
  }
  const outdir = join(folder, 'dist', 'cli');
  await mkdir(outdir, { recursive: true });
  await build({
    entryPoints: {
      program: join(root, source),
      keeper: join(root, 'src/sandbox/keeper.ts'),
      'wasm-child': join(root, 'src/backup/wasm-child.ts'),
    },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [
      ...['@electric-sql/*', 'drizzle-orm', 'jiti', 'libpg-query', 'pg-native'],
      'react-devtools-core',
    ],
    banner: {
      js: "import { createRequire as bundledRequire } from 'node:module';\nconst require = bundledRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return {
    path: join(outdir, 'program.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
