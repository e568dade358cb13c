import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { whyProofDoesNotCount, type BackedUp, type BackupFormat } from '../core/backup.js';
import { UserError, messageOf } from '../core/errors.js';
import type { ChosenBackup } from '../core/restore.js';
import { checksumLines, sha256Of, sizeOf } from './checksum.js';
import { type Manifest, manifestPath, readManifest } from './manifest.js';

/**
 * The newest proven backup of a database in a folder, but for those in `not`; null when there is
 * none. What cannot be read is passed over.
 */
export async function newestProven(
  folder: string,
  target: BackedUp,
  not: ReadonlySet<string>,
): Promise<string | null> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  let newest: { readonly path: string; readonly startedAt: string } | null = null;
  for (const name of names) {
    const path = join(folder, name);
    if (not.has(path) || !names.includes(basename(manifestPath(path)))) continue;
    const { backup } = (await readManifest(path).catch(() => null))?.manifest ?? {};
    if (backup === undefined || !('provenAt' in backup)) continue;
    if (whyProofDoesNotCount(backup, target) !== null) continue;
    if (newest === null || newest.startedAt < backup.startedAt) {
      newest = { path, startedAt: backup.startedAt };
    }
  }
  return newest?.path ?? null;
}

/**
 * A backup as it stands on the disk, read to its end for its SHA-256.
 * @throws UserError when it is not there, or is not what its checksum or its manifest says
 */
export async function chosenBackup(
  path: string,
): Promise<{ readonly backup: ChosenBackup; readonly manifest: Manifest | null }> {
  const signal = new AbortController().signal;
  try {
    const { mtime } = await stat(path);
    const sha256 = await sha256Of(path, signal);
    const beside = await checksumBeside(path);
    const lines = await checksumLines(path, basename(path), signal);
    if (beside !== null && hashes(beside) !== hashes(lines)) throw notEqual(path, 'checksum');
    const found = await readManifest(path);
    const { manifest } = found ?? { manifest: null };
    if (manifest !== null && manifest.backup.sha256 !== sha256) throw notEqual(path, 'manifest');
    const backup: ChosenBackup = {
      path,
      format: manifest?.backup.format ?? (await formatOf(path)),
      sha256,
      bytes: await sizeOf(path),
      takenAt: manifest?.backup.startedAt ?? mtime.toISOString(),
      checksum: beside !== null,
      manifest:
        found === null
          ? null
          : {
              sha256: found.sha256,
              target: found.manifest.backup.target,
              proven: 'provenAt' in found.manifest.backup,
              tables: found.manifest.backup.tables,
              rows: found.manifest.backup.rows,
              history: found.manifest.history,
            },
    };
    return { backup, manifest };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`The backup ${path} cannot be read: ${messageOf(error)}.`, [
      'Name the file, or the folder that pg_dump wrote: --set backup=PATH',
    ]);
  }
}

/** null where there is none. */
async function checksumBeside(path: string): Promise<string | null> {
  try {
    return await readFile(`${path}.sha256`, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw error;
  }
}

/** The hashes, with the names that files have inside a folder: the backup may have been moved. */
function hashes(lines: string): string {
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [hash = '', name = ''] = line.trim().split(/\s+\*?/, 2);
      return name.includes('/') ? `${hash} ${basename(name)}` : hash;
    })
    .sort()
    .join('\n');
}

async function formatOf(path: string): Promise<BackupFormat> {
  if ((await stat(path)).isDirectory()) return 'directory';
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(5), 0, 5, 0);
    return buffer.toString('latin1') === 'PGDMP' ? 'custom' : 'plain';
  } finally {
    await file.close();
  }
}

function notEqual(path: string, beside: 'checksum' | 'manifest'): UserError {
  const where = beside === 'checksum' ? `${path}.sha256` : manifestPath(path);
  return new UserError(
    `${path} is not the backup it was: its SHA-256 is not the one in ${where}.`,
    ['It was changed or cut short since it was taken. Choose another: --set backup=PATH'],
  );
}
