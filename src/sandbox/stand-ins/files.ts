import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scriptOf, type StandInExtension } from './extension.js';
import { standInExtensions } from './extensions.js';

/**
 * The setting of the embedded server that says where the stand-ins are. A session that wants
 * them puts the folder on its extension_control_path; for all others (the restore that proves
 * a backup) the extensions are not there.
 */
export const folderSetting = 'pgmedic.stand_ins';

/**
 * Writes the stand-ins as extensions of PostgreSQL 18 into a new folder `stand-ins` in `folder`.
 *
 * @returns its path, for `folderSetting`
 */
export async function writeStandIns(folder: string): Promise<string> {
  const path = join(folder, 'stand-ins');
  await mkdir(join(path, 'extension'), { recursive: true });
  for (const extension of standInExtensions) {
    const base = join(path, 'extension', extension.name);
    await writeFile(`${base}.control`, controlOf(extension));
    const script = `${scriptOf(extension).join(';\n')};\n`;
    await writeFile(`${base}--${extension.version}.sql`, script);
  }
  return path;
}

function controlOf({ version, comment, schema, requires }: StandInExtension): string {
  const lines = [
    `default_version = '${version}'`,
    `comment = '${comment.replaceAll("'", "''")}'`,
    `relocatable = ${schema === null}`,
    'trusted = true',
    ...(schema === null ? [] : [`schema = '${schema}'`]),
    ...(requires.length === 0 ? [] : [`requires = '${requires.join(', ')}'`]),
  ];
  return `${lines.join('\n')}\n`;
}
