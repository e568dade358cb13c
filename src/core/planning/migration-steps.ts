import type { Undigested } from '../digest.js';
import { UserError } from '../errors.js';
import type { Migration } from '../facts.js';
import type { Check, Statement, Undo, Write } from '../plan.js';
import type { SqlParser } from '../sql.js';
import type { ToolRules } from '../tool.js';
import type { Draft } from './draft.js';
import { withTable } from './draft.js';
import type { Drafted, Words } from './history-steps.js';
import { matchesOf, newRow, type Recording, recording } from './history-moves.js';
import { fileUnchanged, recordedAlready } from './history-steps.js';
import type { Group } from './migration-groups.js';
import { groupsOf, ownRecordLines } from './migration-groups.js';

/** What the schema must look like around one group; `group` null: around the history row alone. */
export type Around = (group: Group | null) => {
  readonly before: readonly Check[];
  readonly after: readonly Check[];
};

const nothingAround: Around = () => ({ before: [], after: [] });

/**
 * A migration by hand: its SQL and its history row in one transaction. Where a statement
 * cannot be in one, the statements before it, it, and those after it are steps of their own,
 * and the row goes in with the last: reality first, history second. The same where a value is
 * added to an enum and used further down, which PostgreSQL refuses in one transaction (55P04).
 *
 * @throws UserError when the SQL does not parse, ends its transaction by itself, or cannot be
 * divided where it has to be.
 */
export function applyMigration(
  tool: ToolRules,
  parser: SqlParser,
  draft: Draft,
  migration: Migration,
  words: Words,
  lines: readonly string[] = [],
): Drafted {
  // Refused first for what cannot be recorded; one that a later row hides has no row of its own.
  if (!matchesOf(tool, draft, migration).some(({ by }) => by === 'below')) {
    newRow(tool, draft, migration);
  }
  if (migration.isCode === true) throw cannotRun(tool, migration);
  const groups = groupsOf(tool, parser, draft.history, migration);
  const told = [...lines, ...ownRecordLines(tool, parser, draft.history, migration)];
  return runGroups({ tool, draft, migration, groups, words, lines: told, around: nothingAround });
}

function cannotRun(
  { title, command, beware }: ToolRules,
  { id, file, whyCode }: Migration,
): UserError {
  const why = whyCode == null ? '' : ` (${whyCode})`;
  return new UserError(
    `${file?.path ?? id} is a program, not SQL${why}: only ${title} can run it.`,
    [
      `Run it with ${title} itself${command === undefined ? '' : `: ${command}`}.`,
      ...(beware === undefined ? [] : [beware]),
      `If all that it does is there already: pgmedic plan mark-applied ${id} --set reason="..."`,
    ],
  );
}

export interface GroupsToRun {
  readonly tool: ToolRules;
  readonly draft: Draft;
  readonly migration: Migration;
  readonly groups: readonly Group[];
  readonly words: Words;
  /** For the operator, shown with the first part. */
  readonly lines: readonly string[];
  readonly around: Around;
}

/** These groups of a migration, and its history row with the last, unless it is recorded already. */
export function runGroups(request: GroupsToRun): Drafted {
  const { tool, draft, migration, groups, words, lines, around } = request;
  const last = groups.at(-1);
  const tail = last?.alone === false ? last : null;
  const early = tail === null ? groups : groups.slice(0, -1);
  const parts: { readonly group: Group | null; readonly write: Write }[] = [];
  const known = recordedAlready(tool, draft, migration);

  // Without a history table the first part makes it, before anything of the migration: so a
  // migrator that starts meanwhile waits for it.
  let place = draft;
  const recordHere = (): Recording => {
    if (known === null) {
      const frame = recording(tool, place, migration);
      return tool.historyByMigration === true ? { ...frame, create: [] } : frame;
    }
    return { ...known, create: [], record: [], after: [], undo: ranSql, draft };
  };
  let record = recordHere();
  const settle = (): void => {
    if (known !== null) return;
    place = withTable(place);
    record = recordHere();
  };
  // Every part looks: nobody may have recorded the migration since the plan was shown.
  const frame = (group: Group | null): Recording => {
    const { before, after } = around(group);
    return {
      ...record,
      before: [...record.before, fileUnchanged(migration), ...before],
      after,
    };
  };
  if (early[0]?.alone === true && record.create.length > 0) {
    parts.push({ group: null, write: transaction(frame(null), [], noTableUndo) });
    settle();
  }
  for (const group of early) {
    parts.push({ group, write: earlyWrite(frame(group), group) });
    settle();
  }
  if (known === null || tail !== null) {
    const undo = groups.length === 0 ? record.undo : ranSql;
    const ending = frame(tail);
    const statements = [...(tail?.statements ?? []), ...record.record];
    const after = [...record.after, ...ending.after];
    parts.push({ group: tail, write: transaction({ ...ending, after }, statements, undo) });
  }

  const steps = parts.map(({ group, write }, index): Undigested => {
    const whole = parts.length === 1;
    const part = whole ? '' : ` (${index + 1} of ${parts.length})`;
    const about = whole ? words.text : partText(group, index, parts.length, known === null);
    const text = [about, ...(index === 0 ? lines : [])].filter((line) => line !== '').join('\n');
    return {
      kind: 'write',
      id: `${words.id}:${migration.id}${whole ? '' : `:${index + 1}`}`,
      title: `${words.title}: ${migration.id}${part}`,
      text: withEffects(text, group?.losses ?? [], group?.unseen ?? []),
      risk: group === null || group.losses.length === 0 ? 'ddl' : 'destructive',
      write,
    };
  });
  return { steps, draft: record.draft };
}

/** A step's text with what its SQL destroys, and what of it nobody can look into. */
export function withEffects(
  text: string,
  losses: readonly string[],
  unseen: readonly string[],
): string {
  const lines = text === '' ? [] : [text];
  const names = (list: readonly string[]): string => [...new Set(list)].join(', ');
  if (losses.length > 0) lines.push(`This destroys data: ${names(losses)}.`);
  if (unseen.length > 0) lines.push(`What ${names(unseen)} does cannot be seen from here.`);
  return lines.join('\n');
}

function transaction(
  { lock, before, create, after }: Recording,
  statements: readonly Statement[],
  undo: Undo,
): Write {
  return { type: 'transaction', lock, before, statements: [...create, ...statements], after, undo };
}

const noTableUndo: Undo = {
  type: 'none',
  why: 'it made the history table, which the migrator would make as well; empty, it changes nothing.',
};

export const ranSql: Undo = {
  type: 'none',
  why: "this step ran the migration's own SQL; the playbook roll-back takes that back.",
};

/** What is true of one part of a divided migration; `group` null: the history row alone. */
function partText(group: Group | null, index: number, count: number, records: boolean): string {
  const what =
    group === null
      ? index === 0
        ? 'The history table, before anything of the migration: so that a migrator that starts meanwhile waits.'
        : 'The history row, now that everything is there.'
      : group.alone
        ? `${group.label} cannot be in a transaction, so it runs by itself.`
        : index === count - 1
          ? `The rest of the migration${records ? ' and its history row' : ''}, in one transaction.`
          : 'In one transaction, before what cannot be in the same one.';
  return index === 0 ? what : `${what} The parts before it stay, whatever becomes of this one.`;
}

function earlyWrite(frame: Recording, group: Group): Write {
  const [first] = group.statements;
  if (!group.alone || first === undefined) return transaction(frame, group.statements, ranSql);
  const after = [...(group.evidence === null ? [] : [group.evidence]), ...frame.after];
  return { type: 'statement', before: frame.before, statement: first, after, undo: ranSql };
}
