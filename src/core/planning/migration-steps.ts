import type { Undigested } from '../digest.js';
import type { Migration } from '../facts.js';
import type { Check, Statement, Undo, Write } from '../plan.js';
import type { SqlParser } from '../sql.js';
import type { ToolRules } from '../tool.js';
import type { Draft } from './draft.js';
import { withRow, withTable } from './draft.js';
import { fileUnchanged, newRow, recording } from './history-steps.js';
import type { Group } from './migration-groups.js';
import { groupsOf } from './migration-groups.js';

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
  words: { readonly id: string; readonly title: string; readonly text: string },
): { readonly steps: readonly Undigested[]; readonly draft: Draft } {
  const row = newRow(tool, draft, migration);
  const groups = groupsOf(tool, parser, migration);
  const last = groups.at(-1);
  const tail = last?.alone === false ? last : null;
  const early = tail === null ? groups : groups.slice(0, -1);
  const parts: { readonly group: Group | null; readonly write: Write }[] = [];

  // Without a history table the first part makes it, before anything of the migration: so a
  // migrator that starts meanwhile waits for it.
  let place = draft;
  let record = recording(tool, place, row);
  const settle = (): void => {
    place = withTable(place);
    record = recording(tool, place, row);
  };
  // Every part looks: nobody may have recorded the migration since the plan was shown.
  const around = (): Around => ({
    lock: record.lock,
    before: [...record.before, fileUnchanged(migration)],
    create: record.create,
  });
  if (early[0]?.alone === true && record.create.length > 0) {
    parts.push({ group: null, write: transaction(around(), [], [], noTableUndo) });
    settle();
  }
  for (const group of early) {
    parts.push({ group, write: earlyWrite(around(), group) });
    settle();
  }
  const undo = groups.length === 0 ? record.undo : ranSql;
  const statements = [...(tail?.statements ?? []), record.insert];
  parts.push({ group: tail, write: transaction(around(), statements, record.after, undo) });

  const steps = parts.map(({ group, write }, index): Undigested => {
    const whole = parts.length === 1;
    const part = whole ? '' : ` (${index + 1} of ${parts.length})`;
    const text = whole ? words.text : partText(group, index, parts.length);
    return {
      kind: 'write',
      id: `${words.id}:${migration.id}${whole ? '' : `:${index + 1}`}`,
      title: `${words.title}: ${migration.id}${part}`,
      text: withEffects(text, group?.losses ?? [], group?.unseen ?? []),
      risk: group === null || group.losses.length === 0 ? 'ddl' : 'destructive',
      write,
    };
  });
  return { steps, draft: withRow(draft, row) };
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

interface Around {
  readonly lock: string | null;
  readonly before: readonly Check[];
  /** What makes the history table; empty when it is there. */
  readonly create: readonly Statement[];
}

function transaction(
  { lock, before, create }: Around,
  statements: readonly Statement[],
  after: readonly Check[],
  undo: Undo,
): Write {
  return { type: 'transaction', lock, before, statements: [...create, ...statements], after, undo };
}

const noTableUndo: Undo = {
  type: 'none',
  why: 'it made the history table, which the migrator would make as well; empty, it changes nothing.',
};

const ranSql: Undo = {
  type: 'none',
  why: "this step ran the migration's own SQL; taking that back is a roll-back, which this version does not do. The proven backup is from before it.",
};

/** What is true of one part of a divided migration; `group` null: the history row alone. */
function partText(group: Group | null, index: number, count: number): string {
  const what =
    group === null
      ? index === 0
        ? 'The history table, before anything of the migration: so that a migrator that starts meanwhile waits.'
        : 'The history row, now that everything is there.'
      : group.alone
        ? `${group.label} cannot be in a transaction, so it runs by itself.`
        : index === count - 1
          ? 'The rest of the migration and its history row, in one transaction.'
          : 'In one transaction, before what cannot be in the same one.';
  return index === 0 ? what : `${what} The parts before it stay, whatever becomes of this one.`;
}

function earlyWrite(around: Around, group: Group): Write {
  const [first] = group.statements;
  if (!group.alone || first === undefined) {
    return transaction(around, group.statements, [], ranSql);
  }
  const after = group.evidence === null ? [] : [group.evidence];
  return { type: 'statement', before: around.before, statement: first, after, undo: ranSql };
}
