import type { Undigested } from '../digest.js';
import { UserError } from '../errors.js';
import type { Migration } from '../facts.js';
import type { Check } from '../plan.js';
import type { ToolRules } from '../tool.js';
import { quoteTable } from '../tool.js';
import type { Draft } from './draft.js';
import {
  clearing,
  journalUnchanged,
  matchesOf,
  type Move,
  recording,
  takingOut,
  undisturbed,
} from './history-moves.js';

export interface Drafted {
  readonly steps: readonly Undigested[];
  readonly draft: Draft;
}

/** What a playbook's step says of itself. */
export interface Words {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** What the evidence adds to the step of one migration. */
export type Shown = (migration: Migration) => {
  readonly lines: readonly string[];
  readonly checks: readonly Check[];
};

/** Adds a history row for each migration; the schema stays as it is. */
export function markApplied(
  tool: ToolRules,
  start: Draft,
  migrations: readonly Migration[],
  words: Words,
  shown: Shown,
): Drafted {
  let draft = start;
  const steps: Undigested[] = [];
  for (const migration of migrations) {
    const record = recording(tool, draft, migration);
    steps.push({
      ...stepOf(migration, words, shown),
      write: {
        type: 'transaction',
        lock: record.lock,
        before: [...record.before, fileUnchanged(migration), ...shown(migration).checks],
        statements: [...record.create, ...record.record],
        after: record.after,
        undo: record.undo,
      },
    });
    draft = record.draft;
  }
  return { steps, draft };
}

/** Removes every history row of each migration, the last first; the schema stays as it is. */
export function markUnapplied(
  tool: ToolRules,
  start: Draft,
  migrations: readonly Migration[],
  words: Words,
  shown: Shown,
): Drafted {
  let draft = start;
  const steps: Undigested[] = [];
  for (const migration of migrations.toReversed()) {
    if (matchesOf(tool, draft, migration).length === 0 || draft.history.table === null) {
      throw notRecorded(tool, draft, migration);
    }
    const move = takingOut(tool, draft, migration);
    steps.push(moveStep(tool, draft, move, migration, words, shown));
    draft = move.draft;
  }
  return { steps, draft };
}

/** What tells that a run of a migration failed, taken out of the way: nothing of it counts as applied then. */
export function clearUnapplied(
  tool: ToolRules,
  draft: Draft,
  migration: Migration,
  words: Words,
  shown: Shown,
): Drafted {
  const move = clearing(tool, draft, migration);
  return { steps: [moveStep(tool, draft, move, migration, words, shown)], draft: move.draft };
}

function moveStep(
  tool: ToolRules,
  draft: Draft,
  move: Move,
  migration: Migration,
  words: Words,
  shown: Shown,
): Undigested {
  const { history } = draft;
  const lock = quoteTable(history.table ?? history.expected);
  return {
    ...stepOf(migration, words, shown),
    write: {
      type: 'transaction',
      lock,
      before: [
        ...undisturbed(tool, draft),
        ...move.before,
        ...journalUnchanged(draft),
        ...shown(migration).checks,
      ],
      statements: move.statements,
      after: move.after,
      undo: {
        type: 'sql',
        lock,
        before: [...undisturbed(tool, move.draft), ...move.back.before, ...journalUnchanged(draft)],
        statements: move.back.statements,
      },
    },
  };
}

function stepOf(migration: Migration, words: Words, shown: Shown) {
  return {
    kind: 'write' as const,
    id: `${words.id}:${migration.id}`,
    title: `${words.title}: ${migration.id}`,
    text: [words.text, ...shown(migration).lines].filter((line) => line !== '').join('\n'),
    risk: 'reversible' as const,
  };
}

function notRecorded(tool: ToolRules, draft: Draft, { id }: Migration): UserError {
  const failed = tool.match(draft.folder, draft.history).failed?.has(id) === true;
  return new UserError(`${id} is not recorded as applied.`, [
    failed
      ? `Its row tells of a run that failed: pgmedic plan clear-failed ${id}`
      : 'There is no row to remove; choose a migration whose history says recorded.',
  ]);
}

/** What a step rests on whose migration has its row already; null where it has none. */
export function recordedAlready(
  tool: ToolRules,
  draft: Draft,
  migration: Migration,
): { readonly lock: string; readonly before: readonly Check[] } | null {
  const matches = matchesOf(tool, draft, migration);
  const { table } = draft.history;
  if (matches.length === 0 || table === null) return null;
  return {
    lock: quoteTable(table),
    before: [
      ...undisturbed(tool, draft),
      ...matches.map(({ row }) => tool.historySql.present(table, row)),
      ...journalUnchanged(draft),
    ],
  };
}

export function fileUnchanged(migration: Migration): Check {
  return {
    type: 'file',
    title: `${migration.file?.path ?? migration.id} is as it was read`,
    path: migration.file?.path ?? `${migration.id}.sql`,
    sha256: migration.file?.sha256 ?? null,
  };
}
