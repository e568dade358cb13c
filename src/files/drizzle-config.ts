import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError, messageOf } from '../core/errors.js';
import type { Detected } from '../tools/contract.js';
import { drizzle } from '../tools/drizzle/index.js';
import { makeUrl } from './database-url.js';
import { evaluateConfig } from './evaluate-config.js';
import { kindOf } from './project.js';

/** drizzle-kit looks for the first three, in this order. */
const configNames = ['ts', 'js', 'json', 'mts', 'mjs', 'cjs'].map((ext) => `drizzle.config.${ext}`);

/** drizzle-kit's own default for `out`. */
const defaultOut = './drizzle';

/** The name of the project's drizzle config; null when it has none. */
export async function findDrizzleConfig(project: string): Promise<string | null> {
  for (const name of configNames) {
    if ((await kindOf(join(project, name))) === 'file') return name;
  }
  return null;
}

/**
 * What a drizzle config says of the folder, the history table and the database.
 * `env` is what the config sees as its environment.
 * @throws UserError when it cannot be evaluated or is not for PostgreSQL.
 */
export async function readDrizzleConfig(
  project: string,
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<Detected> {
  const path = join(project, name);
  const value = name.endsWith('.json')
    ? await readJson(path, name)
    : await evaluateConfig(path, name, env);
  if (!isRecord(value)) {
    throw new UserError(`${name} does not export a config object.`, [
      'It should end in: export default defineConfig({ ... }).',
    ]);
  }
  const dialect = value['dialect'];
  if (dialect !== undefined && dialect !== 'postgresql') {
    throw new UserError(
      `${name} is for ${JSON.stringify(dialect)}; pgmedic repairs PostgreSQL databases only.`,
      ['Start pgmedic in the project of a PostgreSQL database, or name it with --dir.'],
    );
  }
  return {
    by: name,
    migrations: {
      path: resolve(project, text(value['out']) ?? defaultOut),
      origin: text(value['out']) === undefined ? `default of ${name}` : `${name} out`,
    },
    historyTable: historyTableOf(value['migrations'], name),
    databaseUrl: databaseUrlOf(value['dbCredentials'], name),
  };
}

function historyTableOf(value: unknown, name: string): Detected['historyTable'] {
  if (!isRecord(value)) return null;
  const schema = text(value['schema']);
  const table = text(value['table']);
  if (schema === undefined && table === undefined) return null;
  return {
    schema: schema ?? drizzle.defaultHistoryTable.schema,
    table: table ?? drizzle.defaultHistoryTable.table,
    origin: `${name} migrations`,
  };
}

function databaseUrlOf(value: unknown, name: string): Detected['databaseUrl'] {
  if (!isRecord(value)) return null;
  const origin = `${name} dbCredentials`;
  const url = text(value['url']) ?? text(value['connectionString']);
  if (url !== undefined) return { value: url, origin };
  const database = text(value['database']);
  const host = text(value['host']);
  if (host === undefined || database === undefined) return null;
  const port = value['port'];
  const made = makeUrl({
    host,
    port: typeof port === 'number' ? port : text(port),
    database,
    user: text(value['user']),
    password: text(value['password']),
    ssl: sslMode(value['ssl']),
  });
  return { value: made, origin };
}

/** drizzle-kit hands `ssl` to node-postgres: true checks the certificate, there as here. */
function sslMode(ssl: unknown): string | undefined {
  if (ssl === true) return 'verify-full';
  if (ssl === false) return 'disable';
  if (isRecord(ssl)) return ssl['rejectUnauthorized'] === false ? 'require' : 'verify-full';
  return text(ssl);
}

async function readJson(path: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    throw new UserError(`${name} cannot be read: ${messageOf(error)}.`, [
      `Correct ${name}, or give --database-url, --migrations and --history-table instead.`,
    ]);
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
