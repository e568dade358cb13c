import { lstat, mkdtemp, mkdir, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A drill's folder carries its owner's machine and process id in its name, so that a later
 * drill can tell what a killed one left behind. The machine is part of it because containers
 * that share /tmp do not see each other's processes.
 */
const prefix = `pgmedic-drill-${hostname().replaceAll(/[^A-Za-z0-9]/g, '_')}-`;

/** Makes an empty project folder (0700) named after the project, and says how to remove it. */
export async function makeDrillFolder(
  project: string,
): Promise<{ dir: string; remove: () => Promise<void> }> {
  await sweepDrillFolders();
  // mkdtemp gives 0700 whatever the umask is.
  const root = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const dir = join(root, project);
  await mkdir(dir, { mode: 0o700 });
  return { dir, remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Removes the folders of drills whose process is gone: it was killed and could not do it. */
export async function sweepDrillFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : NaN;
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const path = join(tmpdir(), name);
    const found = await lstat(path).catch(() => null);
    if (found === null || !found.isDirectory() || found.uid !== process.getuid?.()) continue;
    // Another start may be sweeping the same folder.
    await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
