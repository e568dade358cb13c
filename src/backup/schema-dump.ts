import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../core/errors.js';
import type { DumperFacts } from '../core/facts.js';
import { urlParts, withConnection } from '../postgres/connect.js';
import { told } from '../postgres/observed.js';
import { libpqEnvironment } from './environment.js';
import { explain } from './explain.js';
import { type StallWatch, watchStall } from './stall.js';
import { dumpWithWasm } from './wasm.js';

/**
 * Owners and privileges are kept: what a role may not do shows only with them. A subscription
 * would want its publisher, and a label its provider; disks are the sandbox's own.
 */
const what = [
  '--schema-only',
  '--no-subscriptions',
  '--no-security-labels',
  '--no-tablespaces',
  '--encoding=UTF8',
  '--no-password',
  // It only waits for a lock; nobody waits behind it for longer than this.
  '--lock-wait-timeout=3s',
];

/** psql's own commands, which no server knows: the first at the head, the last after everything else. */
const restrict = /^\\restrict [A-Za-z0-9]+\r?$/m;
const unrestrict = /^\\unrestrict [A-Za-z0-9]+\s*$(?![\s\S]*^\\unrestrict)/m;
/** The mark at the end of a dump that is complete. */
const end = '-- PostgreSQL database dump complete';

/**
 * Milliseconds without a byte after which a dump is stopped. The limit above holds for locks of tables
 * only; a view that is locked, or a network that is silent, would be waited for without end.
 */
const PATIENCE = 10 * 60_000;

/**
 * The schema of a database as SQL for the server, with owners and privileges, without rows.
 * Reads only (ACCESS SHARE locks); servers 13 to 18. `patience`: milliseconds without a byte.
 *
 * @throws UserError saying why there is none and what to do; never with a password in it. The
 *   signal's reason when aborted.
 */
export async function dumpSchema(options: {
  url: string;
  dumper: DumperFacts;
  signal: AbortSignal;
  patience?: number;
}): Promise<string> {
  const { url, dumper, signal, patience = PATIENCE } = options;
  signal.throwIfAborted();
  if (dumper.use === 'none') throw noDumper(dumper);
  const watch = watchStall(signal, patience);
  try {
    const closed = await closedTables(url);
    const options = [...what, ...closed.map(({ quoted }) => `--exclude-table=${quoted}`)];
    const text =
      dumper.use === 'native' && dumper.path !== null
        ? await withNative(dumper.path, options, url, watch)
        : await withWasm(options, url, watch);
    if (!text.includes(end)) throw new Error('unexpected end of file');
    const notes = closed.map(({ name }) => `${leftOut}${JSON.stringify(name)}\n`);
    return notes.join('') + text.replace(restrict, '').replace(unrestrict, '');
  } catch (error) {
    signal.throwIfAborted();
    throw explain('The schema could not be dumped', error, [urlParts(url).password ?? '']);
  } finally {
    watch.end();
  }
}

/** Comment lines at the head of a dump: a table that the role may not read, so that pg_dump cannot lock it. */
const leftOut = '-- pgmedic left out: ';

/** The tables that are live and not in this dump: "public.secrets". */
export function leftOutOf(dump: string): readonly string[] {
  const names: string[] = [];
  for (let at = 0; dump.startsWith(leftOut, at);) {
    const end = dump.indexOf('\n', at);
    names.push(JSON.parse(dump.slice(at + leftOut.length, end)) as string);
    at = end + 1;
  }
  return names;
}

/** pg_dump would end with "permission denied" at the first of them. */
async function closedTables(
  url: string,
): Promise<readonly { readonly name: string; readonly quoted: string }[]> {
  return withConnection(
    url,
    { purpose: 'schema', statementTimeout: 15_000 },
    async ({ client }) => {
      const { rows } = await client.query<{ name: string; quoted: string }>(
        `SELECT n.nspname || '.' || c.relname AS name,
         pg_catalog.format('"%s"."%s"', pg_catalog.replace(n.nspname, '"', '""'),
           pg_catalog.replace(c.relname, '"', '""')) AS quoted
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
         AND n.nspname <> 'information_schema'
         AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE')
           AND pg_catalog.has_table_privilege(c.oid, 'SELECT'))
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
           WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
             AND d.deptype = 'e')
       ORDER BY 1`,
      );
      return rows;
    },
  );
}

async function withNative(
  program: string,
  options: readonly string[],
  url: string,
  { signal, alive }: StallWatch,
): Promise<string> {
  const text = [program, ...options].join(' ');
  return told({ kind: 'command', by: 'pg_dump', text }, async () => {
    const running = execa(program, options, {
      stdin: 'ignore',
      reject: false,
      extendEnv: false,
      env: libpqEnvironment(url, 'pgmedic schema'),
      cancelSignal: signal,
      forceKillAfterDelay: 2000,
      maxBuffer: 512 * 1024 ** 2,
      stripFinalNewline: false,
    });
    running.stdout.on('data', alive);
    const result = await running;
    signal.throwIfAborted();
    if (!result.failed) return result.stdout;
    const how = result.exitCode === undefined ? result.signal : `exit code ${result.exitCode}`;
    throw new Error(result.stderr.trim() || `${program} ended with ${how ?? 'no exit code'}`);
  });
}

async function withWasm(
  options: readonly string[],
  url: string,
  { signal, alive }: StallWatch,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgmedic-schema-'));
  try {
    const file = join(folder, 'schema.sql');
    await dumpWithWasm({
      url,
      snapshot: { options },
      // The oldest: the settings in its head are those that every server knows.
      serverVersionNum: 0,
      file,
      signal,
      onProgress: () => {},
      onBytes: alive,
    });
    return await readFile(file, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function noDumper(dumper: DumperFacts): UserError {
  const passed = dumper.rejected.map(({ path, reason }) => `${path}: ${reason}`);
  const why = passed.length > 0 ? ` (${passed.join('; ')})` : '';
  return new UserError(`There is no pg_dump that can read the schema of this database${why}.`, [
    "Install the PostgreSQL client programs of the server's version or newer, and name pg_dump with --pg-dump PATH.",
  ]);
}
