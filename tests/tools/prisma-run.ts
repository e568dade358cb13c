import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

type Engine = engine.SchemaEngine;
type Migrations = Parameters<Engine['applyMigrations']>[0]['migrationsList'];
type Status = Awaited<ReturnType<Engine['diagnoseMigrationHistory']>>;

/** `prisma migrate deploy`; what it ends with, null where it goes through. */
export async function deploy(dir: string, url: string): Promise<string | null> {
  return using(dir, url, (made, migrationsList) =>
    made.applyMigrations({ migrationsList, filters }),
  ).then(() => null, messageOf);
}

/** `prisma migrate resolve`. */
export async function resolve(
  { dir, url }: { readonly dir: string; readonly url: string },
  as: 'applied' | 'rolled-back',
  migrationName: string,
): Promise<string | null> {
  return using(dir, url, (made, migrationsList): Promise<unknown> =>
    as === 'applied'
      ? made.markMigrationApplied({ migrationName, migrationsList })
      : made.markMigrationRolledBack({ migrationName }),
  ).then(() => null, messageOf);
}

/** What `prisma migrate status` goes by. */
export function status(project: { readonly dir: string; readonly url: string }): Promise<Status> {
  return using(project.dir, project.url, (made, migrationsList) =>
    made.diagnoseMigrationHistory({ migrationsList, filters, optInToShadowDatabase: false }),
  );
}

const filters = { externalTables: [], externalEnums: [] };
const { resolve: locate } = createRequire(import.meta.url);
const { bindMigrationAwareSqlAdapterFactory: bound } = createRequire(locate('@prisma/adapter-pg'))(
  '@prisma/driver-adapter-utils',
) as {
  readonly bindMigrationAwareSqlAdapterFactory: (factory: PrismaPg) => object;
};

/** Prisma's own engine, as WebAssembly: its command line has the same one as a program. */
let starting: Promise<void> | null = null;
async function start(): Promise<void> {
  const code = locate('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm');
  const imports = { './schema_engine_bg.js': engine };
  const { instance } = await WebAssembly.instantiate(await readFile(code), imports);
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

// Neither is in the types that this project compiles with.
const glue = engine as unknown as { readonly __wbg_set_wasm: (exports: object) => void };
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    instantiate(
      code: Buffer,
      imports: object,
    ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
  };
};

/** The engine has the server's words only as a number where an adapter is between. */
let serverSaid = '';

async function using<T>(
  dir: string,
  url: string,
  ask: (made: Engine, migrations: Migrations) => Promise<T>,
): Promise<T> {
  starting ??= start();
  await starting;
  serverSaid = '';
  const schema = new URL(url).searchParams.get('schema') ?? 'public';
  // As the program's own driver sets it (quaint: connector/postgres/native).
  const options = `-c search_path="${schema.replaceAll(' ', String.raw`\ `)}"`;
  const pool = new pg.Pool({ connectionString: url, max: 1, options });
  const factory = new PrismaPg(pool, { schema });
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    // The adapter cuts at each semicolon. The program sends a script whole (sql-schema-connector:
    // postgres/connector/native/mod.rs), and so does this.
    adapter.executeScript = async (script) => {
      await pool.query(script).catch((error: Error) => {
        serverSaid = error.message;
        throw error;
      });
    };
    return adapter;
  };
  const model: [string, string] = ['schema.prisma', 'datasource db {\n provider = "postgresql"\n}'];
  const made = await engine.SchemaEngine.new({ datamodels: [model] }, () => {}, bound(factory));
  try {
    return await ask(made, await listed(join(dir, 'prisma/migrations')));
  } finally {
    made.free();
    await pool.end();
  }
}

function messageOf(error: unknown): string {
  const { message } = error as Error;
  return message.startsWith('external connector error') ? serverSaid : message;
}

/** As packages/migrate/src/utils/listMigrations.ts of Prisma. */
async function listed(baseDir: string): Promise<Migrations> {
  const entries = await readdir(baseDir, { withFileTypes: true });
  const lock = await readFile(join(baseDir, 'migration_lock.toml'), 'utf8').catch(() => null);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const migrationDirectories = folders
    .toSorted((a, b) => a.localeCompare(b))
    .map(async (path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: await readFile(join(baseDir, path, 'migration.sql'), 'utf8').then(
          (value) => ({ tag: 'ok' as const, value }),
          (error: unknown) => ({ tag: 'error' as const, value: String(error) }),
        ),
      },
    }));
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: lock },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(migrationDirectories),
  };
}
