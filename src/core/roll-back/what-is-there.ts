import type { Diagnosis } from '../diagnosis.js';
import { UserError } from '../errors.js';
import type { MigrationEvidence, StatementEvidence } from '../evidence/evidence.js';
import { redundantIn } from '../evidence/redundant.js';
import { doneWords, whyNoEvidence } from '../planning/evidence-gate.js';
import { placesOf } from '../planning/finish-partial.js';
import type { RolledBack } from './roll-back.js';

/**
 * Which statements of the chosen migrations are in the database, the newest migration first.
 * `from`: the operator's word for the first statement that was not run, where it cannot be seen; '' for none.
 * `remove`: they go out of the project as well, so that one of which nothing is there is one that is left of
 * an earlier try; it has no statements then.
 * @throws UserError where that is not known, or nothing is there
 */
export function whatIsThere(
  diagnosis: Diagnosis,
  chosen: readonly string[],
  { from, remove }: { readonly from: string; readonly remove: boolean },
): readonly RolledBack[] {
  if (from !== '' && chosen.length > 1) {
    throw new UserError('--set from=... is for one migration: make a plan for each.');
  }
  return chosen.map((id) => ofOne(diagnosis, id, from, remove)).toReversed();
}

function ofOne(diagnosis: Diagnosis, id: string, from: string, remove: boolean): RolledBack {
  const found = diagnosis.evidence?.migrations.get(id);
  if (found === undefined) {
    throw new UserError(`It is not known what of ${id} is there: ${whyNoEvidence(diagnosis)}.`, [
      'Without evidence nothing is rolled back: look with psql, or restore a backup beside the live database: pgmedic plan restore-backup',
    ]);
  }
  const recorded = diagnosis.matching.recorded.has(id);
  if (remove && !recorded && found.schema === 'absent') {
    return { id, statements: [], of: found.statements.length };
  }
  const never = redundantIn(diagnosis.facts, id).map(({ number }) => number);
  const numbers = numbersOf(found, recorded, from);
  const statements = numbers.filter((number) => !never.includes(number));
  return { id, statements, of: found.statements.length };
}

function numbersOf(found: MigrationEvidence, recorded: boolean, from: string): readonly number[] {
  const { id, schema, statements, ambiguous } = found;
  switch (schema) {
    case 'present':
    case 'superseded':
      return statements.map(({ number }) => number);
    case 'partial':
      return upToStop(found, from);
    case 'absent':
      throw new UserError(`Nothing of ${id} is in the database.`, [
        recorded
          ? `Only its history row is there: pgmedic plan mark-unapplied ${id}`
          : 'There is nothing to take back. To take its files out of the project: --set project=remove',
      ]);
    case 'unprovable':
      throw new UserError(
        `${id} leaves nothing in the schema that would show whether it ran${ambiguous.length > 0 ? `: ${ambiguous.join(' ')}` : ''}; rows that it changed are in no catalog.`,
        [
          `If it is to run again, take its history row away: pgmedic plan mark-unapplied ${id}`,
          'To have the rows back as they were: pgmedic plan restore-backup',
        ],
      );
    case 'unknown':
      throw new UserError(
        `It is not known what ${id} did: ${found.why ?? 'it could not be replayed'}.`,
        [
          'Write its opposite by hand as NAME.down.sql beside it, or restore a backup: pgmedic plan restore-backup',
        ],
      );
  }
}

function upToStop(found: MigrationEvidence, from: string): readonly number[] {
  const { id, statements, stoppedAtStatement: stop, ambiguous } = found;
  if (stop === null) return holed(found);
  const places = placesOf(found);
  const given = from.trim() === '' ? null : Number(from);
  if (given !== null && !places.includes(given)) {
    throw new UserError(
      `--set from=${from}: ${id} can have stopped at ${places.join(' or ')} only: what is before that is there, and what is behind it is not.`,
    );
  }
  if (given === null && places.length > 1) {
    throw new UserError(`Where ${id} stopped cannot be seen. ${ambiguous.join(' ')}`, [
      `Look whether these statements ran, then say which is the first that did not: --set from=${stop} (${places.join(', ')})`,
    ]);
  }
  const first = given ?? stop;
  return statements.flatMap(({ number }) => (number < first ? [number] : []));
}

/** It did not stop at one place: what is seen to be there goes, if nothing unseen is among it. */
function holed({ id, statements, ...found }: MigrationEvidence): readonly number[] {
  const unseen = statements.filter(({ state }) => state === 'unprovable' || state === 'either');
  if (unseen.length > 0) {
    const names = unseen.map(({ number, label }) => `statement ${number} (${label})`).join(', ');
    throw new UserError(
      `${id} did not stop at one place (${doneWords({ id, statements, ...found })}), and whether ${names} ran cannot be seen.`,
      ['Finish it first, then roll it back: pgmedic plan finish-partial'],
    );
  }
  return statements.filter(isThere).map(({ number }) => number);
}

function isThere({ state }: StatementEvidence): boolean {
  return state === 'done' || state === 'superseded' || state === 'changed';
}
