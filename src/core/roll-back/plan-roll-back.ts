import type { Undigested } from '../digest.js';
import type { StepRequest } from '../planning/draft-step.js';
import { seenOf } from '../planning/evidence-gate.js';
import type { Drafted, Words } from '../planning/history-steps.js';
import { journalUnchanged, takingOut, undisturbed } from '../planning/history-moves.js';
import { fileUnchanged } from '../planning/history-steps.js';
import { asExpected, seenNow, steadyParts } from '../planning/object-check.js';
import { sizeWords } from '../planning/amount.js';
import type { Check, ExpectedObject, Statement } from '../plan.js';
import { quoteTable } from '../tool.js';
import { copiesOf } from './copies.js';
import { takeOut } from './take-out.js';
import { refuseUntried } from './refuse.js';
import type { RollBackFacts } from './roll-back.js';

/**
 * The chosen migrations taken back, and their history rows with them, in one transaction: what goes is
 * copied out first in the same one, so that no row is written in between.
 * @throws UserError where it cannot be done whole: nothing is ever half taken back
 */
export function rollBack(request: StepRequest, words: Words): Drafted {
  const { draft, chosen, answers, tool } = request;
  const facts = demandFacts(request);
  refuseUntried(facts);
  const { table } = draft.history;
  let back = draft;
  const moves = chosen.toReversed().map((migration) => {
    const move = takingOut(tool, back, migration, draft);
    back = move.draft;
    return move;
  });
  const history = moves.flatMap(({ statements }) => statements);
  const { chosen: way } = facts;
  const copies = answers['copy'] === 'no' ? [] : copiesOf(way.losses);
  const here =
    table === null ? [] : [...undisturbed(tool, draft), ...moves.flatMap(({ before }) => before)];
  const step: Undigested = {
    kind: 'write',
    ...words,
    title: `${words.title}: ${facts.migrations.map(({ id }) => id).join(', ')}`,
    text: [words.text, ...linesOf(facts, copies.length > 0)]
      .filter((line) => line !== '')
      .join('\n'),
    risk: destroys(request, facts) ? 'destructive' : 'ddl',
    write: {
      type: 'transaction',
      lock: table === null ? null : quoteTable(table),
      before: [
        ...here,
        ...journalUnchanged(draft),
        ...chosen.map(fileUnchanged),
        ...asSeen(request, way.target),
      ],
      statements: [
        ...copies,
        ...way.statements.map(({ sql: text, source }): Statement => ({ sql: text, source })),
        ...history,
      ],
      after: [...asMade(way.target), ...moves.flatMap(({ after }) => after)],
      undo: {
        type: 'none',
        why: `it is taken back by applying it again: pgmedic plan apply-manually ${chosen.map(({ id }) => id).join(' ')}`,
      },
    },
  };
  // Nothing of them is there any more: only their files are left.
  const steps = way.statements.length === 0 && history.length === 0 ? [] : [step];
  if (answers['project'] !== 'remove') return { steps, draft: back };
  const without = takeOut(request, back, facts.snapshots, words);
  return { steps: [...steps, ...without.steps], draft: without.draft };
}

/** By what is known to go, and by the form of each statement: a down file may do anything. */
function destroys({ parser }: StepRequest, { chosen }: RollBackFacts): boolean {
  if (chosen.losses.some(({ type }) => type === 'goes')) return true;
  return chosen.statements.some(({ sql }) => {
    const split = parser.split(sql);
    return (
      !split.ok || split.statements.some((one) => one.destroys !== null || one.unseen !== null)
    );
  });
}

/** For Plan.seen: how much goes, as it was counted when the plan was made, and the other ways with what they cost. */
export function seenOfRollBack({ chosen, ways }: RollBackFacts): readonly string[] {
  const going = chosen.losses.filter(({ type }) => type === 'goes');
  return [
    ...going.map(({ what, counted, why }) =>
      counted === null
        ? `Goes for good: ${what}; how much could not be counted (${why ?? 'for an unknown reason'})`
        : `Goes for good, as counted now: ${counted} in ${what}`,
    ),
    ...ways
      .filter(({ name }) => name !== chosen.name)
      .map(({ title, lines, why }) =>
        why === null ? `Or: ${title}. ${lines.join(' ')}` : `Not here: ${title} (${why})`,
      ),
  ];
}

function demandFacts({ rollBack: facts }: StepRequest): RollBackFacts {
  if (facts == null) throw new Error('a roll back is planned without its facts');
  return facts;
}

function asSeen({ diagnosis }: StepRequest, target: readonly ExpectedObject[]): readonly Check[] {
  const seen = seenOf(diagnosis);
  const check =
    seen === null
      ? null
      : asExpected(
          seenNow(
            target.map(({ key }) => key),
            seen,
          ),
        );
  return check === null ? [] : [check];
}

/** What every server prints alike: the whole definitions were compared in the sandbox. */
function asMade(target: readonly ExpectedObject[]): readonly Check[] {
  const steady = target.map((one): ExpectedObject =>
    one.is === 'missing' ? one : steadyParts(one),
  );
  const check = asExpected(steady.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
  return check === null ? [] : [check];
}

function linesOf({ migrations, chosen }: RollBackFacts, copied: boolean): readonly string[] {
  const { losses, remarks, tried } = chosen;
  const going = losses.filter(({ type }) => type === 'goes');
  return [
    ...migrations.map(({ id, statements, of }) =>
      statements.length === of
        ? `${id}: all ${of} statements are there, and are taken back.`
        : `${id}: of its ${of} statements ${statements.join(', ')} ${statements.length === 1 ? 'is' : 'are'} there, and taken back.`,
    ),
    ...going.map(
      ({ what, rows }) =>
        `Goes for good: ${what}${copied && rows !== null ? ', copied out first' : ''}.`,
    ),
    ...remarks,
    'Tried on a copy of the live schema: it goes through, and leaves every definition as it was before.',
    ...tried.locks.map(
      ({ relation, mode, rows, bytes }) =>
        `Locks ${relation} in ${mode} mode (${sizeWords(rows, bytes)}).`,
    ),
    ...tried.rewrites.map(
      ({ relation, rows, bytes }) =>
        `Rewrites ${relation} (${sizeWords(rows, bytes)}); it is locked that long.`,
    ),
    ...tried.unknown.map((one) => `Not found out: ${one}`),
  ];
}
