import { realpath } from 'node:fs/promises';
import type { Setting, TableRef } from '../core/facts.js';
import { UserError } from '../core/errors.js';
import type { EnvironmentColour } from '../core/session/state.js';
import { tableName } from '../core/tool.js';
import type { Detected, Tool } from '../tools/contract.js';
import { findDirectUrl, showUrl, urlFromEnv, urlVariables } from './database-url.js';
import { drizzleFor } from './drizzle-layout.js';
import { readDrizzleConfig } from './drizzle-config.js';
import { drizzle } from '../tools/drizzle/index.js';
import { type EnvSource, mergeEnv, type Found } from './env.js';
import { findEnvironment } from './environment.js';
import { findProject, isIn } from './find-project.js';
import { type Candidate, findTool, namedFolder, type TellApart } from './find-tool.js';
import { chooseMigrations, demandMigrations } from './migrations-folder.js';
import { type OwnSchema, schemaIn } from './own-schema.js';
import { showPath } from './project.js';
import { parseTableName } from './table-name.js';

/** The options every command has, as given. */
export interface CommonOptions {
  readonly databaseUrl?: string;
  readonly dir?: string;
  /** A folder above `dir` in which that was found or chosen; its .env files count after those of `dir`. */
  readonly workspace?: string;
  readonly migrations?: string;
  readonly tool?: string;
  readonly historyTable?: string;
  readonly env?: string;
  readonly pgDump?: string;
  readonly sandboxUrl?: string;
  readonly offline?: boolean;
  readonly readOnly?: boolean;
  /** For a drill: only the files of the migrations count. No variable is looked at, of the environment or of .env, and no config is evaluated. */
  readonly filesOnly?: boolean;
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
  /** What it is called: --env, the settings, or its own name. */
  readonly environment: string | null;
  /** By --read-only or the environment's mark: nothing may be written to the database or to the project's files. */
  readonly readOnly: boolean;
  /** How the environment's word looks; null: by its name. */
  readonly colour: EnvironmentColour | null;
  readonly pgDump: string | undefined;
  readonly sandboxUrl: string | undefined;
  /** Further folders with the team's playbooks, relative to the project. */
  readonly playbooks: readonly string[];
  /** Of writes, milliseconds: a lock is waited for briefly and tried again, a statement may rewrite a large table. */
  readonly timeouts: { readonly lock: number; readonly statement: number };
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
  const given = options.historyTable === undefined ? null : parseTableName(options.historyTable);
  const at = await findProject(options, env);
  const { project, workspace, settings, drizzleConfig: configName, sources } = at;
  const folders = at.places.flatMap(({ tool, path }) =>
    tool === drizzle && isIn(project, path) ? [path] : [],
  );
  const url = givenUrl(options) ?? urlFromEnv(sources);
  const found = await findTool({
    project,
    options,
    settings,
    variable: (name) => variableIn(sources, name),
    drizzleConfig: configName,
    places: at.places.filter((place) => place.project === project),
    url: options.offline ? null : (url?.value ?? null),
    tellApart,
  });
  const isDrizzle = found.tool.name === drizzle.name;
  const complete = options.migrations !== undefined && given !== null && (url || options.offline);
  const detected =
    configName === null || complete || !isDrizzle || options.filesOnly
      ? null
      : await readDrizzleConfig(project, configName, mergeEnv(sources));

  const migrations = isDrizzle
    ? await chooseMigrations(
        project,
        namedFolder({ project, options, settings }),
        detected,
        folders,
      )
    : await demandMigrations(project, found);
  const tool = isDrizzle ? await drizzleFor(migrations.path) : found.tool;
  const database = options.offline ? null : (url ?? detected?.databaseUrl ?? noUrl(configName));
  const own = schemaIn(database?.value ?? null, tool);
  const table = chooseTable(given, detected, found, own);
  const shownUrl = database === null ? null : showUrl(database);
  const { environments = {} } = settings;
  const environment = findEnvironment(options.env, environments, database?.value ?? null);
  return {
    project,
    tool,
    migrations: migrations.path,
    historyTable: { ref: table.ref, configured: table.configured },
    databaseUrl: own?.url ?? database?.value ?? null,
    directUrl: database === null ? null : findDirectUrl(database.value, sources),
    environment: environment?.name ?? null,
    readOnly: options.readOnly === true || environment?.readOnly === true,
    colour: environment?.colour ?? null,
    pgDump: options.pgDump,
    sandboxUrl: options.sandboxUrl,
    playbooks: settings.playbooks ?? [],
    timeouts: {
      lock: (settings.timeouts?.lock ?? 5) * 1000,
      statement: (settings.timeouts?.statement ?? 30 * 60) * 1000,
    },
    siblings: await without(
      at.places.flatMap((place) => (place.tool.name === tool.name ? [place.path] : [])),
      migrations.path,
    ),
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
        origin: `${migrations.origin}${workspace === null ? '' : `, in ${showPath(workspace, project)}`}`,
      }),
      setting('history-table', { value: tableName(table.ref), origin: table.origin }),
      ...optional('pg-dump', options.pgDump, 'option --pg-dump'),
      ...optional('environment', environment?.name, environment?.origin ?? ''),
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
  own: OwnSchema | null,
): { ref: TableRef; configured: boolean; origin: string } {
  if (given !== null) return { ref: given, configured: true, origin: 'option --history-table' };
  if (detected?.historyTable) {
    const { schema, table, origin } = detected.historyTable;
    return { ref: { schema, table }, configured: true, origin };
  }
  if (own !== null && tableName(ref) === tableName(tool.defaultHistoryTable)) {
    return { ref: { ...ref, schema: own.schema }, configured: true, origin: 'the database URL' };
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
