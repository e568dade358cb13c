import { realpath } from 'node:fs/promises';
import type { Setting, TableRef } from '../core/facts.js';
import { UserError } from '../core/errors.js';
import type { EnvironmentColour } from '../core/session/state.js';
import { tableName } from '../core/tool.js';
import type { Detected, Tool } from '../tools/contract.js';
import { findDirectUrl, showUrl, urlFromEnv, urlVariables } from './database-url.js';
import { findDrizzleConfig, readDrizzleConfig } from './drizzle-config.js';
import { drizzle } from '../tools/drizzle/index.js';
import { type EnvSource, mergeEnv, readEnvSources, type Found } from './env.js';
import { type Candidate, findTool, type TellApart } from './find-tool.js';
import { chooseMigrations, demandMigrations } from './migrations-folder.js';
import { findJournalFolders, resolveProject, showPath } from './project.js';
import { readProjectSettings } from './project-settings.js';
import { parseTableName } from './table-name.js';

/** The options every command has, as given. */
export interface CommonOptions {
  readonly databaseUrl?: string;
  readonly dir?: string;
  readonly migrations?: string;
  readonly tool?: string;
  readonly historyTable?: string;
  readonly env?: string;
  readonly pgDump?: string;
  readonly sandboxUrl?: string;
  readonly offline?: boolean;
  readonly readOnly?: boolean;
}

/** What a command works with. `databaseUrl`, `directUrl` and `sandboxUrl` carry passwords and are never shown. */
export interface Resolved {
  /** Absolute. */
  readonly project: string;
  readonly tool: Tool;
  /** Absolute; a folder that is there and holds migrations. */
  readonly migrations: string;
  readonly historyTable: { readonly ref: TableRef; readonly configured: boolean };
  /** null with --offline. */
  readonly databaseUrl: string | null;
  /** Another address of the same database, for going around a pooler. */
  readonly directUrl: Found | null;
  /** --env NAME. */
  readonly environment: string | null;
  /** --read-only: nothing may be written to the database or to the project's files. */
  readonly readOnly: boolean;
  /** How the environment's word looks; null: by its name. */
  readonly colour: EnvironmentColour | null;
  readonly pgDump: string | undefined;
  readonly sandboxUrl: string | undefined;
  /** Absolute paths of the project's other migration folders. */
  readonly siblings: readonly string[];
  /** Redacted, with origins, as shown. */
  readonly settings: readonly Setting[];
}

/**
 * Finds every setting, from options first, then from what the project and the environment
 * say. The drizzle config is evaluated only when something is still open.
 * `tellApart` asks the database whose history table it has, where the files leave that open.
 * @throws UserError when a setting is missing, contradicts itself or cannot be used.
 */
export async function resolveSettings(
  options: CommonOptions,
  env: NodeJS.ProcessEnv,
  tellApart: TellApart | null = null,
): Promise<Resolved> {
  const project = await resolveProject(options.dir);
  const given = options.historyTable === undefined ? null : parseTableName(options.historyTable);
  const [sources, configName, folders, settings] = await Promise.all([
    readEnvSources(env, project),
    findDrizzleConfig(project),
    findJournalFolders(project),
    readProjectSettings(project),
  ]);
  const url = givenUrl(options) ?? urlFromEnv(sources);
  const found = await findTool({
    project,
    options,
    settings,
    variable: (name) => variableIn(sources, name),
    drizzleSign: configName ?? (folders[0] === undefined ? null : showPath(project, folders[0])),
    url: options.offline ? null : (url?.value ?? null),
    tellApart,
  });
  const { tool } = found;
  const isDrizzle = tool.name === drizzle.name;
  const complete = options.migrations !== undefined && given !== null && (url || options.offline);
  const detected =
    configName === null || complete || !isDrizzle
      ? null
      : await readDrizzleConfig(project, configName, mergeEnv(sources));

  const migrations = isDrizzle
    ? await chooseMigrations(project, options.migrations, detected, folders)
    : await demandMigrations(project, found);
  const table = chooseTable(given, detected, found);
  const database = options.offline ? null : (url ?? detected?.databaseUrl ?? noUrl(configName));
  const shownUrl = database === null ? null : showUrl(database);
  return {
    project,
    tool,
    migrations: migrations.path,
    historyTable: { ref: table.ref, configured: table.configured },
    databaseUrl: database?.value ?? null,
    directUrl: database === null ? null : findDirectUrl(database.value, sources),
    environment: options.env?.trim() || null,
    readOnly: options.readOnly === true,
    colour: null,
    pgDump: options.pgDump,
    sandboxUrl: options.sandboxUrl,
    siblings: isDrizzle ? await without(folders, migrations.path) : [],
    settings: [
      ...(database && shownUrl
        ? [setting('database-url', { value: shownUrl, origin: database.origin })]
        : []),
      setting('tool', {
        value: tool.name,
        origin: isDrizzle && !options.tool ? (configName ?? 'default') : found.origin,
      }),
      setting('migrations', {
        value: showPath(project, migrations.path),
        origin: migrations.origin,
      }),
      setting('history-table', { value: tableName(table.ref), origin: table.origin }),
      ...optional('pg-dump', options.pgDump, 'option --pg-dump'),
      ...optional('environment', options.env?.trim(), 'option --env'),
    ],
  };
}

/** Compared as real paths: the same folder by another name must not look like a second one. */
async function without(folders: readonly string[], path: string): Promise<readonly string[]> {
  const own = await realpath(path);
  const reals = await Promise.all(folders.map((folder) => realpath(folder)));
  return folders.filter((_, index) => reals[index] !== own);
}

function givenUrl(options: CommonOptions): Found | null {
  const value = options.databaseUrl?.trim();
  if (value === '') {
    throw new UserError('--database-url is empty.', [
      'The variable it was made from may not be set.',
    ]);
  }
  return value === undefined ? null : { value, origin: 'option --database-url' };
}

function chooseTable(
  given: TableRef | null,
  detected: Detected | null,
  { tool, table: ref }: Candidate,
): { ref: TableRef; configured: boolean; origin: string } {
  if (given !== null) return { ref: given, configured: true, origin: 'option --history-table' };
  if (detected?.historyTable) {
    const { schema, table, origin } = detected.historyTable;
    return { ref: { schema, table }, configured: true, origin };
  }
  const configured = tableName(ref) !== tableName(tool.defaultHistoryTable);
  return { ref, configured, origin: configured ? 'its settings' : `default of ${tool.title}` };
}

function variableIn(sources: readonly EnvSource[], name: string): Found | null {
  for (const source of sources) {
    const value = source.values[name]?.trim();
    if (value) return { value, origin: `${source.name} ${name}` };
  }
  return null;
}

function noUrl(configName: string | null): never {
  throw new UserError('No database URL was found.', [
    'Give --database-url postgresql://USER:PASSWORD@HOST:PORT/DATABASE.',
    `Or set one of ${urlVariables.join(', ')}, or PGHOST and PGDATABASE, in the environment, .env.local or .env.`,
    configName === null
      ? 'Or start pgmedic in a project whose drizzle.config.ts has dbCredentials (--dir names the project).'
      : `${configName} has no dbCredentials with a URL or a host.`,
    'Or look at the files only, with diagnose --offline.',
  ]);
}

function setting(name: Setting['name'], { value, origin }: Found): Setting {
  return { name, value, origin };
}

function optional(
  name: Setting['name'],
  value: string | undefined,
  origin: string,
): readonly Setting[] {
  return value ? [{ name, value, origin }] : [];
}
