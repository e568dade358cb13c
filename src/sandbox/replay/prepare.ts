import type pg from 'pg';
import type { CatalogObject } from '../../core/catalog.js';
import type { SqlParser } from '../../core/sql.js';
import { quoteIdent } from '../../core/tool.js';
import type { Fence } from '../fence.js';
import { standIn, standInRoles } from '../stand-ins/index.js';
import type { Collector } from './collector.js';
import type { Bench } from './bench.js';
import { makeExtensions } from './extensions.js';
import { makeFromDump } from './from-dump.js';
import { liveHas, qualifiedName } from './live-names.js';
import { makeRole } from './live-role.js';
import { type Knowledge, knowledgeOf } from './knowledge.js';
import type { LiveSide } from './live-side.js';
import { type Missing, missingIn } from './missing.js';
import type { LiveNeed } from './needs.js';
import type { Scanned } from './scan.js';
import { type Refusal, refusalOf } from './session.js';
import type { Tracker } from './tracker.js';
import { type Tree, treesOf } from './tree.js';

export interface PreparationInput {
  /** A session of its own beside the one that replays. */
  readonly admin: pg.Client;
  readonly collector: Collector;
  readonly tracker: Tracker;
  readonly parser: SqlParser;
  readonly live: LiveSide | null;
  /** Of the server, where it is not ours. */
  readonly fence: Fence | null;
  /** Texts of all chunks that parse. */
  readonly texts: () => readonly string[];
}

export interface Preparation {
  /** Makes what a statement misses; false where nothing can be made, or it did not help. */
  mend(refusal: Refusal, statement: Scanned): Promise<boolean>;
  base(): readonly CatalogObject[];
  sentences(): readonly string[];
  /** Whether a role of this name was made in preparation. */
  madeRole(name: string): boolean;
  /** What the live database was asked for. */
  needs(): readonly LiveNeed[];
}

/**
 * Puts there, statement by statement, what the migrations use and none of them makes: from the
 * live database where it has it, else a stand-in. What some migration makes is never made here,
 * so that a history in a wrong order stays wrong.
 */
export function newPreparation(input: PreparationInput): Preparation {
  const { admin, collector, tracker, live, fence } = input;
  const base = new Map<string, CatalogObject>(tracker.objects());
  const sentences: string[] = [];
  const needs = new Map<string, LiveNeed>();
  const ask = (need: LiveNeed): void => void needs.set(`${need.kind} ${need.name}`, need);
  /** What the statement at hand was refused with: twice the same, and nothing helps. */
  let at: { readonly statement: Scanned; readonly refusals: Set<string> } | null = null;
  let knowledge: Knowledge | null = null;
  let bench: Bench | null = null;

  const roles = new Set<string>();
  const run = async (sql: string): Promise<Refusal | null> => {
    const why = fence === null ? null : firstOf(treesOf(sql), fence);
    if (why !== null) return { sqlstate: '0A000', message: why };
    try {
      await admin.query(sql);
      return null;
    } catch (error) {
      return refusalOf(error);
    }
  };

  /** What was made is the base, not the change of a statement. */
  const takeBase = async (): Promise<void> => {
    const { rows, fields } = await admin.query(collector.sql(0, 'dependents'));
    const changes = collector.changes([{ rows, fields } as pg.QueryResult]).get(0) ?? [];
    for (const change of changes) {
      if (change.type === 'drop') base.delete(change.key);
      else base.set(change.object.key, change.object);
    }
  };

  const make = async (refusal: Refusal): Promise<string | null> => {
    const missing = missingIn(refusal);
    if (missing !== null) {
      knowledge ??= knowledgeOf(input.texts(), 'public');
      if (live !== null) {
        bench ??= {
          live,
          schema: 'public',
          knowledge,
          run,
          ask,
          madeRole: (name) => roles.add(name),
        };
        const sentence = await makeFromLive(missing, bench, input.parser);
        if (sentence !== null) return sentence;
      }
      const name = ['role', 'schema', 'extension'].includes(missing.kind)
        ? missing.name
        : qualifiedName(missing, 'public', knowledge, live);
      if (knowledge.makes(missing.kind, name)) return null;
    }
    const sentence = await standIn(admin, refusal);
    if (sentence !== null) for (const name of standInRoles) roles.add(name);
    return sentence;
  };

  return {
    async mend(refusal, statement) {
      if (at?.statement !== statement) at = { statement, refusals: new Set() };
      if (at.refusals.has(refusal.message)) return false;
      at.refusals.add(refusal.message);
      const sentence = await make(refusal);
      await takeBase();
      if (sentence === null) return false;
      if (!sentences.includes(sentence)) sentences.push(sentence);
      return true;
    },
    base: () => [...base.values()],
    sentences: () => sentences,
    madeRole: (name) => roles.has(name),
    needs: () => [...needs.values()],
  };
}

function firstOf(trees: readonly Tree[], fence: Fence): string | null {
  for (const tree of trees) {
    const why = fence(tree);
    if (why !== null) return why;
  }
  return null;
}

/** The sentence, or null: the live database does not have it, a migration makes it, or it could not be made. */
async function makeFromLive(
  missing: Missing,
  bench: Bench,
  parser: SqlParser,
): Promise<string | null> {
  const { live, knowledge, run } = bench;
  const { kind, name } = missing;
  bench.ask(missing);
  if (kind === 'role') {
    const role = live.roles.find((one) => one.name === name);
    if (role === undefined || knowledge.makes('role', name)) return null;
    return (await makeRole(name, bench)) ? `role ${name}, as the live server has it` : null;
  }
  if (kind === 'schema') {
    if (knowledge.makes('schema', name) || !liveHas(live, 'schema', name)) return null;
    const refusal = await run(`CREATE SCHEMA ${quoteIdent(name)}`);
    return refusal === null ? `schema ${name}, which the live database has` : null;
  }
  return (await makeFromDump(missing, bench, parser)) ?? makeExtensions(bench);
}
