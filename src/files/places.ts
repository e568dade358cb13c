import type { Dirent } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Tool } from '../tools/contract.js';
import { drizzle } from '../tools/drizzle/index.js';
import { tools } from '../tools/index.js';
import { looksLike } from './find-tool.js';
import { kindOf, showPath } from './project.js';

/** A folder with the migrations of one tool. */
export interface Place {
  /** Absolute: the nearest folder above it that is a package, or has settings of its own. */
  readonly project: string;
  readonly tool: Tool;
  /** Absolute. */
  readonly path: string;
}

/** How deep a migrations folder is looked for: packages/shop/src/db/migrations. */
const searchDepth = 5;
/** A bound for the search in very large repositories, in folders visited. */
const searchFolders = 20_000;

const skipped = new Set(['node_modules', 'dist', 'build', 'coverage', 'vendor', 'target']);
/** What lies below these is looked at for want of others only. */
const aside = /^(?:__tests__|__fixtures__|tests?|fixtures?|examples?|e2e|samples?)$/;
/** A folder of Drizzle 1.0, or of Prisma. */
const ofOneMigration = /^\d{14}_/;
/** Files by which a folder is a project of its own: its .env is the one that counts. */
const marker =
  /^(?:package\.json|deno\.jsonc?|go\.mod|Gemfile|pyproject\.toml|Cargo\.toml|composer\.json|drizzle\.config\.\w+|pgmedic\.config\.yaml|\.env(?:\.local)?)$/;

interface Visited {
  readonly path: string;
  readonly project: string;
  readonly aside: boolean;
}

interface Found extends Place {
  readonly aside: boolean;
  /** The tool's own config names it: no other of the project is meant. */
  readonly isSaid: boolean;
}

/**
 * Every migrations folder from here down, sorted by path: of Drizzle by what is in it, of other
 * tools where their users keep them. Hidden folders, dependencies and build output are left out;
 * links are not followed.
 */
export async function findPlaces(top: string): Promise<readonly Place[]> {
  const found: Found[] = [];
  let level: readonly Visited[] = [{ path: top, project: top, aside: false }];
  let visited = 0;
  for (let depth = 0; depth <= searchDepth && visited < searchFolders; depth += 1) {
    visited += level.length;
    const below = await Promise.all(
      level.map(async (at) => {
        // A folder that may not be read holds nothing that pgmedic could work with.
        const entries = await readdir(at.path, { withFileTypes: true }).catch(() => []);
        const isProject = entries.some(({ name }) => marker.test(name));
        const here = isProject ? { ...at, project: at.path } : at;
        const its = await toolsOf(showPath(top, at.path), at.path, entries);
        // A folder of migrations with a package.json is still one of the project above it.
        found.push(...its.map((tool) => ({ ...at, tool, isSaid: false })));
        found.push(...(await saidIn(here, entries)));
        return foldersIn(here, entries);
      }),
    );
    level = below.flat();
  }
  const meant = found.filter(
    (place) =>
      place.isSaid ||
      !found.some(
        ({ isSaid, tool, project }) => isSaid && tool === place.tool && project === place.project,
      ),
  );
  const first = meant.filter((place) => !place.aside);
  return (first.length > 0 ? first : meant)
    .map(({ project, tool, path }) => ({ project, tool, path }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function foldersIn(at: Visited, entries: readonly Dirent[]): readonly Visited[] {
  return entries
    .filter(
      (entry) =>
        entry.isDirectory() &&
        !entry.name.startsWith('.') &&
        !skipped.has(entry.name) &&
        !ofOneMigration.test(entry.name),
    )
    .map(({ name }) => ({
      path: join(at.path, name),
      project: at.project,
      aside: at.aside || aside.test(name),
    }));
}

/** Folders that the tools' own configs name. */
async function saidIn(at: Visited, entries: readonly Dirent[]): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const tool of tools) {
    const { config } = tool;
    const name = config && entries.find((entry) => config.file.test(entry.name))?.name;
    if (name === undefined) continue;
    const text = await readFile(join(at.path, name), 'utf8').catch(() => '');
    const folder = config?.folder(text) ?? null;
    if (folder === null) continue;
    const path = resolve(folder.from === 'config' ? at.path : at.project, folder.path);
    if ((await kindOf(path)) === 'folder') found.push({ ...at, tool, path, isSaid: true });
  }
  return found;
}

/** Whose migrations these are: none, one, or more that cannot be told apart by the files. */
async function toolsOf(
  shown: string,
  path: string,
  entries: readonly Dirent[],
): Promise<readonly Tool[]> {
  if (await isDrizzle(path, entries)) return [drizzle];
  const likely = tools.filter(({ usualFolders }) =>
    usualFolders.some((usual) => shown === usual || shown.endsWith(`/${usual}`)),
  );
  const fit = await Promise.all(likely.map((tool) => looksLike(tool, path)));
  return likely.filter((_, at) => fit[at]);
}

/** A journal for PostgreSQL, or a folder for each migration with its snapshot, as 1.0 has them. */
async function isDrizzle(path: string, entries: readonly Dirent[]): Promise<boolean> {
  const names = entries.map(({ name }) => name);
  if (names.includes('meta') && (await saysPostgres(join(path, 'meta', '_journal.json')))) {
    return true;
  }
  const one = names.find((name) => ofOneMigration.test(name));
  return one !== undefined && saysPostgres(join(path, one, 'snapshot.json'));
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
    // One that is there but is a folder, or may not be read, still marks the place.
    return ['EISDIR', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}
