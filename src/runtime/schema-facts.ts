import { UNTRIED } from '../core/session/why-other.js';
import { createHash } from 'node:crypto';
import { dumpSchema } from '../backup/schema-dump.js';
import { canonical } from '../core/digest.js';
import type { Facts, Folder, SchemaFacts, TableRef } from '../core/facts.js';
import type { Rehearsal } from '../core/rehearsal.js';
import type { Replay } from '../core/replay.js';
import { type NextRun, preludeOf } from '../core/tool.js';
import type { EvidenceProgress } from '../core/session/state.js';
import { loadParser } from '../postgres/parse.js';
import { readingTransactions } from '../postgres/reading-transaction.js';
import { cachedReplay } from '../files/replay-cache.js';
import { rehearse } from '../sandbox/rehearsal/rehearse.js';
import type { MigrationText } from '../sandbox/replay/replay.js';
import { pathOf } from '../sandbox/replay/search-path.js';
import type { PlannedRun } from '../sandbox/rehearsal/types.js';
import type { Ground } from './ground.js';
import type { LiveSchema } from './live-schema.js';
import { words } from './words.js';

export interface SchemaOptions {
  readonly ground: Ground;
  readonly facts: Facts;
  /** What was read of the live schema; rejected where that failed. */
  readonly reading: Promise<LiveSchema> | null;
  /** Of the folder, as markOf gives it. */
  readonly mark: string;
  /** What the tool would run, by its own rule. */
  readonly nextRun: NextRun;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: EvidenceProgress) => void;
}

type WithLive = SchemaOptions & { readonly live: LiveSchema };

/**
 * Replays the migrations and rehearses the next run, both in the sandbox. What stands in the
 * way of it is a fact too, not an error: the rest of the diagnosis holds without.
 *
 * @throws the signal's reason when aborted
 */
export async function schemaFacts(options: SchemaOptions): Promise<SchemaFacts> {
  const { signal } = options;
  try {
    const live = await options.reading;
    if (live === null) throw new Error('the live schema was not read');
    const schemaDump = (): Promise<string> => schemaDumpFor({ ...options, live });
    const replay = await replayed({ ...options, live }, schemaDump);
    // What the migrations have done is known without it.
    const rehearsal = await rehearsed({ ...options, live }, schemaDump).catch(untried(options));
    const { catalog, owners, sizes, session } = live;
    const searchPath = pathOf(session.searchPath, session.user);
    return { state: 'read', catalog, replay, rehearsal, owners, sizes, searchPath };
  } catch (error) {
    signal.throwIfAborted();
    const { message, next } = words(error);
    return { state: 'failed', reason: message, next };
  }
}

function untried({ nextRun, signal }: SchemaOptions): (error: unknown) => Rehearsal {
  return (error) => {
    signal.throwIfAborted();
    const { message } = words(error);
    const unknown = [`${UNTRIED} ${message}`];
    return { runs: nextRun.runs, statements: [], failure: null, unknown };
  };
}

function historyTable({ history }: Facts): TableRef {
  if (history === null) throw new Error('facts were read offline');
  return history.table ?? history.expected;
}

/** The last few of a session: dear, and the same as long as catalog, roles and history table are. */
const lastDumps = new WeakMap<Ground, Map<string, string>>();
const KEPT_DUMPS = 4;

type DumpOptions = Pick<WithLive, 'ground' | 'facts' | 'live' | 'signal'>;

/** The live schema as pg_dump has it: a new dump only where something has changed since the last. */
export async function schemaDumpFor(options: DumpOptions): Promise<string> {
  const { ground, live, facts } = options;
  const key = digestOf([live.catalog, live.roles, facts.history?.table, facts.history?.elsewhere]);
  const kept = lastDumps.get(ground) ?? new Map<string, string>();
  lastDumps.set(ground, kept);
  const text = kept.get(key) ?? (await dump(options));
  kept.delete(key);
  kept.set(key, text);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_DUMPS && oldest !== undefined) kept.delete(oldest);
  return text;
}

function dump({ ground, facts, signal }: DumpOptions): Promise<string> {
  const dumper = facts.surroundings?.dumper;
  const { databaseUrl: url } = ground.resolved;
  if (dumper === undefined || url === null) throw new Error('facts were read offline');
  return dumpSchema({ url, dumper, signal });
}

/**
 * Files that the tool does not list come last: where nobody ran them they are leftovers, often twins of
 * listed ones, and would be in the way. Unless a listed one needs what they make.
 */
async function replayed(
  { ground, facts, live, mark, signal, onProgress }: WithLive,
  schemaDump: () => Promise<string>,
): Promise<Replay> {
  const { catalog, roles, serverVersionNum, session, leaveOut } = live;
  const searchPath = pathOf(session.searchPath, session.user);
  const parser = await loadParser();
  const run = (migrations: readonly MigrationText[]): Promise<Replay> =>
    cachedReplay({
      sandbox: ground.sandbox,
      sandboxUrl: ground.resolved.sandboxUrl ?? null,
      mark,
      migrations,
      parser,
      live: { catalog, searchPath, user: session.user, serverVersionNum, roles, schemaDump },
      leaveOut,
      prelude: preludeOf(ground.tool, historyTable(facts)),
      signal,
      onProgress: (done, total) => onProgress({ doing: 'replaying the migrations', done, total }),
    });
  const { folder } = facts;
  const texts = textsOf(folder, ground).map(({ id, text, chunks }) => ({ id, text, chunks }));
  const listed = listedIn(folder);
  const [inList, notInList] = [true, false].map((wanted) =>
    texts.filter(({ id }) => listed.has(id) === wanted),
  ) as [MigrationText[], MigrationText[]];
  const first = await run([...inList, ...notInList]);
  if (notInList.length === 0 || failures(first, listed) === 0) return first;
  const inOrder = await run(texts);
  return failures(inOrder, listed) < failures(first, listed) ? inOrder : first;
}

function listedIn({ migrations, journal }: Folder): ReadonlySet<string> {
  const listed = migrations.filter(
    ({ entries }) => journal?.state !== 'read' || entries.length > 0,
  );
  return new Set(listed.map(({ id }) => id));
}

/** Statements of these migrations that fail. */
function failures({ migrations }: Replay, ids: ReadonlySet<string>): number {
  return migrations
    .filter(({ id }) => ids.has(id))
    .reduce((sum, one) => sum + one.statements.filter(({ error }) => error !== null).length, 0);
}

async function rehearsed(
  { ground, facts, live, nextRun, signal, onProgress }: WithLive,
  schemaDump: () => Promise<string>,
): Promise<Rehearsal | null> {
  const { tool, resolved } = ground;
  const { databaseUrl: url } = resolved;
  const { history } = facts;
  if (nextRun.runs.length === 0 || url === null || history === null) return null;
  const table = historyTable(facts);
  const byId = new Map(facts.folder.migrations.map((one) => [one.id, one]));
  const texts = textsOf(facts.folder, ground);
  // What a program does is not known, and with it what is behind it.
  const program = nextRun.runs.findIndex((id) => byId.get(id)?.isCode === true);
  const known = program < 0 ? nextRun.runs : nextRun.runs.slice(0, program);
  const runs = known.flatMap((id): PlannedRun[] => {
    const own = texts.find((one) => one.id === id);
    const migration = byId.get(id);
    if (own === undefined || migration === undefined) return [];
    const row = tool.historyRow(migration, history);
    return [
      { ...own, bare: tool.isBare(migration), record: row && tool.historySql.insert(table, row) },
    ];
  });
  const key = keyOf(facts, live, runs);
  const last = lastRehearsal.get(ground);
  // Rows that were in the way may have been put right: what failed is tried again.
  if (last?.key === key && last.rehearsal.failure === null) return last.rehearsal;
  const { roles, serverVersionNum, session, sizes } = live;
  const parser = await loadParser();
  const tried = await readingTransactions(url, { purpose: 'rehearse', signal }, (look) =>
    rehearse({
      sandbox: ground.sandbox,
      runs,
      atomicity:
        tool.bareParts === 'each' && runs.some(({ bare }) => bare)
          ? 'each migration'
          : tool.atomicity,
      swallows: (message) => tool.swallows(message),
      history: { table, create: preludeOf(tool, table) },
      parser,
      live: { serverVersionNum, schemaDump, roles, session, sizes },
      ask: { look },
      signal,
      onProgress: (doing) => onProgress({ doing, done: null, total: null }),
    }),
  );
  const rehearsal =
    program < 0 || tried.failure !== null
      ? tried
      : {
          ...tried,
          unknown: [
            ...tried.unknown,
            `${nextRun.runs[program]} is a program, not SQL: what it does, and what comes behind it, was not tried.`,
          ],
        };
  lastRehearsal.set(ground, { key, rehearsal });
  return rehearsal;
}

/** The last one of a session: nothing it rests on but the rows has changed, and a write looks at those itself. */
const lastRehearsal = new WeakMap<
  Ground,
  { readonly key: string; readonly rehearsal: Rehearsal }
>();

function keyOf(facts: Facts, { catalog }: LiveSchema, runs: readonly PlannedRun[]): string {
  const rows = facts.history?.rows ?? [];
  return digestOf([catalog, runs, rows]);
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

function textsOf(folder: Folder, { tool }: Ground): Omit<PlannedRun, 'record' | 'bare'>[] {
  return folder.migrations.flatMap(({ id, file, isCode = false }) =>
    file === null || isCode
      ? []
      : [{ id, path: file.path, text: file.text, chunks: tool.chunks(file.text) }],
  );
}
