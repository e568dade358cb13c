import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../core/errors.js';
import type { EnvironmentSettings } from './environment.js';
import type { RunnerSettings } from '../tools/hand-rolled/index.js';

/** Where a project says what pgmedic cannot find by itself. */
export const settingsPath = 'pgmedic.config.yaml';

/** As it stands in the file; everything may be left out. */
export interface ProjectSettings {
  readonly tool?: string | undefined;
  /** Relative to the project. */
  readonly migrations?: string | undefined;
  /** SCHEMA.TABLE */
  readonly 'history-table'?: string | undefined;
  /** Of the tool hand-rolled. */
  readonly runner?: RunnerSettings | undefined;
  /** By name; the first whose pattern fits counts. */
  readonly environments?: Readonly<Record<string, EnvironmentSettings>> | undefined;
  /** Folders, relative to the project. */
  readonly playbooks?: readonly string[] | undefined;
  /** Seconds. */
  readonly timeouts?:
    | { readonly lock?: number | undefined; readonly statement?: number | undefined }
    | undefined;
}

/**
 * The settings of a project; empty where it has none.
 * @throws UserError naming every mistake with file and line.
 */
export async function readProjectSettings(project: string): Promise<ProjectSettings> {
  const text = await readFile(join(project, settingsPath), 'utf8').catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new UserError(`${settingsPath} cannot be read (${code}).`, [
      'Make it readable, or give the settings as options.',
    ]);
  });
  if (text === null) return {};
  // Not before there is something to be read: the first look must be quick.
  const [{ readYaml }, { settingsSchema }] = await Promise.all([
    import('./read-yaml.js'),
    import('./settings-schema.js'),
  ]);
  const read = readYaml(text, settingsPath, settingsSchema);
  if (read.ok) return read.value ?? {};
  throw new UserError(`The settings cannot be used:\n${read.problems.join('\n')}`, [
    'docs/SETTINGS.md of pgmedic shows what can stand there.',
  ]);
}
