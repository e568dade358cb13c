import { relative, resolve, sep } from 'node:path';
import { UserError } from '../core/errors.js';
import { tools } from '../tools/index.js';
import { findDrizzleConfig } from './drizzle-config.js';
import { type EnvSource, readEnvSources } from './env.js';
import { findPlaces, type Place } from './places.js';
import { type ProjectSettings, readProjectSettings } from './project-settings.js';
import { resolveProject, showPath } from './project.js';
import type { CommonOptions } from './settings.js';

/** The project that is meant, with what says so and what lies beside it. */
export interface FoundProject {
  /** Absolute. */
  readonly project: string;
  /** Absolute: where the search began, if the project was found below it; else null. */
  readonly workspace: string | null;
  readonly settings: ProjectSettings;
  readonly drizzleConfig: string | null;
  /** The environment, the project's .env files, then the workspace's. The settings likewise. */
  readonly sources: readonly EnvSource[];
  /** Of the workspace too. */
  readonly places: readonly Place[];
}

/** One of several that may be meant. */
export interface ProjectChoice {
  /** "apps/api/migrations (Knex)" */
  readonly name: string;
  /** As they would be typed: "--dir apps/api". */
  readonly typed: string;
  readonly options: CommonOptions;
}

/** What fits on a screen. */
const listed = 15;

/** Several migrations folders, and nothing says which. */
export class SeveralProjects extends UserError {
  readonly choices: readonly ProjectChoice[];

  constructor(top: string, choices: readonly ProjectChoice[]) {
    const more = choices.length - listed;
    super(`${top} has ${choices.length} migrations folders.`, [
      'Say which one is meant:',
      ...choices.slice(0, listed).map(({ name, typed }) => `${name}: ${typed}`),
      ...(more > 0 ? [`and ${more} more. --dir FOLDER looks in a part of it.`] : []),
    ]);
    this.choices = choices;
  }
}

/**
 * The folder that is named or the one we are in; where nothing there says what its migrations
 * are, and they all lie in one package below it, that package.
 * @throws UserError where the folder is none; SeveralProjects where there are more.
 */
export async function findProject(
  options: CommonOptions,
  env: NodeJS.ProcessEnv,
): Promise<FoundProject> {
  const top = await resolveProject(options.workspace ?? options.dir);
  const [all, own] = await Promise.all([findPlaces(top), saidIn(top, env, options)]);
  const chosen = options.workspace === undefined ? null : await resolveProject(options.dir);
  const wanted = options.tool ?? own.settings.tool;
  const places = wanted === undefined ? all : all.filter(({ tool }) => tool.name === wanted);
  const project = chosen ?? (isSaid(options, own) ? top : only(top, places));
  if (project === top) return { project, workspace: null, ...own, places: all };
  const inner = await saidIn(project, env, options);
  return { project, workspace: top, ...inherited(inner, own, project, top), places: all };
}

/** What the package does not say, the folder above it may: its settings, then its .env files. */
function inherited(inner: Said, outer: Said, project: string, top: string): Said {
  const { playbooks, ...settings } = outer.settings;
  const above = outer.sources.slice(1).map(({ name, values }) => ({
    name: `${showPath(project, top)}/${name}`,
    values,
  }));
  return {
    drizzleConfig: inner.drizzleConfig,
    sources: [...inner.sources, ...above],
    settings: {
      ...settings,
      ...(playbooks && { playbooks: playbooks.map((folder) => resolve(top, folder)) }),
      ...inner.settings,
    },
  };
}

type Said = Pick<FoundProject, 'settings' | 'drizzleConfig' | 'sources'>;

async function saidIn(
  project: string,
  env: NodeJS.ProcessEnv,
  { filesOnly = false }: CommonOptions,
): Promise<Said> {
  const [settings, drizzleConfig, sources] = await Promise.all([
    readProjectSettings(project),
    findDrizzleConfig(project),
    filesOnly ? [] : readEnvSources(env, project),
  ]);
  return { settings, drizzleConfig, sources };
}

/** Something names the folder, or lets it be found in this very project. */
function isSaid(
  { migrations }: CommonOptions,
  { settings, drizzleConfig, sources }: Said,
): boolean {
  const variables = tools.flatMap((tool) => tool.variables?.migrations ?? []);
  return (
    migrations !== undefined ||
    settings.migrations !== undefined ||
    drizzleConfig !== null ||
    sources.some(({ values }) => variables.some((name) => values[name]?.trim()))
  );
}

/** @throws SeveralProjects */
function only(top: string, places: readonly Place[]): string {
  const projects = new Set(places.map(({ project }) => project));
  const [project = top] = projects;
  // Several tools with a folder each are told apart by the database, if it can.
  const oneOfEach = new Set(places.map(({ tool }) => tool)).size === places.length;
  if (projects.size <= 1 && oneOfEach) return project;
  const folders = places.filter(({ path }, at) => places[at - 1]?.path !== path);
  throw new SeveralProjects(
    top,
    folders.map((place) => choiceOf(top, place, places)),
  );
}

/**
 * A package with one folder is named by --dir alone; what lies deeper is found from there. Tools
 * whose files look alike are told apart in the package.
 */
function choiceOf(top: string, { project, path }: Place, all: readonly Place[]): ProjectChoice {
  const own = all.filter((one) => one.path === path).map(({ tool }) => tool);
  const [tool, ...others] = own;
  const isAlone = all.every((one) => one.path === path || !isIn(project, one.path));
  const migrations = showPath(project, path);
  const exact = isAlone
    ? {}
    : { migrations, ...(tool && others.length === 0 && { tool: tool.name }) };
  const dir = project === top ? {} : { dir: showPath(resolve('.'), project) };
  const typed = Object.entries({ ...dir, ...exact }).map(
    ([key, value]) => `--${key} ${quoted(value)}`,
  );
  return {
    name: `${showPath(top, path)} (${own.map(({ title }) => title).join(' or ')})`,
    typed: typed.join(' '),
    options: { ...exact, dir: project, workspace: top },
  };
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w./@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

export function isIn(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}
