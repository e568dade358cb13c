import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { UserError } from '../core/errors.js';

/**
 * The absolute path of the project.
 * @throws UserError when it is not a folder.
 */
export async function resolveProject(dir: string | undefined): Promise<string> {
  const project = resolve(dir ?? '.');
  const kind = await kindOf(project);
  if (kind === 'folder') return project;
  throw new UserError(
    kind === 'missing'
      ? `The project folder ${project} does not exist.`
      : `${project} is not a folder.`,
    ['Name the folder of the project with --dir, or start pgmedic in it.'],
  );
}

/** A path as shown: relative to the project where it is inside, "." for the project itself. */
export function showPath(project: string, path: string): string {
  const short = relative(project, path);
  if (short === '') return '.';
  if (short === '..' || short.startsWith(`..${sep}`)) return path;
  return short.split(sep).join('/');
}

/** What stands at a path, links followed. */
export async function kindOf(path: string): Promise<'folder' | 'file' | 'missing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'missing';
  }
}
