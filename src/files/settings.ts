import { realpath } from 'node:fs/promises';
import type { Setting, TableRef } from '../core/facts.js';
import { UserError } from '../core/errors.js';
import { tableName } from '../core/tool.js';
import type { Detected, Tool } from '../tools/contract.js';
import { toolNamed } from '../tools/index.js';
import { findDirectUrl, showUrl, urlFromEnv, urlVariables } from './database-url.js';
import { findDrizzleConfig, readDrizzleConfig } from './drizzle-config.js';
import { mergeEnv, readEnvSources, type Found } from './env.js';
import { chooseMigrations } from './migrations-folder.js';
import { findJournalFolders, resolveProject, showPath } from './project.js';
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
}

/** What a command works with. `databaseUrl`, `directUrl` and `sandboxUrl` carry passwords and are never shown. */
export interface Resolved {
  /** Absolute. */
  readonly project: string;
  readonly tool: Tool['name'];
  /** Absolute; a folder that is there and holds migrations. */
  readonly migrations: string;
  readonly historyTable: { readonly ref: TableRef; readonly configured: boolean };
  /** null with --offline. */
  readonly databaseUrl: string | null;
  /** Another address of the same database, for going around a pooler. */
  readonly directUrl: Found | null;
  /** --env NAME. */
  readonly environment: string | null;
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
 * @throws UserError when a setting is missing, contradicts itself or cannot be used.
 */
export async function resolveSettings(
  options: CommonOptions,
  env: NodeJS.ProcessEnv,
): Promise<Resolved> {
  const project = await resolveProject(options.dir);
  const tool = toolNamed(options.tool ?? 'drizzle');
  const given = options.historyTable === undefined ? null : parseTableName(options.historyTable);
  const [sources, configName, folders] = await Promise.all([
    readEnvSources(env, project),
    findDrizzleConfig(project),
    findJournalFolders(project),
  ]);
  const url = givenUrl(options) ?? urlFromEnv(sources);
  const complete = options.migrations !== undefined && given !== null && (url || options.offline);
  const detected =
    configName === null || complete
      ? null
      : await readDrizzleConfig(project, configName, mergeEnv(sources));

  const migrations = await chooseMigrations(project, options.migrations, detected, folders);
  const table = chooseTable(given, detected, tool);
  const database = options.offline ? null : (url ?? detected?.databaseUrl ?? noUrl(configName));
  const shownUrl = database === null ? null : showUrl(database);
  return {
    project,
    tool: tool.name,
    migrations: migrations.path,
    historyTable: { ref: table.ref, configured: table.configured },
    databaseUrl: database?.value ?? null,
    directUrl: database === null ? null : findDirectUrl(database.value, sources),
    environment: options.env?.trim() || null,
    pgDump: options.pgDump,
    sandboxUrl: options.sandboxUrl,
    siblings: await without(folders, migrations.path),
    settings: [
      ...(database && shownUrl
        ? [setting('database-url', { value: shownUrl, origin: database.origin })]
        : []),
      setting('tool', {
        value: tool.name,
        origin: options.tool ? 'option --tool' : (configName ?? 'default'),
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
  tool: Tool,
): { ref: TableRef; configured: boolean; origin: string } {
  if (given !== null) return { ref: given, configured: true, origin: 'option --history-table' };
  if (detected?.historyTable) {
    const { schema, table, origin } = detected.historyTable;
    return { ref: { schema, table }, configured: true, origin };
  }
  return {
    ref: tool.defaultHistoryTable,
    configured: false,
    origin: `default of ${tool.title}`,
  };
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
