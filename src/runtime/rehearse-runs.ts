import { canonical } from '../core/digest.js';
import type { Facts, Folder } from '../core/facts.js';
import type { Rehearsal } from '../core/rehearsal.js';
import { UNTRIED } from '../core/session/why-other.js';
import { preludeOf } from '../core/tool.js';
import { loadParser } from '../postgres/parse.js';
import { readingTransactions } from '../postgres/reading-transaction.js';
import { rehearse } from '../sandbox/rehearsal/rehearse.js';
import type { PlannedRun } from '../sandbox/rehearsal/types.js';
import type { Ground } from './ground.js';
import { historyTable, schemaDumpFor } from './live-dump.js';
import type { LiveSchema } from './live-schema.js';
import { sha256 } from './parts.js';
import { words } from './words.js';

export interface RehearseOptions {
  readonly ground: Ground;
  readonly facts: Facts;
  readonly live: LiveSchema;
  /** Ids, in the order in which they would run. */
  readonly runs: readonly string[];
  /** Who runs them: the tool by its own rule, or a plan, each in a transaction of its own and no error swallowed. */
  readonly by: 'tool' | 'plan';
  readonly signal: AbortSignal;
  readonly onProgress: (doing: string) => void;
}

/**
 * Tries migrations on a copy of the live schema. What stands in the way of it is told in `unknown`.
 * @returns null where there is nothing to run, or no database
 * @throws the signal's reason when aborted
 */
export async function rehearseRuns(options: RehearseOptions): Promise<Rehearsal | null> {
  const { ground, facts, runs, signal } = options;
  const { databaseUrl: url } = ground.resolved;
  if (runs.length === 0 || url === null || facts.history === null) return null;
  try {
    return await rehearsed(options, url);
  } catch (error) {
    signal.throwIfAborted();
    const unknown = [`${UNTRIED} ${words(error).message}`];
    return { runs, statements: [], failure: null, unknown };
  }
}

async function rehearsed(options: RehearseOptions, url: string): Promise<Rehearsal> {
  const { ground, facts, live, by, signal, onProgress } = options;
  const { tool } = ground;
  const isCode = new Map(facts.folder.migrations.map((one) => [one.id, one.isCode === true]));
  // What a program does is not known, and with it what is behind it.
  const program = options.runs.findIndex((id) => isCode.get(id));
  const runs = plannedRuns(options, program < 0 ? options.runs : options.runs.slice(0, program));
  const key = sha256(canonical([live.catalog, runs, facts.history?.rows ?? [], by]));
  const last = lastRehearsal.get(ground);
  // Rows that were in the way may have been put right: what failed is tried again.
  if (last?.key === key && last.rehearsal.failure === null) return last.rehearsal;
  const { roles, serverVersionNum, session, sizes } = live;
  const table = historyTable(facts);
  const parser = await loadParser();
  const each = by === 'plan' || (tool.bareParts === 'each' && runs.some(({ bare }) => bare));
  const tried = await readingTransactions(url, { purpose: 'rehearse', signal }, (look) =>
    rehearse({
      sandbox: ground.sandbox,
      runs,
      atomicity: each ? 'each migration' : tool.atomicity,
      swallows: (message) => by === 'tool' && tool.swallows(message),
      history: { table, create: preludeOf(tool, table) },
      parser,
      live: {
        serverVersionNum,
        schemaDump: () => schemaDumpFor(options),
        roles,
        session,
        sizes,
      },
      ask: { look },
      signal,
      onProgress,
    }),
  );
  const rehearsal =
    program < 0 || tried.failure !== null
      ? tried
      : {
          ...tried,
          unknown: [
            ...tried.unknown,
            `${options.runs[program]} is a program, not SQL: what it does, and what comes behind it, was not tried.`,
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

function plannedRuns(
  { ground, facts }: RehearseOptions,
  ids: readonly string[],
): readonly PlannedRun[] {
  const { tool } = ground;
  const table = historyTable(facts);
  const byId = new Map(facts.folder.migrations.map((one) => [one.id, one]));
  const texts = new Map(textsOf(facts.folder, ground).map((one) => [one.id, one]));
  return ids.flatMap((id): PlannedRun[] => {
    const own = texts.get(id);
    const migration = byId.get(id);
    if (own === undefined || migration === undefined) return [];
    const row = tool.historyRow(migration, facts.history);
    return [
      { ...own, bare: tool.isBare(migration), record: row && tool.historySql.insert(table, row) },
    ];
  });
}

/** The SQL of the folder's migrations, in its order; programs have none. */
export function textsOf(
  folder: Folder,
  { tool }: Ground,
): readonly Omit<PlannedRun, 'record' | 'bare'>[] {
  return folder.migrations.flatMap(({ id, file, isCode = false }) =>
    file === null || isCode
      ? []
      : [{ id, path: file.path, text: file.text, chunks: tool.chunks(file.text) }],
  );
}
