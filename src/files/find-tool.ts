import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { UserError } from '../core/errors.js';
import type { TableRef } from '../core/facts.js';
import type { Tool } from '../tools/contract.js';
import { drizzle } from '../tools/drizzle/index.js';
import { handRolled } from '../tools/hand-rolled/index.js';
import { toolNamed, tools } from '../tools/index.js';
import type { Found } from './env.js';
import type { Place } from './places.js';
import type { ProjectSettings } from './project-settings.js';
import { settingsPath } from './project-settings.js';
import { kindOf, showPath } from './project.js';
import { parseTableName } from './table-name.js';

/** A tool that the project may be of, with the folder that says so. */
export interface Candidate {
  readonly tool: Tool;
  /** Absolute; null: the tool finds it by its own rules. */
  readonly migrations: { readonly path: string; readonly origin: string } | null;
  /** Where its history table would be. */
  readonly table: TableRef;
  /** What speaks for it. */
  readonly origin: string;
}

/** Which of these has its history table in the database: none, one or more. */
export type TellApart = (url: string, candidates: readonly Candidate[]) => Promise<Candidate[]>;

export interface Looking {
  readonly project: string;
  readonly options: { readonly tool?: string; readonly migrations?: string };
  readonly settings: ProjectSettings;
  /** A variable of the environment or the .env files, with where it stands. */
  readonly variable: (name: string) => Found | null;
  /** The project's drizzle config. */
  readonly drizzleConfig: string | null;
  /** Migrations folders in it. */
  readonly places: readonly Place[];
  /** null: offline, or none was found yet. */
  readonly url: string | null;
  readonly tellApart: TellApart | null;
}

/**
 * The project's migration tool: the one that is named, else the one whose files are there. Where
 * several fit, the database is asked whose history table it has.
 * @throws UserError where that does not tell either
 */
export async function findTool(looking: Looking): Promise<Candidate> {
  const { options, settings, project, places } = looking;
  const [journals] = places.filter(({ tool }) => tool === drizzle);
  const drizzleSign =
    looking.drizzleConfig ?? (journals === undefined ? null : showPath(project, journals.path));
  const name = options.tool ?? settings.tool;
  if (name !== undefined) {
    const runner = settings.runner ?? null;
    const tool = name === 'hand-rolled' ? handRolled(runner) : toolNamed(name);
    const origin = options.tool === undefined ? settingsPath : 'option --tool';
    return candidate(looking, tool, origin, await named(looking, tool));
  }
  const found = await fitting(looking);
  const ofDrizzle = candidate(looking, drizzle, drizzleSign ?? 'default', null);
  // Who points at a folder means that one: a journal elsewhere is another's.
  const elsewhere = given(looking) !== undefined && found.length > 0;
  const all = drizzleSign === null || elsewhere ? found : [ofDrizzle, ...found];
  const [only] = all;
  if (only === undefined) return ofDrizzle;
  return all.length === 1 ? only : toldApart(looking, all);
}

async function toldApart(looking: Looking, all: readonly Candidate[]): Promise<Candidate> {
  const { project, url, tellApart } = looking;
  const there = url === null || tellApart === null ? [] : await tellApart(url, all);
  const [only] = there;
  if (only !== undefined && there.length === 1) {
    return { ...only, origin: `${only.origin}, and its history table is there` };
  }
  const left = await namedByProject(looking, there.length > 1 ? there : all);
  const [named] = left;
  if (named !== undefined && left.length === 1) return named;
  const lines = left.map(({ tool, migrations, origin }) => {
    const at = migrations === null ? '' : ` --migrations ${showPath(project, migrations.path)}`;
    return `${tool.title} (${origin}): --tool ${tool.name}${at}`;
  });
  const why =
    there.length > 1
      ? ', and the database has the history table of each'
      : url === null
        ? ''
        : ', and the database has the history table of none';
  throw new UserError(`Several migration tools fit this project${why}.`, [
    'Say which one is meant:',
    ...lines,
  ]);
}

/** Of tools whose files look alike, the one that a go.mod names; where it names none, those that need not be named. */
async function namedByProject(
  { project }: Looking,
  all: readonly Candidate[],
): Promise<readonly Candidate[]> {
  const texts = await Promise.all(all.map(({ migrations }) => goModOf(project, migrations?.path)));
  const sure = all.map(({ tool }, at) => tool.dependency?.test(texts[at] ?? ''));
  /** Named, not asked to be, or not named. */
  const weight = (at: number): number => (sure[at] === true ? 2 : sure[at] === undefined ? 1 : 0);
  const isBeaten = (one: Candidate, at: number): boolean =>
    all.some(
      (other, place) =>
        other.migrations?.path === one.migrations?.path &&
        (sure[at] !== undefined || sure[place] !== undefined) &&
        weight(place) > weight(at),
    );
  return all.filter((one, at) => !isBeaten(one, at));
}

/** The nearest one from the migrations up to the project. */
async function goModOf(project: string, folder = project): Promise<string> {
  const text = await readFile(join(folder, 'go.mod'), 'utf8').catch(() => null);
  if (text !== null || folder === project || !folder.startsWith(`${project}${sep}`)) {
    return text ?? '';
  }
  return goModOf(project, dirname(folder));
}

/** Tools other than Drizzle whose files lie where the operator points, or else in the project. */
async function fitting(looking: Looking): Promise<Candidate[]> {
  const { project, places } = looking;
  const origin = 'found in the project';
  const of = (tool: Tool, path: string): Candidate =>
    candidate(looking, tool, `found ${showPath(project, path)}`, { path, origin });
  const pointedAt = given(looking);
  const found: Candidate[] = [];
  for (const tool of tools) {
    const variable = tool.variables && looking.variable(tool.variables.migrations);
    const path = pointedAt ?? variable?.value;
    if (path !== undefined && (await looksLike(tool, resolve(project, path)))) {
      found.push(of(tool, resolve(project, path)));
    } else if (pointedAt === undefined) {
      const own = places.filter((place) => place.tool === tool && tool !== drizzle);
      found.push(...own.map((place) => of(tool, place.path)));
    }
  }
  return found;
}

function given({ options, settings }: Looking): string | undefined {
  return options.migrations ?? settings.migrations;
}

/** The folder that an option or the settings name; null: neither does. */
export function namedFolder({
  project,
  options,
  settings,
}: Pick<Looking, 'project' | 'options' | 'settings'>): Candidate['migrations'] {
  if (options.migrations !== undefined) {
    return { path: resolve(project, options.migrations), origin: 'option --migrations' };
  }
  return settings.migrations === undefined
    ? null
    : { path: resolve(project, settings.migrations), origin: settingsPath };
}

/** Where a named tool's migrations are. */
async function named(looking: Looking, tool: Tool): Promise<Candidate['migrations']> {
  const { project } = looking;
  const folder = namedFolder(looking);
  if (folder !== null) return folder;
  const variable = tool.variables && looking.variable(tool.variables.migrations);
  if (variable) return { path: resolve(project, variable.value), origin: variable.origin };
  if (tool.name === drizzle.name) return null;
  const place = looking.places.find((one) => one.tool.name === tool.name);
  if (place !== undefined) return { path: place.path, origin: 'found in the project' };
  for (const folder of tool.usualFolders) {
    const path = join(project, folder);
    if ((await kindOf(path)) === 'folder') return { path, origin: `default of ${tool.title}` };
  }
  return null;
}

function candidate(
  { settings, variable }: Looking,
  tool: Tool,
  origin: string,
  migrations: Candidate['migrations'],
): Candidate {
  const named = tool.variables && variable(tool.variables.historyTable)?.value;
  const table = settings['history-table'] ?? named;
  return {
    tool,
    migrations,
    origin,
    table: table === undefined ? tool.defaultHistoryTable : tableOf(tool, table),
  };
}

/** Tools take a table without its schema as well. */
function tableOf(tool: Tool, text: string): TableRef {
  return text.includes('.')
    ? parseTableName(text)
    : { schema: tool.defaultHistoryTable.schema, table: text };
}

/** Enough files to see whose they are. */
const LOOKED_AT = 5;

export async function looksLike(tool: Tool, folder: string): Promise<boolean> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  if (names.includes('meta') && (await kindOf(join(folder, 'meta', '_journal.json'))) === 'file') {
    return false;
  }
  const likely = names.filter((name) => /\.(?:sql|toml|rb|[cm]?[jt]s)$/.test(name));
  for (const name of likely.toSorted().slice(0, LOOKED_AT)) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (tool.fits(name, text)) return true;
  }
  return false;
}
