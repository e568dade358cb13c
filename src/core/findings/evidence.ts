import type { Evidence, MigrationEvidence } from '../evidence/evidence.js';
import type { Finding } from '../finding.js';
import { at, count, few, finding, type Rule, type RuleInput } from './input.js';

/** A rule about what the live schema says of the migrations. */
function withEvidence(rule: (evidence: Evidence, input: RuleInput) => readonly Finding[]): Rule {
  return (input) => (input.evidence === null ? [] : rule(input.evidence, input));
}

const isRecorded = ({ matching }: RuleInput, id: string): boolean =>
  (matching.recorded.get(id)?.length ?? 0) > 0;

/** In the order of the board. */
function ordered({ migrations }: Evidence, { facts }: RuleInput): MigrationEvidence[] {
  return facts.folder.migrations.flatMap(({ id }) => migrations.get(id) ?? []);
}

const appliedUnrecorded = withEvidence((evidence, input) => {
  const there = ordered(evidence, input).filter(
    ({ id, schema }) => schema === 'present' && !isRecorded(input, id),
  );
  if (there.length === 0) return [];
  const ids = there.map(({ id }) => id);
  return [
    finding(
      'applied-unrecorded',
      'error',
      `What ${few(ids)} ${ids.length === 1 ? 'makes' : 'make'} is in the database, and the history does not record ${ids.length === 1 ? 'it' : 'them'}.`,
      {
        migrations: ids,
        evidence: there.map((one) => `${one.id}: ${thereText(one)}; no row in the history table`),
        playbooks: ['baseline', 'mark-applied'],
      },
    ),
  ];
});

function thereText({ statements }: MigrationEvidence): string {
  const done = statements.filter(({ state }) => state === 'done' || state === 'changed');
  const objects = [...new Set(done.flatMap((one) => one.objects))].filter(isWhole);
  const unprovable = statements.filter(({ state }) => state === 'unprovable').length;
  const rest =
    unprovable === 0
      ? ''
      : `; ${count(unprovable, 'statement')} of it ${unprovable === 1 ? 'leaves' : 'leave'} nothing in the catalog`;
  return `${few(objects, 5)} as it makes ${objects.length === 1 ? 'it' : 'them'}${rest}`;
}

/** Columns and the like are said with their table, where that is named as well. */
function isWhole(key: string, _index: number, all: readonly string[]): boolean {
  const match = /^(?:column|constraint) (.+)\.[^.]+$/.exec(key);
  return match === null || !all.includes(`table ${match[1] ?? ''}`);
}

const recordedAbsent = withEvidence((evidence, input) => {
  const absent = absentOnes(evidence, input);
  if (absent.length === 0 || isEmptied(evidence, input)) return [];
  const ids = absent.map(({ id }) => id);
  return [
    finding(
      'recorded-absent',
      'error',
      `The history records ${few(ids)} as applied, and nothing of ${ids.length === 1 ? 'it' : 'them'} is in the database.`,
      {
        migrations: ids,
        evidence: absent.map(
          ({ id, lacks }) =>
            `${id} lacks ${few(lacks, 6)}: it was recorded without being run, or taken back since`,
        ),
        playbooks: ['mark-unapplied'],
      },
    ),
  ];
});

function absentOnes(evidence: Evidence, input: RuleInput): MigrationEvidence[] {
  return ordered(evidence, input).filter(
    ({ id, schema }) => schema === 'absent' && isRecorded(input, id),
  );
}

/** All that is recorded and could be proven is gone: the schema was reset under its history. */
function isEmptied(evidence: Evidence, input: RuleInput): boolean {
  const provable = ordered(evidence, input).filter(
    ({ id, schema }) => isRecorded(input, id) && schema !== 'unprovable' && schema !== 'unknown',
  );
  return provable.length > 1 && provable.every(({ schema }) => schema === 'absent');
}

const schemaEmpty = withEvidence((evidence, input) => {
  if (!isEmptied(evidence, input)) return [];
  const absent = absentOnes(evidence, input);
  return [
    finding(
      'history-full-schema-empty',
      'error',
      'The history records the migrations as applied, and nothing of what they make is in the database: the schema was reset, and the migrator will not build it again.',
      {
        migrations: absent.map(({ id }) => id),
        evidence: absent.map(({ id, lacks }) => `${id} lacks ${few(lacks)}`),
        playbooks: ['mark-unapplied'],
      },
    ),
  ];
});

const partiallyApplied = withEvidence((evidence, input) =>
  ordered(evidence, input).flatMap((one) => {
    const { id, schema, stoppedAt, stoppedAtStatement, lacks, ambiguous, why } = one;
    const recorded = isRecorded(input, id);
    if (schema !== 'partial' || (recorded && isDrifted(evidence, one))) return [];
    const title =
      stoppedAt === null
        ? `Only a part of ${id} is in the database.`
        : `Only the first part of ${id} is in the database: it stopped at ${stoppedAt}.`;
    const line = one.statements.find(({ number }) => number === stoppedAtStatement)?.line ?? 0;
    const path = input.facts.folder.migrations.find((each) => each.id === id)?.file?.path ?? id;
    return [
      finding('partially-applied', 'error', title, {
        migrations: [id],
        evidence: [
          `${at(input.facts.folder, path, line)}: lacks ${few(lacks, 6)}`,
          ...(why === null ? [] : [why]),
          ...ambiguous,
          recorded
            ? 'the history records it as applied: it was recorded although it failed, or what is lacking was removed since'
            : 'the history does not record it',
        ],
        playbooks: ['finish-partial'],
      }),
    ];
  }),
);

/** What it lacks is told as drift. */
function isDrifted({ drift }: Evidence, { id, stoppedAtStatement }: MigrationEvidence): boolean {
  const own = drift.some(
    ({ type, migration, madeBy }) => type !== 'extra' && (migration === id || madeBy === id),
  );
  return stoppedAtStatement === null || own;
}

export const evidenceRules: readonly Rule[] = [
  schemaEmpty,
  recordedAbsent,
  partiallyApplied,
  appliedUnrecorded,
];
