import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateFolder } from './state-folder.js';

/** Writes (or writes anew) a session's report (`name`: "SESSION.md") and returns its path. @throws when it cannot be written. */
export async function writeReport(
  places: StateFolder,
  name: string,
  text: string,
): Promise<string> {
  const path = join(places.reports, name);
  await writeFile(`${path}.partial`, text, { mode: 0o600 });
  await rename(`${path}.partial`, path);
  return path;
}
