import type { Facts, Folder, SchemaFacts } from '../core/facts.js';
import type { Replay } from '../core/replay.js';
import { type NextRun, preludeOf } from '../core/tool.js';
import type { EvidenceProgress } from '../core/session/state.js';
import { loadParser } from '../postgres/parse.js';
import { cachedReplay } from '../files/replay-cache.js';
import type { MigrationText } from '../sandbox/replay/replay.js';
import { pathOf } from '../sandbox/replay/search-path.js';
import type { Ground } from './ground.js';
import { historyTable, schemaDumpFor } from './live-dump.js';
import type { LiveSchema } from './live-schema.js';
import { rehearseRuns, textsOf } from './rehearse-runs.js';
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
    const rehearsal = await rehearseRuns({
      ...options,
      live,
      runs: options.nextRun.runs,
      by: 'tool',
      onProgress: (doing) => options.onProgress({ doing, done: null, total: null }),
    });
    const { catalog, owners, sizes, session } = live;
    const searchPath = pathOf(session.searchPath, session.user);
    return { state: 'read', catalog, replay, rehearsal, owners, sizes, searchPath };
  } catch (error) {
    signal.throwIfAborted();
    const { message, next } = words(error);
    return { state: 'failed', reason: message, next };
  }
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
