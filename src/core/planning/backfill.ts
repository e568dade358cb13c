import type { Undigested } from '../digest.js';
import { UserError } from '../errors.js';
import type { Migration } from '../facts.js';
import type { Check, Statement, Undo } from '../plan.js';
import type { ForeignKey } from '../sql.js';
import { amountOf } from './amount.js';
import * as ask from './backfill-checks.js';
import type { FillTarget, Taken } from './backfill-targets.js';
import type { NoValue } from './backfill-place.js';
import { placeOf, withAction } from './backfill-place.js';
import { isThere, nameOf, takenApart } from './backfill-targets.js';
import type { StepRequest } from './draft-step.js';
import { withTable } from './draft.js';
import type { Drafted, Words } from './history-steps.js';
import { newRow, recording } from './history-moves.js';
import { fileUnchanged } from './history-steps.js';
import type { Group } from './migration-groups.js';
import { groupsOf } from './migration-groups.js';
import { ranSql, runGroups, withEffects } from './migration-steps.js';
import { asExpected } from './object-check.js';

/**
 * A migration that demands a value of rows which are there: its statements up to that place
 * without NOT NULL, the rows filled in batches by the operator's rule, and then, when no NULL is
 * left, NOT NULL with the rest of the migration and its history row in one transaction.
 * @throws UserError when it cannot be taken apart like that
 */
export function backfill(
  request: StepRequest,
  words: Words,
): Drafted & { readonly warnings: readonly string[] } {
  const { tool, parser, diagnosis, answers } = request;
  const [migration, second] = request.chosen;
  if (migration === undefined || second !== undefined) {
    throw new UserError('A backfill is for one migration at a time: name one.');
  }
  // Refused first for what cannot be recorded.
  newRow(tool, request.draft, migration);
  const taken = takenApart(tool, parser, diagnosis, migration, answers['rule'] ?? '');
  const noValue = noValueOf(answers['no-value']);
  const batch = batchOf(answers['batch']);
  const { statements, warnings } = withAction(request, taken, answers['on-delete'], noValue);
  const cutAt = placeOf(request, migration, { ...taken, statements }, noValue);

  let { draft } = request;
  const steps: Undigested[] = [];
  const put = (kind: string, nth: number, title: string, step: PartOf<Undigested>): void => {
    const suffix = taken.targets.length > 1 && nth >= 0 ? `:${nth + 1}` : '';
    const id = `${words.id}-${kind}:${migration.id}${suffix}`;
    steps.push({ ...step, id, title: `${title}: ${migration.id}` });
  };
  const around = (): {
    lock: string | null;
    before: readonly Check[];
    create: readonly Statement[];
  } => {
    const { lock, before, create } = recording(tool, draft, migration);
    return { lock, before: [...before, fileUnchanged(migration)], create };
  };
  const keys = statements.flatMap(({ demands }) =>
    demands.foreignKeys.map((key) => ({ key, table: nameOf(demands.relation) })),
  );
  const keysFor = (target: FillTarget): readonly ForeignKey[] =>
    ask.keysOf(
      target,
      keys.flatMap(({ key, table }) => (table === target.tableName ? [key] : [])),
    );

  for (const [nth, target] of taken.targets.entries()) {
    const exists = existsNow(request, statements, target);
    const checks = [
      ...(noValue === 'stop' ? [ask.ruleGivesValues(target, exists)] : []),
      ...keysFor(target).map((key) => ask.ruleGivesRows(target, key, exists)),
    ];
    checks.forEach((check, index) =>
      put(index === 0 ? 'rule' : 'refers', nth, 'Look whether the rule fits', {
        kind: 'check',
        text: `Nothing has been written yet. The rule for ${target.tableName}.${target.column}: ${target.rule}`,
        risk: 'none',
        check,
      }),
    );
  }

  if (cutAt.first.size > 0) {
    const frame = around();
    const first = statements.filter(({ number }) => cutAt.first.has(number));
    const added = taken.targets.filter(({ how }) => how === 'added');
    const made = asExpected(
      added.map((one) => ({ key: one.columnKey, is: 'there', parts: { nullable: 'true' } })),
    );
    const missing = asExpected(added.map((one) => ({ key: one.columnKey, is: 'missing' })));
    put('add', -1, added.length > 0 ? 'Add without NOT NULL' : 'What comes before', {
      kind: 'write',
      text: withEffects(
        `Statement ${first.map(({ number }) => number).join(', ')} of the migration${added.length > 0 ? `, without NOT NULL on ${added.map(({ column }) => column).join(', ')}` : ''}.`,
        first.flatMap(({ destroys }) => destroys ?? []),
        first.flatMap(({ unseen }) => unseen ?? []),
      ),
      risk: first.some(({ destroys }) => destroys !== null) ? 'destructive' : 'ddl',
      write: {
        type: 'transaction',
        lock: frame.lock,
        before: [...frame.before, ...(missing === null ? [] : [missing])],
        statements: [
          ...frame.create,
          ...first.map(({ at, demands }) => ({ ...at, sql: demands.nullable })),
        ],
        after: made === null ? [] : [made],
        undo: undoOfAdding(first.length, added, frame),
      },
    });
    draft = withTable(draft);
  }

  for (const [nth, target] of taken.targets.entries()) {
    const frame = around();
    const there = asExpected([{ key: target.columnKey, is: 'there', parts: {} }]);
    put('fill', nth, `Fill ${target.tableName}.${target.column}`, {
      kind: 'write',
      text: [
        `Rows with NULL get ${target.rule}, ${batch} at a time. Stopped half way, it goes on where it was.`,
        `${target.tableName} has ${amountOf(request.facts, target.tableName)}. Its triggers run for each row.`,
      ].join('\n'),
      risk: 'ddl',
      write: {
        type: 'batches',
        lock: frame.lock,
        before: frame.before,
        statement: ask.fillStatement(target, batch),
        count: ask.countOpen(target),
        after: [ask.nothingLeft(target, true)],
        undo: filled(target),
      },
    });
    if (noValue !== 'delete') continue;
    put('delete', nth, `Delete what the rule cannot fill`, {
      kind: 'write',
      text: `Deletes every row of ${target.tableName} that still has NULL in ${target.column}, and what goes with it by ON DELETE CASCADE.`,
      risk: 'destructive',
      write: {
        type: 'transaction',
        lock: frame.lock,
        before: [...frame.before, ...(there === null ? [] : [there])],
        statements: [ask.deleteStatement(target)],
        after: [ask.nothingLeft(target, false)],
        undo: { type: 'none', why: 'the deleted rows are in the proven backup only.' },
      },
    });
  }

  const nulls =
    noValue === 'nullable' ? [] : taken.targets.map((one) => ask.nothingLeft(one, false));
  const orphans = taken.targets.flatMap((one) =>
    keysFor(one).map((key) => ask.noOrphans(one, key)),
  );
  const strict = taken.targets.filter(({ how }) => how === 'added' && noValue !== 'nullable');
  const rest = restOf(request, migration, cutAt.rest, statements, strict.map(ask.setNotNull));
  const ending = runGroups({
    tool,
    draft,
    migration,
    groups: rest,
    words,
    lines: noValue === 'nullable' ? [] : ['NOT NULL looks at every row while the table is locked.'],
    around: (group) => ({ before: group === rest[0] ? [...nulls, ...orphans] : [], after: [] }),
  });
  return { steps: [...steps, ...ending.steps], draft: ending.draft, warnings };
}

/** Whether the column is there before anything of the plan has run. */
function existsNow(
  { diagnosis }: StepRequest,
  statements: Taken['statements'],
  target: FillTarget,
): boolean {
  const known = isThere(diagnosis, target);
  if (known !== null) return known;
  return !statements.some(
    ({ demands }) =>
      nameOf(demands.relation) === target.tableName && demands.adds.includes(target.column),
  );
}

type PartOf<T> = T extends Undigested ? Omit<T, 'id' | 'title'> : never;

function noValueOf(answer: string | undefined): NoValue {
  return answer === 'nullable' || answer === 'delete' ? answer : 'stop';
}

function batchOf(answer = '1000'): number {
  const rows = Number(answer);
  if (Number.isSafeInteger(rows) && rows > 0 && rows <= 1_000_000) return rows;
  throw new UserError(`--set batch=${answer}: a number of rows, from 1 to 1000000.`);
}

/** NOT NULL first, then what is left of the migration, divided where PostgreSQL wants it. */
function restOf(
  { tool, parser, draft }: StepRequest,
  migration: Migration,
  numbers: ReadonlySet<number>,
  statements: Taken['statements'],
  notNull: readonly Statement[],
): readonly Group[] {
  const groups =
    numbers.size === 0 ? [] : groupsOf(tool, parser, draft.history, migration, numbers);
  const changed = groups.map((group) => ({
    ...group,
    statements: group.statements.map((statement, index) => {
      const ours = statements.find(({ number }) => number === group.numbers[index]);
      return ours === undefined ? statement : { ...statement, sql: ours.at.sql };
    }),
  }));
  const [head, ...others] = changed;
  if (notNull.length === 0) return changed;
  if (head !== undefined && !head.alone) {
    return [{ ...head, statements: [...notNull, ...head.statements] }, ...others];
  }
  const first: Group = {
    alone: false,
    label: 'ALTER TABLE',
    statements: notNull,
    numbers: [],
    evidence: null,
    losses: [],
    unseen: [],
  };
  return [first, ...changed];
}

function undoOfAdding(
  count: number,
  added: readonly FillTarget[],
  {
    lock,
    before,
    create,
  }: { lock: string | null; before: readonly Check[]; create: readonly Statement[] },
): Undo {
  if (count !== added.length || create.length > 0) return ranSql;
  const there = asExpected(added.map((one) => ({ key: one.columnKey, is: 'there', parts: {} })));
  return {
    type: 'sql',
    lock,
    before: [...before, ...(there === null ? [] : [there]), ...added.map(ask.stillEmpty)],
    statements: added.map(ask.dropColumn),
  };
}

function filled({ how, table, column }: FillTarget): Undo {
  return {
    type: 'none',
    why:
      how === 'added'
        ? `which rows had no value is not kept. The column was added by this plan: ALTER TABLE ${table} DROP COLUMN "${column}" takes it away, with what was written to it since.`
        : 'which rows had no value is not kept; the proven backup is from before it.',
  };
}
