import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, messageOf } from '../core/errors.js';
import type { Candidate } from './find-tool.js';
import type { Detected } from '../tools/contract.js';
import { hasJournal, holdsFolders } from './drizzle-layout.js';
import { kindOf, showPath } from './project.js';

/** An absolute path, and what led to it. */
export interface ChosenFolder {
  readonly path: string;
  readonly origin: string;
}

/**
 * The migrations folder: the one that is named, else what the tool's config names, else the only one
 * in the project. `found` are the folders with a journal below the project.
 * @throws UserError when there is none, when it is not clear which, or when it holds no migration.
 */
export async function chooseMigrations(
  project: string,
  named: ChosenFolder | null,
  detected: Detected | null,
  found: readonly string[],
): Promise<ChosenFolder> {
  const others = found.map((folder) => showPath(project, folder));
  if (named !== null) return checked(project, named, others);
  const said = detected?.migrations ?? null;
  if (said !== null && (await kindOf(said.path)) !== 'missing') {
    const isDefault = said.origin.startsWith('default');
    // drizzle-kit's default may be a folder with other things in it; a named one is meant.
    if (!isDefault || found.length !== 1 || (await holdsMigrations(said.path))) {
      return checked(project, said, others);
    }
  }
  const [only] = found;
  if (only !== undefined && found.length === 1) {
    const path = said === null ? null : showPath(project, said.path);
    const why = path === null ? '' : `; ${detected?.by} says ${path}, which is not it`;
    return { path: only, origin: `found in the project${why}` };
  }
  if (found.length > 1) {
    throw new UserError(
      `${project} has ${found.length} migrations folders: ${others.join(', ')}.`,
      [`Name one with --migrations, for example --migrations ${others[0]}.`],
    );
  }
  const usual = join(project, 'drizzle');
  if (said === null && (await holdsMigrations(usual))) {
    return { path: usual, origin: "Drizzle's default" };
  }
  throw new UserError(`No migrations folder was found in ${project}.`, [
    said === null
      ? 'Looked for drizzle.config.ts (and .js, .json, .mts, .mjs, .cjs), and five folders deep for meta/_journal.json or folders with a migration.sql and a snapshot.json.'
      : `${detected?.by} says ${showPath(project, said.path)}, which does not exist, and no meta/_journal.json is within five folders.`,
    'Name the folder with --migrations, or the project with --dir.',
  ]);
}

/**
 * The folder of a tool that has no journal to be found by.
 * @throws UserError when there is none, or it is no folder
 */
export async function demandMigrations(
  project: string,
  { tool, migrations }: Candidate,
): Promise<ChosenFolder> {
  if (migrations === null) {
    throw new UserError(`No migrations folder of ${tool.title} was found in ${project}.`, [
      `Looked for ${tool.usualFolders.join(', ')}.`,
      'Name the folder with --migrations, or the project with --dir.',
    ]);
  }
  const kind = await kindOf(migrations.path);
  if (kind === 'folder') return migrations;
  const shown = showPath(project, migrations.path);
  throw new UserError(
    kind === 'missing'
      ? `The migrations folder ${shown} does not exist.`
      : `The migrations folder ${shown} is a file.`,
    [`It was named by ${migrations.origin}.`, 'Name the folder with --migrations.'],
  );
}

async function checked(
  project: string,
  folder: ChosenFolder,
  others: readonly string[],
): Promise<ChosenFolder> {
  const shown = showPath(project, folder.path);
  const elsewhere = others.filter((other) => other !== shown);
  const next = [
    `It was named by ${folder.origin}.`,
    elsewhere.length > 0
      ? `Folders with a journal in this project: ${elsewhere.join(', ')}. Name one with --migrations.`
      : 'Name the folder with the migrations with --migrations.',
  ];
  const kind = await kindOf(folder.path);
  if (kind === 'missing')
    throw new UserError(`The migrations folder ${shown} does not exist.`, next);
  if (kind === 'file') throw new UserError(`The migrations folder ${shown} is a file.`, next);
  if (await holdsMigrations(folder.path)) return folder;
  throw new UserError(
    `${shown} holds no migrations: no meta/_journal.json, no .sql file and no folder with a migration.sql.`,
    next,
  );
}

/** A journal, whatever its state, or a migration of either layout. */
async function holdsMigrations(folder: string): Promise<boolean> {
  if (await hasJournal(folder)) return true;
  const names = await list(folder);
  return names.some((name) => name.endsWith('.sql')) || holdsFolders(folder, names);
}

/** @throws UserError when the folder may not be listed. */
async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw new UserError(`The migrations folder ${folder} cannot be read: ${messageOf(error)}.`, [
      'Check its permissions, or name another with --migrations.',
    ]);
  }
}
