import { symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';

const { cache } = createRequire(import.meta.url);

/** The folder of a project's migrations, of which nothing was loaded yet: its files may have changed. */
export async function freshFolder(dir: string, folder: string): Promise<string> {
  const modules = join(import.meta.dirname, '../../node_modules');
  await symlink(modules, join(dir, 'node_modules')).catch(() => {});
  const path = join(dir, folder);
  for (const loaded of Object.keys(cache)) {
    if (loaded.startsWith(path + sep)) delete cache[loaded];
  }
  return path;
}

let count = 0;

/** What is imported is kept by its address: one that was not used before. */
export function freshUrl(url: string): string {
  count += 1;
  return `${url}?${count}`;
}
