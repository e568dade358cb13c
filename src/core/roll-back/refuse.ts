import { UserError } from '../errors.js';
import type { RollBackFacts } from './roll-back.js';

/**
 * A roll back is offered only where the sandbox has shown that it leaves every definition as it was.
 * @throws UserError saying what stands against it, with the other ways
 */
export function refuseUntried(facts: RollBackFacts): void {
  const { refused, tried, losses, upon } = facts.chosen;
  const inTheWay = losses.filter(({ type, counted }) => type === 'stops' && counted !== 0);
  const against =
    refused.length > 0
      ? refused.map(({ why }) => why)
      : tried.failure !== null
        ? [`tried on a copy of the live schema, it fails: ${tried.failure}`]
        : tried.differences.length > 0
          ? [
              `tried on a copy of the live schema, it leaves something otherwise than it was: ${few(tried.differences.map(({ words }) => words)).join('; ')}`,
            ]
          : inTheWay.map(({ what, counted }) => `there are ${counted ?? 'perhaps'} ${what}`);
  if (against.length === 0) return;
  const ids = facts.migrations.map(({ id }) => id);
  throw new UserError(
    `${ids.join(', ')} cannot be rolled back ${facts.chosen.name === 'down' ? 'by its down file' : 'by what is computed'}: ${few(against).join('; ')}.`,
    [
      ...(upon.length === 0
        ? []
        : [
            `${upon.join(', ')} ${upon.length === 1 ? 'builds' : 'build'} upon it. Take them back together: pgmedic plan roll-back ${[...ids.toReversed(), ...upon].join(' ')}`,
          ]),
      ...facts.ways
        .filter(({ name, why }) => name !== facts.chosen.name && why === null)
        .map(({ title, lines }) => `${title}. ${lines.join(' ')}`.trim()),
    ],
  );
}

function few(list: readonly string[]): readonly string[] {
  return list.length > 4 ? [...list.slice(0, 3), `and ${list.length - 3} more`] : list;
}
