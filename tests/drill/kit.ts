import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'dotenv';
import { onTestFinished } from 'vitest';
import type { RunningDrill } from '../../src/drill/run.js';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** The real drizzle-kit, on a copy: `check` writes. */
export async function kit(
  drill: RunningDrill,
  command: string,
): Promise<{ code: number; out: string }> {
  const copy = await mkdtemp(join(tmpdir(), 'drill-kit-'));
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
  await cp(drill.dir, copy, { recursive: true });
  await symlink(modules, join(copy, 'node_modules'));
  const env = { ...process.env, ...parse(await readFile(join(copy, '.env'))) };
  const program = join(modules, 'drizzle-kit/bin.cjs');
  return promisify(execFile)(process.execPath, [program, command], { cwd: copy, env }).then(
    ({ stdout }) => ({ code: 0, out: stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, out: error.stdout }),
  );
}
