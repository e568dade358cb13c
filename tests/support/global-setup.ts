import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { startSandbox } from '../../src/sandbox/start.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the maintenance database of the run's one embedded server. */
    readonly adminUrl: string;
    /** The same of its sandbox server: a sandbox must not be on the live one. */
    readonly sandboxUrl: string;
  }
}

/**
 * One embedded server for the whole run, of which test files take databases (server.ts), and one for
 * what takes a server with --sandbox-url. And one cache, which the workers inherit: nothing is kept in
 * the developer's own, and a folder is replayed once. What runs in processes of its own is the built
 * program, so that is made anew where it is older than its sources.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  process.env['TMPDIR'] ??= await inMemory();
  await buildIfOld();
  const [live, sandbox] = await Promise.all([startSandbox({}), startSandbox({})]);
  project.provide('adminUrl', live.adminUrl);
  project.provide('sandboxUrl', sandbox.adminUrl);
  const cache = await mkdtemp(join(tmpdir(), 'pgmedic-test-cache-'));
  process.env['XDG_CACHE_HOME'] = cache;
  return async () => {
    await Promise.all([live.stop(), sandbox.stop()]);
    await rm(cache, { recursive: true, force: true });
  };
}

async function buildIfOld(): Promise<void> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const time = async (path: string): Promise<number> => (await stat(join(root, path))).mtimeMs;
  const names = await readdir(join(root, 'src'), { recursive: true });
  const sources = await Promise.all(names.map((name) => time(join('src', name))));
  const built = await time('dist/cli/main.js').catch(() => 0);
  if (built > Math.max(...sources)) return;
  await promisify(execFile)(process.execPath, [join(root, 'esbuild.config.js')], { cwd: root });
}

/**
 * Some thousand databases are made in a run, each of a thousand files: on a disk that is a third of
 * the whole time. So temporary files are kept in memory where the system has a folder for it with
 * 6 GiB to spare (a run takes about 2).
 */
async function inMemory(): Promise<string> {
  const folder = '/dev/shm';
  const free = await statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  const open = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  return open && free >= 6 * 1024 ** 3 ? folder : tmpdir();
}
