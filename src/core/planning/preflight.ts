import type { Diagnosis } from '../diagnosis.js';
import { UserError } from '../errors.js';
import { redundantIn, redundantWords } from '../evidence/redundant.js';
import type { FindingCode } from '../finding.js';
import type { Rehearsal, RehearsalFailure, RelationSize } from '../rehearsal.js';
import { sizeWords } from './amount.js';
import { whyNoEvidence } from './evidence-gate.js';

/** What a migration applied by hand gets over: its parts are transactions of their own. */
const dividedHere: readonly FindingCode[] = [
  'will-fail-in-transaction',
  'will-fail-enum-in-transaction',
  // Its own INSERT is left out.
  'records-itself',
];

/**
 * What the rehearsal says of a migration, before it is confirmed: one line each. `rehearsal` is that
 * of the plan's own migrations, in its order; null where it was not made.
 * @throws UserError when it failed there: the way out is said
 */
export function preflight(
  diagnosis: Diagnosis,
  id: string,
  rehearsal: Rehearsal | null,
): readonly string[] {
  const { schema } = diagnosis.facts;
  // Without a look at the schema there was none to rehearse on, and the board says why.
  if (schema.state !== 'read')
    return schema.state === 'failed' ? [`Not rehearsed: ${whyNoEvidence(diagnosis)}.`] : [];
  if (schema.rehearsal?.runs.includes(id) !== true) refuseWhatIsThere(diagnosis, id);
  if (rehearsal?.runs.includes(id) !== true) return ['Not rehearsed.'];
  const { runs, swallowed = [] } = rehearsal;
  const failure = swallowed.find(({ migration }) => migration === id) ?? rehearsal.failure;
  if (failure !== null && failure.migration === id && !dividedHere.includes(failure.code)) {
    throw refused(diagnosis, failure);
  }
  const lines =
    failure?.migration === id
      ? [
          failure.code === 'records-itself'
            ? `The migrator fails behind it: ${failure.message}. Here it is recorded once.`
            : `In one transaction it fails: ${failure.message}. Here it is divided.`,
        ]
      : [];
  if (failure !== null && runs.indexOf(failure.migration) < runs.indexOf(id)) {
    return [`Not rehearsed: the rehearsal stopped before it, at ${failure.migration}.`];
  }
  if (lines.length === 0) {
    const all = rehearsal.unknown.length === 0;
    const how = all ? 'it goes through' : 'nothing failed, but not all of it could be tried';
    lines.push(`Rehearsed on a copy of the schema: ${how}.`);
  }
  return [...lines, ...effectsOf(rehearsal, id)];
}

/** Locks, rewrites and what could not be found out. Sizes in powers of ten: see amount.ts. */
function effectsOf({ statements, unknown }: Rehearsal, id: string): readonly string[] {
  const own = statements.filter(({ migration }) => migration === id);
  const locks = own.flatMap(({ locks: taken, number }) =>
    taken.map(
      (lock) => `Statement ${number} locks ${lock.relation} in ${lock.mode} mode (${size(lock)}).`,
    ),
  );
  const rewrites = own.flatMap(({ rewrites: written, number }) =>
    written.map(
      (one) =>
        `Statement ${number} rewrites ${one.relation} (${size(one)}); it is locked that long.`,
    ),
  );
  const probes = own.flatMap(({ probe, number }) =>
    probe?.result === 'timed out' || probe?.result === 'refused'
      ? [`Statement ${number} rests on ${probe.question}: ${probe.detail}.`]
      : [],
  );
  return [...locks, ...rewrites, ...probes, ...unknown.map((one) => `Not found out: ${one}`)];
}

function size({ rows, bytes }: RelationSize): string {
  return sizeWords(rows, bytes);
}

/** Without a rehearsal to say that it goes through, what is there is not run from its beginning. */
function refuseWhatIsThere({ evidence, matching, facts, nextRun }: Diagnosis, id: string): void {
  const redundant = redundantIn(facts, id);
  // Where the migrator would run it next, the rehearsal says whether it fails.
  if (redundant.length > 0 && !nextRun.runs.includes(id)) {
    throw new UserError(
      `${id} cannot run as a whole, since an earlier migration makes a part of it: ${redundantWords(redundant)}.`,
      [`Run what is lacking: pgmedic plan finish-partial ${id}`],
    );
  }
  const state = evidence?.migrations.get(id)?.schema;
  if (matching.recorded.has(id)) return;
  if (state === 'partial') {
    throw new UserError(
      `${id} is half there already: as a whole it would fail, or do things twice.`,
      [`Run what is lacking: pgmedic plan finish-partial ${id}`],
    );
  }
  if (state === 'present') {
    throw new UserError(`What ${id} makes is there already.`, [
      `Record it: pgmedic plan mark-applied ${id}`,
      'Or record all that is proven to be there: pgmedic plan baseline',
    ]);
  }
}

function refused({ evidence, facts }: Diagnosis, failure: RehearsalFailure): UserError {
  const { migration, line, sqlstate, message, code } = failure;
  const ways: Partial<Record<FindingCode, readonly string[]>> = {
    'will-fail-not-null': [`Fill the rows first: pgmedic plan backfill-not-null ${migration}`],
    'will-fail-exists':
      evidence?.migrations.get(migration)?.schema === 'partial' ||
      redundantIn(facts, migration).length > 0
        ? [`Run what is lacking: pgmedic plan finish-partial ${migration}`]
        : [
            'Look at what is in the way: if the migration made it, pgmedic plan baseline; if not, rename or drop it.',
          ],
    'will-fail-duplicates': [
      'Put the rows right that are there more than once, then make the plan again.',
    ],
    'will-fail-orphans': ['Put the rows right that refer to nothing, then make the plan again.'],
    'will-fail-cast': [
      'Put the values right that do not fit the new type, then make the plan again.',
    ],
    'will-fail-absent': ['See which migration makes what is missing: pgmedic diagnose'],
  };
  return new UserError(
    `${migration} would fail at line ${line}: ${message} (${sqlstate}). ${failure.evidence.slice(0, 3).join('. ')}`.trim(),
    ways[code] ?? ['Correct the file, then make the plan again; nothing was run.'],
  );
}
