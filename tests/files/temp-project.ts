import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with these files (path to text), gone when the test is. */
export async function tempProject(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'pgmedic-test-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

/** An empty Drizzle journal. */
export const emptyJournal = '{"version":"7","dialect":"postgresql","entries":[]}';

/** What a promise was rejected with; fails the test when it was not. */
export async function failure(promise: Promise<unknown>): Promise<Error & { next: string[] }> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error as Error & { next: string[] };
  throw new Error(`expected a failure, got ${JSON.stringify(outcome.value)}`);
}
