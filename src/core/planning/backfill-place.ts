import { UserError } from '../errors.js';
import type { Migration } from '../facts.js';
import type { ForeignKey, OnDelete } from '../sql.js';
import { keysOf } from './backfill-checks.js';
import type { Taken } from './backfill-targets.js';
import { isThere, nameOf } from './backfill-targets.js';
import type { StepRequest } from './draft-step.js';

/** What becomes of rows for which the rule gives no value. */
export type NoValue = 'stop' | 'nullable' | 'delete';

/** The statements with the ON DELETE that was chosen, and what it means. */
export function withAction(
  { parser }: StepRequest,
  { statements, targets }: Taken,
  choice = 'as-in-file',
  noValue: NoValue,
): { readonly statements: Taken['statements']; readonly warnings: readonly string[] } {
  const action = choice === 'as-in-file' ? null : (choice.replace('-', ' ') as OnDelete);
  const warnings: string[] = [];
  const isOurs = (table: string | null, key: ForeignKey): boolean =>
    targets.some((one) => one.tableName === table && keysOf(one, [key]).length > 0);
  const changed = statements.map((one) => {
    const key = one.demands.foreignKeys.find((each) => isOurs(nameOf(one.demands.relation), each));
    if (key === undefined) return one;
    const asked = action ?? key.onDelete;
    const to = nameOf(key.target) ?? '';
    if (asked.startsWith('set') && noValue !== 'nullable') {
      const words = `ON DELETE ${asked.toUpperCase()} cannot work on a NOT NULL column: deleting a row of ${to} that is referred to would fail.`;
      if (action !== null) throw new UserError(words, ['Choose restrict, cascade or no-action.']);
      warnings.push(words);
    }
    if (asked === 'restrict' || asked === 'no action') {
      warnings.push(
        `ON DELETE ${asked.toUpperCase()}: a row of ${to} that is referred to cannot be deleted.`,
      );
    }
    if (action === null || action === key.onDelete) return one;
    const text = parser.withOnDelete(one.text, action);
    if (text === null) {
      throw new UserError(`Statement ${one.number} says no ON DELETE, so there is none to change.`);
    }
    warnings.push(
      `The file says ON DELETE ${key.onDelete.toUpperCase()}, the database will have ${action.toUpperCase()}: write a migration that says so too.`,
    );
    const { nullable } = parser.demands(text);
    return { ...one, text, at: { ...one.at, sql: text }, demands: { ...one.demands, nullable } };
  });
  if (noValue === 'nullable') {
    const columns = targets.map(({ tableName, column }) => `${tableName}.${column}`).join(', ');
    warnings.push(
      `${columns} will take NULL, though the file and the application's schema say NOT NULL: write a migration that says so, or sets NOT NULL once every row has a value.`,
    );
  }
  return { statements: changed, warnings };
}

interface Place {
  /** What runs before the filling; empty where that is there already. */
  readonly first: ReadonlySet<number>;
  readonly rest: ReadonlySet<number>;
  /** The columns are there. */
  readonly done: boolean;
}

/** Where the migration is divided: behind the last column it adds, else before the first SET NOT NULL. */
export function placeOf(
  { diagnosis }: StepRequest,
  { id }: Migration,
  { statements, targets }: Taken,
  noValue: NoValue,
): Place {
  const added = targets.filter(({ how }) => how === 'added');
  const last = Math.max(...added.map(({ statement }) => statement), 0);
  const end = last > 0 ? last : Math.min(...targets.map(({ statement }) => statement)) - 1;
  const sets = statements.filter(({ demands }) =>
    demands.columns.some(
      ({ name, how }) => how === 'set' && targets.some(({ column }) => column === name),
    ),
  );
  for (const { demands, number } of sets) {
    if (demands.columns.length > 1 && (noValue === 'nullable' || number <= end)) {
      throw new UserError(`Statement ${number} of ${id} does several things at once.`, [
        'Divide it into a statement for each column, then make the plan again.',
      ]);
    }
  }
  const isSet = (number: number): boolean => sets.some((one) => one.number === number);
  const first = statements.filter(({ number }) => number <= end && !isSet(number));
  const rest = statements.filter(
    ({ number }) => (number > end || isSet(number)) && !(noValue === 'nullable' && isSet(number)),
  );
  const there = added.map((target) => isThere(diagnosis, target));
  const states = diagnosis.evidence?.migrations.get(id)?.statements ?? [];
  const isDone = (number: number): boolean =>
    ['done', 'superseded'].includes(states[number - 1]?.state ?? '');
  const behind = rest.find(({ number }) => isDone(number));
  if (behind !== undefined || (there.includes(true) && there.includes(false))) {
    throw new UserError(
      `${id} is half there: ${behind === undefined ? 'some of its columns are' : `statement ${behind.number} is`}, and what comes before is not filled.`,
      [`Look at it first: pgmedic plan finish-partial ${id}`],
    );
  }
  const done =
    added.length > 0
      ? there.every((one) => one === true)
      : first.some(({ number }) => isDone(number));
  const numbers = (list: typeof first): ReadonlySet<number> =>
    new Set(list.map(({ number }) => number));
  return { first: done ? new Set() : numbers(first), rest: numbers(rest), done };
}
