import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { Migration as MikroMigration } from '@mikro-orm/migrations';
import { transformSync } from 'esbuild';
import * as kysely from 'kysely';
import { type Chunk, joinChunks } from '../../src/core/tool.js';
import type { Tool } from '../../src/tools/contract.js';

/** What pgmedic reads out of a migration in code. */
export type Read =
  | { readonly up: readonly Chunk[]; readonly down: Chunk | null }
  /** In words, why it is a program. */
  | string;

export function read(tool: Tool, text: string): Read {
  const files = new Map([['1_a.ts', Buffer.from(text)]]);
  const folder = tool.readFolder({ path: 'm', root: '/m', files, unreadable: [] }, []);
  const [migration] = folder.migrations;
  if (migration === undefined) return 'no migration';
  if (migration.isCode === true) return migration.whyCode ?? '';
  const { down = null } = migration;
  if (down === null) return { up: tool.chunks(text), down };
  const { offset = 0, gaps } = down;
  return { up: tool.chunks(text), down: { text: down.text, offset, ...(gaps && { gaps }) } };
}

export interface Ran {
  readonly up: readonly string[];
  readonly down: string | null;
}

/**
 * What JavaScript makes of the same migration: it is run, with something in place of the tool that
 * notes what it is given to send. Null: it is no JavaScript.
 * @throws what it throws, and where it does not wait for what it sends
 */
export async function run(tool: string, text: string, withDown = true): Promise<Ran | null> {
  let code: string;
  try {
    ({ code } = transformSync(text, { loader: 'ts', format: 'cjs', target: 'es2022' }));
  } catch {
    return null;
  }
  const module = { exports: {} as Record<string, unknown> };
  const load = compileFunction(code, ['module', 'exports', 'require']) as Part;
  load(module, module.exports, requires);
  const sends = async (part: 'up' | 'down'): Promise<string[]> => sent(tool, module.exports, part);
  const downs = withDown ? await sends('down') : [];
  const down = joinChunks(downs.map((sql) => ({ text: sql, offset: 0 })));
  return { up: await sends('up'), down: down?.text ?? null };
}

const real = createRequire(import.meta.url);
function requires(name: string): unknown {
  if (name === 'kysely') return kysely;
  if (name === '@mikro-orm/migrations') return { Migration: MikroMigration };
  if (/^(?:@payloadcms\/|drizzle-orm$)/.test(name)) return { sql: cooked };
  return name.startsWith('.') ? {} : real(name);
}

/** A tag that wants one part, and no expression. */
function cooked(parts: readonly (string | undefined)[], ...more: unknown[]): { text: string } {
  if (more.length > 0 || parts[0] === undefined) throw new Error('more than a template');
  return { text: parts[0] };
}

type Part = (...has: unknown[]) => unknown;
type Parts = Partial<Record<'up' | 'down', Part>>;

async function sent(
  tool: string,
  exports: Record<string, unknown>,
  part: 'up' | 'down',
): Promise<string[]> {
  const noted: string[] = [];
  let open = 0;
  const note = (...has: unknown[]): void => {
    const [sql] = has;
    if (typeof sql !== 'string' || has.length > 1) throw new Error('more than a text');
    noted.push(sql);
  };
  const send = async (...has: unknown[]): Promise<void> => {
    if (open > 0) throw new Error('not awaited');
    note(...has);
    open += 1;
    await Promise.resolve();
    open -= 1;
  };
  const isClass = tool === 'typeorm' || tool === 'mikro-orm';
  const made = isClass ? instanceOf(exports) : (exports as Parts);
  const given: Record<string, unknown> = {
    payload: { db: { execute: async (sql: { text: string }) => send(sql.text) } },
    typeorm: { query: send },
    knex: { raw: send, schema: { raw: send } },
    'node-pg-migrate': { sql: note },
    sequelize: both({ sequelize: { query: send } }),
    kysely: recordingKysely(noted),
  };
  await made[part]?.(given[tool]);
  if (open > 0) throw new Error('not awaited');
  return tool === 'mikro-orm' ? (made as MikroMigration).getQueries().map(String) : noted;
}

/** As the class of a TypeORM or MikroORM migration is found among the exports. */
function instanceOf(exports: unknown): Parts {
  const all = typeof exports === 'function' ? [exports] : Object.values(exports as object);
  const Found = all.find((one) => typeof one === 'function') as new (...has: unknown[]) => Parts;
  return new Found({}, {});
}

/** What Sequelize gives, and umzug as `{ context }`. */
function both<T extends object>(queryInterface: T): T & { context: T } {
  return { ...queryInterface, context: queryInterface };
}

function recordingKysely(noted: string[]): kysely.Kysely<unknown> {
  return new kysely.Kysely({
    dialect: {
      createAdapter: () => new kysely.PostgresAdapter(),
      createDriver: () => new kysely.DummyDriver(),
      createIntrospector: (db) => new kysely.PostgresIntrospector(db),
      createQueryCompiler: () => new kysely.PostgresQueryCompiler(),
    },
    log: ({ query }) => void noted.push(query.sql),
  });
}
