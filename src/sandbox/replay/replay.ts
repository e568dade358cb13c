import pg from 'pg';
import type { TableRef } from '../../core/facts.js';
import type { Replay, ReplayError, ReplayedMigration } from '../../core/replay.js';
import type { SqlParser } from '../../core/sql.js';
import type { Chunk } from '../../core/tool.js';
import { liveUserSetting } from '../../postgres/catalog/sql-grants.js';
import { counted } from '../../core/telling/amounts.js';
import { inSandbox } from '../told.js';
import type { Sandbox } from '../sandbox.js';
import { type Fence, fenceOf } from '../fence.js';
import { makerIn, makersIn, rolesOn, type RolesThere, takeRolesBack } from '../made-roles.js';
import { installCollector, newCollector, takeEverything } from './collector.js';
import { offerStandIns, standInsIn } from '../stand-ins/index.js';
import { knowledgeOf } from './knowledge.js';
import type { LiveSide } from './live-side.js';
import { namesOf } from './names.js';
import type { LiveNeed } from './needs.js';
import { newPreparation, type Preparation } from './prepare.js';
import { runMigration } from './run-migration.js';
import { scan, type Scanned } from './scan.js';
import { makePathSchemas } from './search-path.js';
import { openSession, type Refusal, type ReplaySession } from './session.js';
import { newTracker } from './tracker.js';
import { loadTrees, treesOf } from './tree.js';

export type { LiveRole, LiveSide } from './live-side.js';

export interface ReplayInput {
  /** Lazily: not started when the cache has it. */
  readonly sandbox: () => Promise<Sandbox>;
  /** Files that exist, in the folder's order; chunks from ToolRules.chunks. */
  readonly migrations: readonly MigrationText[];
  readonly parser: SqlParser;
  readonly live: LiveSide | null;
  /** The history table, and whatever else is none of the migrations' business. */
  readonly leaveOut: readonly TableRef[];
  /** What the tool sends before the first migration: its history table, which a migration may name. */
  readonly prelude: readonly string[];
  readonly signal?: AbortSignal;
  /** In statements. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface MigrationText {
  readonly id: string;
  readonly text: string;
  readonly chunks: readonly Chunk[];
}

/** Milliseconds: for one statement by itself, and for a whole file in one piece. */
const LIMIT = 10_000;

/** Changes with whatever changes a replay: what is kept from before does not count then. */
export const ENGINE = 5;

/**
 * Runs all migrations in an empty database of the sandbox, one statement after another, and gives
 * what each changed in the catalog. What fails is noted and the rest goes on; what the live database
 * has and no migration makes is prepared on the way.
 *
 * @throws UserError when there is no sandbox; the signal's reason when aborted
 */
export async function replay(input: ReplayInput): Promise<Replay> {
  return (await replayWithNeeds(input)).replay;
}

/** The same, with what the live database was asked for on the way. */
export async function replayWithNeeds(input: ReplayInput): Promise<ReplayAndNeeds> {
  return inSandbox(`replay ${counted(input.migrations.length, 'migration')}`, () =>
    replayed(input),
  );
}

interface ReplayAndNeeds {
  readonly replay: Replay;
  readonly needs: readonly LiveNeed[];
}

async function replayed(input: ReplayInput): Promise<ReplayAndNeeds> {
  const { signal, parser, migrations } = input;
  const starting = input.sandbox();
  // Waited for below; until then its failure is not forgotten.
  starting.catch(() => {});
  await loadTrees();
  const scanned = migrations.map(({ id, text, chunks }) => ({ id, ...scan(parser, text, chunks) }));
  const total = scanned.reduce((sum, one) => sum + (one.ok ? one.statements.length : 0), 0);
  let done = 0;
  const sandbox = await starting;
  signal?.throwIfAborted();
  const url = await sandbox.createDatabase();
  const admin = new pg.Client({ connectionString: url, application_name: 'pgmedic replay' });
  admin.on('error', () => {});
  let session: ReplaySession | null = null;
  // Where it is given up half way, all of it may have been run.
  let ran: readonly string[] = migrations.flatMap(({ chunks }) => chunks.map(({ text }) => text));
  let own = true;
  let rolesBefore: RolesThere | null = null;
  let left: readonly string[] = [];
  let preparation: Preparation | null = null;
  let result: ReplayAndNeeds;
  try {
    await admin.connect();
    const roles = (rolesBefore = await rolesOn(admin));
    const fence = await fenceOf(admin);
    own = fence === null;
    const tracker = newTracker();
    const collector = newCollector(tracker, input.leaveOut);
    await beLikeLive(admin, input.live);
    const texts = (): string[] =>
      migrations.flatMap(({ chunks }, index) =>
        scanned[index]?.ok === true ? chunks.map(({ text }) => text) : [],
      );
    const path =
      input.live === null
        ? { needs: [], sentences: [] }
        : await makePathSchemas(admin, input.live, () => knowledgeOf(texts(), 'public'));
    for (const sql of input.prelude) await admin.query(sql);
    await installCollector(admin);
    await offerStandIns(admin);
    await takeEverything(admin, collector);
    const preparing = (preparation = newPreparation({
      admin,
      collector,
      tracker,
      parser,
      live: input.live,
      fence,
      texts,
    }));
    const running = (session = await openSession(url, signal));
    const replayed: ReplayedMigration[] = [];
    for (const one of scanned) {
      signal?.throwIfAborted();
      if (!one.ok) {
        replayed.push({ id: one.id, statements: [], unparsed: one.reason });
        continue;
      }
      const fenced = one.statements.map((each) => behind(fence, withRoles(each, roles.names)));
      const statements = await runMigration(fenced, {
        session: running,
        collector,
        limit: LIMIT,
        mend: preparing.mend,
        errorOf: (refusal, statement) => errorOf(running, refusal, statement),
        onStatement: (count) => input.onProgress?.((done += count), total),
      });
      replayed.push({ id: one.id, statements, unparsed: null });
    }
    ran = replayed.flatMap(({ statements }) =>
      statements.flatMap(({ text, error }) => (error === null ? text : [])),
    );
    const holes = await takeEverything(admin, collector);
    const replay: Replay = {
      migrations: replayed,
      base: preparing.base(),
      prepared: [
        ...path.sentences,
        ...preparing.sentences(),
        ...(await standInsIn(admin)).map((one) => one.sentence),
      ],
      serverVersion: sandbox.serverVersion,
      untracked: holes.map((change) => (change.type === 'drop' ? change.key : change.object.key)),
    };
    result = { replay, needs: [...path.needs, ...preparing.needs()] };
  } finally {
    await session?.end();
    await admin.end().catch(() => {});
    await sandbox.dropDatabase(url).catch(() => {});
    // They outlive the replay's database, and would be in the way of a rehearsal that makes them.
    if (rolesBefore !== null && (!own || preparation?.sentences().length || makersIn(ran).length)) {
      const maker = makerIn(ran);
      const ours = (name: string): boolean => preparation?.madeRole(name) === true || maker(name);
      left = await takeRolesBack(sandbox, rolesBefore, ours).catch(() => []);
    }
  }
  const { replay, needs } = result;
  return { replay: { ...replay, prepared: [...replay.prepared, ...left] }, needs };
}

/** The live session's search_path and user, for this session and for what RESET goes back to in those that begin later. */
async function beLikeLive(admin: pg.Client, live: LiveSide | null): Promise<void> {
  // What is missing is known by the server's own English words.
  await admin.query(`SELECT pg_catalog.set_config('lc_messages', 'C', false)`);
  if (live !== null) {
    await admin.query(
      `SELECT pg_catalog.set_config('search_path', $1, false), pg_catalog.set_config($2, pg_catalog.quote_ident($3), false)`,
      [live.searchPath, liveUserSetting, live.user],
    );
  }
  const { rows } = await admin.query<{ name: string }>(
    'SELECT pg_catalog.current_database() AS name',
  );
  const database = pg.escapeIdentifier(rows[0]?.name ?? '');
  for (const name of ['lc_messages', 'search_path', ...(live === null ? [] : [liveUserSetting])]) {
    await admin.query(`ALTER DATABASE ${database} SET ${name} FROM CURRENT`);
  }
  await admin.query('SET check_function_bodies = off');
}

/** Roles are the server's: those that are there already are neither made again nor dropped. */
function withRoles(statement: Scanned, there: ReadonlySet<string>): Scanned {
  const known = statement.roles?.names.some((name) => there.has(name)) ?? false;
  return known ? { ...statement, skip: true } : statement;
}

/** On a server that is not ours more is not run. */
function behind(fence: Fence | null, statement: Scanned): Scanned {
  if (fence === null || statement.skip) return statement;
  const [tree] = treesOf(statement.parsed.text);
  const why = tree === undefined ? null : fence(tree);
  return why === null ? statement : { ...statement, skip: true, refused: why };
}

/** The statement would make what an earlier one made. */
const ALREADY_THERE = /^(?:42P07|42710|42701|42723|42P06|42P04|42712)$/;

async function errorOf(
  session: ReplaySession,
  { sqlstate, message }: Refusal,
  { parsed }: Scanned,
): Promise<ReplayError> {
  const names = treesOf(parsed.text).flatMap(namesOf);
  // Quoted as the catalog's keys are, with the schema that the session would use.
  const sql = `SELECT DISTINCT (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(
      CASE WHEN part = '' AND at = 1 THEN coalesce(pg_catalog.current_schema(), 'public') ELSE part END), '.' ORDER BY at)
    FROM pg_catalog.json_array_elements_text(name) WITH ORDINALITY AS parts(part, at)) AS name
    FROM pg_catalog.json_array_elements(${pg.escapeLiteral(JSON.stringify(names))}) AS name`;
  const answer = names.length === 0 ? null : await session.run(sql, LIMIT);
  const rows = answer?.ok ? (answer.results[0]?.rows as { name: string }[]) : [];
  return {
    sqlstate,
    message,
    redundant: ALREADY_THERE.test(sqlstate),
    names: rows.map(({ name }) => name),
  };
}
