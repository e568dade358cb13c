import type { Diagnosis } from '../diagnosis.js';
import { UserError } from '../errors.js';
import type { MigrationEvidence, StatementEvidence } from '../evidence/evidence.js';
import { redundantIn, redundantWords } from '../evidence/redundant.js';
import type { Migration } from '../facts.js';
import type { ReplayedStatement } from '../replay.js';
import type { SqlParser } from '../sql.js';
import type { ToolRules } from '../tool.js';
import type { Draft } from './draft.js';
import { doneWords, gapsIn, lacksWords, whyNoEvidence } from './evidence-gate.js';
import type { Drafted, Words } from './history-steps.js';
import { recordedAlready } from './history-steps.js';
import { groupsOf, ownRecordLines } from './migration-groups.js';
import { runGroups } from './migration-steps.js';
import { schemaAround } from './schema-around.js';

/** The numbers from which a half-run migration may have to go on: more than one where it cannot be seen. */
export function placesOf(evidence: MigrationEvidence): readonly number[] {
  const { stoppedAtStatement: stop, ambiguous, statements } = evidence;
  if (stop === null) return [];
  if (ambiguous.length === 0) return [stop];
  const last = statements.findLast(({ number, state }) => number < stop && isThere(state));
  const first = (last?.number ?? 0) + 1;
  return statements.flatMap(({ number }) => (number >= first && number <= stop ? [number] : []));
}

function isThere(state: StatementEvidence['state']): boolean {
  return state === 'done' || state === 'superseded' || state === 'changed';
}

/**
 * What of a half-run migration is not done yet, and its history row where it has none. The same
 * for one of which nothing is there, if an earlier one makes a part of it: it can never run whole.
 * `from`: the operator's word for where to go on, '' for none.
 * @throws UserError when it is not partial, or the place is not known and not given
 */
export function finishPartial(
  request: {
    readonly tool: ToolRules;
    readonly parser: SqlParser;
    readonly diagnosis: Diagnosis;
    readonly draft: Draft;
    readonly words: Words;
  },
  migration: Migration,
  from: string,
): Drafted {
  const { tool, parser, diagnosis, draft, words } = request;
  const evidence = demandPartial(diagnosis, migration.id);
  const redundant = redundantIn(diagnosis.facts, migration.id);
  const numbers = without(numbersToRun(evidence, from), redundant);
  const groups = groupsOf(tool, parser, draft.history, migration, numbers);
  const recorded = recordedAlready(tool, draft, migration) !== null;
  return runGroups({
    tool,
    draft,
    migration,
    groups,
    words,
    lines: [
      ...linesOf(evidence, numbers, redundant, recorded),
      ...ownRecordLines(tool, parser, draft.history, migration),
    ],
    around: schemaAround(diagnosis, migration.id, groups),
  });
}

function demandPartial(diagnosis: Diagnosis, id: string): MigrationEvidence {
  const found = diagnosis.evidence?.migrations.get(id);
  if (found === undefined) {
    throw new UserError(`It is not known what of ${id} is there: ${whyNoEvidence(diagnosis)}.`, [
      'Without evidence nothing is finished: look with psql, run what is lacking there, then mark it applied.',
    ]);
  }
  if (found.schema === 'partial') return found;
  if (found.schema === 'absent' && redundantIn(diagnosis.facts, id).length > 0) return found;
  const gap = gapsIn(diagnosis, [id], 'present')[0] ?? `${id} is there: ${doneWords(found)}`;
  const ways: Partial<Record<MigrationEvidence['schema'], string>> = {
    present: `Record it, if it has no row: pgmedic plan mark-applied ${id}`,
    superseded: `Record it, if it has no row: pgmedic plan mark-applied ${id}`,
    absent: `Nothing of it is there, so run it as a whole: pgmedic plan apply-manually ${id}`,
  };
  throw new UserError(`${id} is not half there: ${gap}.`, [
    ways[found.schema] ?? 'Look at what it makes, and choose by that.',
  ]);
}

function numbersToRun(evidence: MigrationEvidence, from: string): ReadonlySet<number> {
  const { id, statements, stoppedAtStatement: stop, ambiguous, why, schema } = evidence;
  if (schema === 'absent') return new Set(statements.map(({ number }) => number));
  if (stop === null) {
    const holes = statements.filter(({ state }) => state === 'not done');
    if (holes.length > 0) return new Set(holes.map(({ number }) => number));
    throw new UserError(
      `${id} lacks ${lacksWords(evidence)}, and no statement of it makes just that. ${why ?? ''}`.trim(),
      ['Make it by hand as the file says, in psql; then read everything again.'],
    );
  }
  const places = placesOf(evidence);
  const given = from.trim() === '' ? null : Number(from);
  if (given !== null && !places.includes(given)) {
    throw new UserError(
      `--set from=${from}: ${id} can go on from ${places.join(' or ')} only: what is before that is there, and what is behind it is not.`,
    );
  }
  if (given === null && places.length > 1) {
    throw new UserError(`Where ${id} stopped cannot be seen. ${ambiguous.join(' ')}`, [
      `Look whether these statements ran, then say from which to go on: --set from=${stop} (${places.join(', ')})`,
    ]);
  }
  const first = given ?? stop;
  return new Set(statements.flatMap(({ number }) => (number >= first ? [number] : [])));
}

function without(
  numbers: ReadonlySet<number>,
  redundant: readonly ReplayedStatement[],
): ReadonlySet<number> {
  const never = new Set(redundant.map(({ number }) => number));
  return new Set([...numbers].filter((number) => !never.has(number)));
}

function linesOf(
  { statements, lacks, stoppedAtStatement, schema }: MigrationEvidence,
  numbers: ReadonlySet<number>,
  redundant: readonly ReplayedStatement[],
  recorded: boolean,
): readonly string[] {
  const told = (list: readonly StatementEvidence[]): string =>
    list.map(({ number, label }) => `${number} (${label})`).join(', ');
  const left = statements.filter(({ number }) => !numbers.has(number));
  const there = left.filter(({ state }) => isThere(state));
  const never = redundant.map(({ number }) => number);
  const unseen = left.filter(({ state, number }) => !isThere(state) && !never.includes(number));
  const lines = [
    `Run here: statement ${told(statements.filter(({ number }) => numbers.has(number)))}, of ${statements.length}.`,
  ];
  if (there.length > 0) lines.push(`There already, and not run again: statement ${told(there)}.`);
  if (unseen.length > 0) {
    lines.push(
      `Not run: statement ${told(unseen)}. Whether it ran cannot be proven; ${stoppedAtStatement === null ? 'look at its rows before you go on' : 'it stands before what is there'}.`,
    );
  }
  if (redundant.length > 0) {
    lines.push(
      `Left out, since an earlier migration makes it and it fails behind that: ${redundantWords(redundant)}.`,
    );
  }
  if (schema === 'partial' && stoppedAtStatement === null && lacks.length > 0) {
    lines.push(
      `It did not stop at one place: it lacks ${lacks.slice(0, 5).join(', ')}, and what comes later is there.`,
    );
  }
  lines.push(
    recorded ? 'It has its history row already.' : 'The history row goes in with the last of it.',
  );
  return lines;
}
