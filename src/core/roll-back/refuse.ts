import { UserError } from '../errors.js';
import { dependentWords } from './dependents.js';
import type { ChosenWay, RollBackFacts } from './roll-back.js';

/**
 * A roll back is offered only where the sandbox has shown that it leaves every definition as it was.
 * @throws UserError saying what stands against it, with the other ways
 */
export function refuseUntried(facts: RollBackFacts): void {
  const { chosen } = facts;
  const against = whatIsAgainst(chosen);
  if (against.length === 0) return;
  const ids = facts.migrations.map(({ id }) => id);
  throw new UserError(
    `${ids.join(', ')} cannot be rolled back ${chosen.name === 'down' ? 'by its down file' : 'by what is computed'}: ${against.join('; ')}.`,
    [
      ...firstOut(chosen, ids),
      ...facts.ways
        .filter(({ name, why }) => name !== chosen.name && why === null)
        .map(({ title, lines }) => `${title}. ${lines.join(' ')}`.trim()),
    ],
  );
}

/** Of what stands upon it every one is named, of the rest the first few. */
function whatIsAgainst({ refused, tried, losses, dependents }: ChosenWay): readonly string[] {
  const standing = dependents.map(dependentWords);
  if (refused.length > 0) {
    const others = refused.flatMap(({ why, standing: one }) => (one === undefined ? [why] : []));
    return [...standing, ...few(others)];
  }
  const onCopy = 'tried on a copy of the live schema, it';
  if (tried.failure !== null) {
    return standing.length > 0 ? standing : [`${onCopy} fails: ${tried.failure}`];
  }
  if (tried.differences.length > 0) {
    const others = few(tried.differences.map(({ words }) => words)).join('; ');
    return [...standing, `${onCopy} leaves something otherwise than it was: ${others}`];
  }
  if (standing.length > 0) return standing;
  const inTheWay = losses.filter(({ type, counted }) => type === 'stops' && counted !== 0);
  return few(inTheWay.map(({ what, counted }) => `there are ${counted ?? 'perhaps'} ${what}`));
}

/** What would have to go first. */
function firstOut({ upon, dependents }: ChosenWay, ids: readonly string[]): readonly string[] {
  const byHand = dependents.flatMap(({ what, by }) => (by.length === 0 ? [what] : []));
  const one = byHand.length === 1;
  return [
    ...(upon.length === 0
      ? []
      : [
          `${upon.join(', ')} ${upon.length === 1 ? 'builds' : 'build'} upon it. Take them back together: pgmedic plan roll-back ${[...ids.toReversed(), ...upon].join(' ')}`,
        ]),
    ...(byHand.length === 0
      ? []
      : [
          `${byHand.join(', ')} ${one ? 'is' : 'are'} of no migration, and nothing is dropped along unasked: keep the definition, drop ${one ? 'it' : 'them'}, and make the plan again.`,
        ]),
  ];
}

function few(list: readonly string[]): readonly string[] {
  return list.length > 4 ? [...list.slice(0, 3), `and ${list.length - 3} more`] : list;
}
