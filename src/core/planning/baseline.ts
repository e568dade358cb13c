import type { Diagnosis } from '../diagnosis.js';
import { UserError } from '../errors.js';
import type { Migration } from '../facts.js';
import type { Check, Write } from '../plan.js';
import type { NewRow, ToolRules } from '../tool.js';
import { quoteTable } from '../tool.js';
import type { Draft } from './draft.js';
import { nextRunOf, withId, withRow } from './draft.js';
import { provenLines, gapsIn, seenOf, whyNoEvidence } from './evidence-gate.js';
import { alsoTaken, journalUnchanged, plain, refuseFailed, undisturbed } from './history-moves.js';
import { fileUnchanged } from './history-steps.js';
import type { Drafted, Words } from './history-steps.js';
import { asExpected, seenNow } from './object-check.js';

/** What a baseline would do with each migration that is not recorded; in the folder's order. */
interface Sorted {
  readonly proven: readonly Migration[];
  /** Leave nothing in the schema, and stand before one that is proven or recorded. */
  readonly between: readonly Migration[];
  /** Proven, and the tool has no row for them: not in its journal. */
  readonly rowless: readonly Migration[];
}

function sortedOut(diagnosis: Diagnosis, tool: ToolRules | null): Sorted {
  const { facts, matching } = diagnosis;
  const { migrations } = facts.folder;
  const isProven = ({ id }: Migration): boolean => gapsIn(diagnosis, [id], 'present').length === 0;
  const open = migrations.filter(
    ({ id, file }) =>
      !matching.recorded.has(id) && matching.failed?.has(id) !== true && file !== null,
  );
  const found = open.filter(isProven);
  const rowless = found.filter(
    (one) => tool !== null && tool.historyRow(one, facts.history) === null,
  );
  const proven = found.filter((one) => !rowless.includes(one));
  const last = migrations.findLastIndex(
    (one) => proven.includes(one) || matching.recorded.has(one.id),
  );
  const between = open.filter(
    (one) =>
      migrations.indexOf(one) < last &&
      (facts.folder.journal === null || one.entries.length > 0) &&
      diagnosis.evidence?.migrations.get(one.id)?.schema === 'unprovable',
  );
  return { proven, between, rowless };
}

/** Ids of the migrations for which a baseline has to be told what to do. */
export function unprovableBetween(diagnosis: Diagnosis): readonly string[] {
  return sortedOut(diagnosis, null).between.map(({ id }) => id);
}

/**
 * One transaction that records every migration which is proven to be there, as the tool would
 * have; the rest stays pending.
 * @throws UserError when nothing is proven, or a row would hide what is not there
 */
export function baseline(
  tool: ToolRules,
  diagnosis: Diagnosis,
  draft: Draft,
  unprovable: 'record' | 'leave',
  words: Words,
): Drafted & { readonly warnings: readonly string[] } {
  const { proven, between, rowless } = sortedOut(diagnosis, tool);
  const added = unprovable === 'record' ? between : [];
  const chosen = draft.folder.migrations.filter(
    (one) => proven.includes(one) || added.includes(one),
  );
  const warnings = [
    ...added.map(({ id }) => `Recorded without proof, on your word: ${gapOf(diagnosis, id)}.`),
    ...rowless.map(
      ({ id }) =>
        `${id} is there, and the journal does not list it, so it has no row: run reconcile-journal next.`,
    ),
  ];
  if (chosen.length === 0) throw nothingProven(diagnosis, draft, rowless);
  refuseFailed(tool, draft, null);
  let after = draft;
  const rows = chosen.flatMap((migration): NewRow[] => {
    const row = tool.historyRow(migration, after.history);
    if (row === null) return [];
    after = withRow(after, row);
    return [row];
  });
  refuseHidden(tool, diagnosis, draft, after, chosen);
  const left = nextRunOf(tool, after).runs;
  const text = [
    words.text,
    ...chosen.map(({ id }) => [id, ...provenLines(diagnosis, id)].join(': ')),
    ...(left.length === 0 ? [] : [`Left pending: ${left.join(', ')}.`]),
  ];
  const title = `${words.title}: ${chosen.length} ${chosen.length === 1 ? 'migration' : 'migrations'}`;
  return {
    steps: [
      {
        kind: 'write',
        id: words.id,
        title,
        text: text.filter((line) => line !== '').join('\n'),
        risk: 'reversible',
        write: recordAll(tool, diagnosis, draft, after, chosen, rows),
      },
    ],
    draft: after,
    warnings,
  };
}

function recordAll(
  tool: ToolRules,
  diagnosis: Diagnosis,
  draft: Draft,
  after: Draft,
  chosen: readonly Migration[],
  rows: readonly NewRow[],
): Write {
  const sql = tool.historySql;
  const table = draft.history.table ?? draft.history.expected;
  const exists = draft.history.table !== null;
  const inserted = rows.map((row, index) => withId(`{{returned:id:${index + 1}}}`, row));
  return {
    type: 'transaction',
    lock: exists ? quoteTable(table) : null,
    before: [
      ...(exists
        ? [...undisturbed(tool, draft), ...rows.map((row) => sql.count(table, row, 0))]
        : [sql.missing(table)]),
      ...journalUnchanged(draft),
      ...chosen.map(fileUnchanged),
      ...stillThere(diagnosis, chosen),
    ],
    statements: [
      ...(exists ? [] : sql.create(table).map(plain)),
      ...rows.map((row) => plain(sql.insert(table, row))),
    ],
    after: rows.map((row) => sql.count(table, row, 1)),
    undo: {
      type: 'sql',
      lock: quoteTable(table),
      before: [
        ...undisturbed(tool, after),
        // In a table of one row the last has come in place of the others.
        ...inserted
          .filter((row, at) => row.follows === undefined || at === inserted.length - 1)
          .map((row) => sql.present(table, row)),
        ...journalUnchanged(draft),
      ],
      statements: inserted.toReversed().map((row) => plain(sql.remove(table, row))),
    },
  };
}

function stillThere(diagnosis: Diagnosis, chosen: readonly Migration[]): readonly Check[] {
  const seen = seenOf(diagnosis);
  if (seen === null) return [];
  const keys = chosen.flatMap(
    ({ id }) =>
      diagnosis.evidence?.migrations.get(id)?.statements.flatMap(({ objects }) => objects) ?? [],
  );
  const check = asExpected(seenNow(keys, seen));
  return check === null ? [] : [check];
}

/** Where a tool goes by the newest row, one more row can hide an older migration for good. */
function refuseHidden(
  tool: ToolRules,
  diagnosis: Diagnosis,
  before: Draft,
  after: Draft,
  chosen: readonly Migration[],
): void {
  const known = nextRunOf(tool, before).skips;
  const hidden = [
    ...nextRunOf(tool, after).skips.filter((id) => !known.includes(id)),
    ...alsoTaken(tool, before, after, chosen),
  ];
  if (hidden.length === 0) return;
  const gaps = hidden.map((id) => gapOf(diagnosis, id));
  const state = (id: string): string => diagnosis.evidence?.migrations.get(id)?.schema ?? 'unknown';
  throw new UserError(
    `The migrator goes by the newest row: it would skip ${hidden.join(', ')} for good. ${gaps.join('. ')}.`,
    hidden.map((id) => {
      switch (state(id)) {
        case 'partial':
          return `Finish it first: pgmedic plan finish-partial ${id}`;
        case 'absent':
          return `Run it first: pgmedic plan apply-manually ${id}`;
        case 'unprovable':
          return `Look whether its rows are there. If they are: --set unprovable=record. If not: pgmedic plan apply-manually ${id}`;
        default:
          return `Look at what ${id} makes. If all of it is there: pgmedic plan mark-applied ${id} --set reason="..."`;
      }
    }),
  );
}

function nothingProven(
  diagnosis: Diagnosis,
  draft: Draft,
  rowless: readonly Migration[],
): UserError {
  if (diagnosis.evidence === null) {
    return new UserError(
      `A baseline records what is proven, and there is no evidence: ${whyNoEvidence(diagnosis)}.`,
      [
        'What you know yourself can be recorded: pgmedic plan mark-applied MIGRATION --set reason="..."',
      ],
    );
  }
  if (rowless.length > 0) {
    return new UserError(
      `${rowless.map(({ id }) => id).join(', ')}: there, but the journal does not list it, so there is no row to write.`,
      ['Reconcile the journal first: pgmedic plan reconcile-journal'],
    );
  }
  const open = draft.folder.migrations.filter(({ id }) => !diagnosis.matching.recorded.has(id));
  if (open.length === 0) return new UserError('Every migration is recorded: nothing to do.');
  const gaps = gapsIn(
    diagnosis,
    open.map(({ id }) => id),
    'present',
  );
  return new UserError(
    `No migration without a row is proven to be there: ${gaps.slice(0, 4).join('. ')}.`,
    ['Look at the findings: pgmedic diagnose'],
  );
}

function gapOf(diagnosis: Diagnosis, id: string): string {
  return gapsIn(diagnosis, [id], 'present')[0] ?? `${id} is there`;
}
