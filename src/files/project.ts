import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../core/errors.js';

/** How deep below the project a migrations folder is looked for. */
const searchDepth = 5;
/** A bound for the search in very large repositories, in folders visited. */
const searchFolders = 20_000;
const journalPath = join('meta', '_journal.json');

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

/**
 * Folders with Drizzle's migrations for PostgreSQL, absolute and sorted: with a journal
 * (`meta/_journal.json`), or with a folder for each migration and its snapshot, as 1.0 has them.
 * node_modules, build output and dot folders are left out; links are not followed.
 */
export async function findJournalFolders(project: string): Promise<readonly string[]> {
  const found: string[] = [];
  let level = [project];
  let visited = 0;
  for (let depth = 0; depth <= searchDepth && visited < searchFolders; depth += 1) {
    visited += level.length;
    const below = await Promise.all(
      level.map(async (folder) => {
        const inside = await listFolders(folder);
        const one = inside.find((path) => /^\d{14}_/.test(basename(path)));
        if (
          (await saysPostgres(join(folder, journalPath))) ||
          (one !== undefined && (await saysPostgres(join(one, 'snapshot.json'))))
        ) {
          found.push(folder);
        }
        return one === undefined ? inside : [];
      }),
    );
    level = below.flat();
  }
  return found.toSorted();
}

async function listFolders(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !isSkipped(entry.name))
      .map((entry) => join(folder, entry.name));
  } catch {
    // A folder that may not be read holds nothing that pgmedic could work with.
    return [];
  }
}

function isSkipped(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules' || name === 'dist';
}

/** Journals and snapshots say their dialect within the first lines; a damaged one counts as ours. */
async function saysPostgres(path: string): Promise<boolean> {
  try {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
      const head = buffer.toString('utf8', 0, bytesRead);
      const dialect = /"dialect"\s*:\s*"(\w+)"/.exec(head)?.[1];
      return dialect === undefined || /^(?:postgres(?:ql)?|pg)$/.test(dialect);
    } finally {
      await handle.close();
    }
  } catch (error) {
    // A journal that is there but is a folder, or may not be read, still marks the place.
    return ['EISDIR', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}
