import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dumpWithWasm } from '../../src/backup/wasm.js';

/**
 * All that a restored copy holds, as pg_dump writes it: rows in their order, owners, rights,
 * comments, large objects. Nothing of the proof has a part in it.
 */
export async function contentOf(url: string, folder: string): Promise<string> {
  const file = join(folder, `content-${process.hrtime.bigint()}.sql`);
  try {
    await dumpWithWasm({
      url,
      snapshot: { options: ['--encoding=UTF8', '--rows-per-insert=100', '--no-password'] },
      serverVersionNum: 0,
      file,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    // The lines for psql hold a word of chance.
    return (await readFile(file, 'utf8')).replaceAll(/^\\(un)?restrict .*$/gm, '');
  } finally {
    await rm(file, { force: true });
  }
}

/** The first line in which two contents differ, for the message of a test. */
export function firstDifference(a: string, b: string): string {
  const [one, other] = [a.split('\n'), b.split('\n')];
  const at = one.findIndex((line, index) => line !== other[index]);
  return `line ${at + 1}: ${one[at] ?? '(end)'} -> ${other[at] ?? '(end)'}`;
}
