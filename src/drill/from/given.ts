import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { UserError } from '../../core/errors.js';
import type { Folder, TableRef } from '../../core/facts.js';
import { tableName } from '../../core/tool.js';
import { readProjectSettings, settingsPath } from '../../files/project-settings.js';
import { showPath } from '../../files/project.js';
import { readFolderContents, readNamed } from '../../files/read-folder.js';
import { type CommonOptions, type Resolved, resolveSettings } from '../../files/settings.js';
import type { RunnerSettings } from '../../tools/hand-rolled/index.js';
import type { Tool } from '../../tools/contract.js';
import { drizzle1 } from '../../tools/drizzle-1/index.js';

/** The migrations of a project, apart from all else that is in it. */
export interface Given {
  /** Of the project's folder. */
  readonly name: string;
  readonly tool: Tool;
  readonly runner: RunnerSettings | null;
  /** The migrations folder, relative to the project. */
  readonly migrations: string;
  readonly table: TableRef;
  /** By their paths in the migrations folder. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/**
 * Reads the migrations of a team's project, and nothing else of it: no variable, no `.env`, no
 * config that would have to be run, and no database.
 *
 * @throws UserError where it is not clear which migrations are meant, or a file of them cannot be read
 */
export async function readGiven(from: string, options: CommonOptions): Promise<Given> {
  const { tool, migrations, historyTable } = options;
  const named = {
    ...(tool !== undefined && { tool }),
    ...(migrations !== undefined && { migrations }),
    ...(historyTable !== undefined && { historyTable }),
  };
  const resolved = await resolveSettings(
    { ...named, dir: from, offline: true, filesOnly: true },
    {},
  ).catch((error: unknown) => {
    throw error instanceof UserError ? asFrom(error) : error;
  });
  const { runner = null } = await readProjectSettings(resolved.project);
  return {
    name: basename(resolved.project) || 'project',
    tool: resolved.tool,
    runner,
    migrations: placeOf(resolved),
    table: resolved.historyTable.ref,
    files: await filesOf(resolved),
  };
}

/** The project is named by another option here. */
function asFrom({ message, next }: UserError): UserError {
  return new UserError(
    message,
    next.map((line) => line.replace('--dir', '--from')),
  );
}

/** A folder that stands beside the project comes into it. */
function placeOf({ project, migrations }: Resolved): string {
  const shown = showPath(project, migrations);
  return shown === '.' || shown === migrations ? 'migrations' : shown;
}

async function filesOf({ tool, project, migrations }: Resolved): Promise<Given['files']> {
  const shown = showPath(project, migrations);
  const own = await readFolderContents(migrations, shown, (path) => tool.wants(path));
  const { files, unreadable } = await readNamed(own, tool.names(own));
  const [bad] = unreadable;
  if (bad !== undefined) {
    throw new UserError(`${shown}/${bad.path} cannot be read: ${bad.reason}.`, [
      'A drill needs all of the migrations.',
    ]);
  }
  const outside = [...files.keys()].find((path) => path.split('/').includes('..'));
  if (outside !== undefined) {
    throw new UserError(`${outside} stands outside of the migrations folder ${shown}.`, [
      'A drill works on a copy of the folder: move the file into it.',
    ]);
  }
  return files;
}

/** What the adapter makes of these files. */
export function folderOf({ tool, migrations, files }: Given, root: string): Folder {
  return tool.readFolder({ path: migrations, root, files, unreadable: [] }, []);
}

/** Writes the copy into the drill's folder, with settings that name all of it. */
export async function layOut(given: Given, dir: string, url: string): Promise<void> {
  const put = async (path: string, bytes: Buffer | string): Promise<void> => {
    await mkdir(dirname(join(dir, path)), { recursive: true, mode: 0o700 });
    // .env holds a password.
    await writeFile(join(dir, path), bytes, { mode: 0o600 });
  };
  const { tool, runner, migrations, table } = given;
  await put('.env', `DATABASE_URL="${url}"\n`);
  const settings = {
    ...{ tool: tool.name, migrations, 'history-table': tableName(table) },
    ...(runner !== null && { runner }),
  };
  await put(settingsPath, stringify(settings));
  // The version decides by which of its layouts Drizzle goes.
  const orm = tool === drizzle1 ? '1.0.0' : '0.45.4';
  const dependencies = tool.name === 'drizzle' ? { 'drizzle-orm': orm } : {};
  await put('package.json', `${JSON.stringify({ name: given.name, dependencies }, null, 2)}\n`);
  for (const [path, bytes] of given.files) await put(`${migrations}/${path}`, bytes);
}
