import type { Evidence, MigrationEvidence } from '../evidence/evidence.js';
import { redundantIn, redundantWords } from '../evidence/redundant.js';
import type { Finding } from '../finding.js';
import { at, count, few, finding, isOrAre, type Rule, type RuleInput } from './input.js';

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
  // One of which the history says that it failed is told there.
  const unrecorded = ordered(evidence, input).filter(
    ({ id }) => !isRecorded(input, id) && input.matching.failed?.has(id) !== true,
  );
  const last = unrecorded.findLastIndex(({ schema }) => schema === 'present');
  // What a later one of them changed again was run before that.
  const there = unrecorded.filter(
    ({ schema }, at) => schema === 'present' || (schema === 'superseded' && at < last),
  );
  if (there.length === 0) return [];
  const ids = there.map(({ id }) => id);
  return [
    finding(
      'applied-unrecorded',
      'error',
      `${few(ids)} ${isOrAre(ids)} in the database, but not in the history.`,
      {
        migrations: ids,
        evidence: there.map((one) => `${one.id}: ${thereText(one, input)}`),
        playbooks: ['baseline', 'mark-applied'],
      },
    ),
  ];
});

function thereText({ schema, statements }: MigrationEvidence, { facts }: RuleInput): string {
  const catalog = facts.schema.state === 'read' ? facts.schema.catalog : [];
  const live = new Set(catalog.map(({ key }) => key));
  const done = statements.filter(({ state }) => state === 'done' || state === 'changed');
  const objects = [...new Set(done.flatMap((one) => one.objects))].filter(isWhole);
  const found = objects.filter((key) => live.has(key));
  const dropped = objects.filter((key) => !live.has(key));
  const unprovable = statements.filter(({ state }) => state === 'unprovable').length;
  return [
    ...(schema === 'superseded' ? ['later migrations have changed all that it makes'] : []),
    ...(found.length > 0 ? [`found ${few(found, 5)}`] : []),
    ...(dropped.length > 0 ? [`gone, as it should be: ${few(dropped, 5)}`] : []),
    ...(unprovable > 0
      ? [
          `${count(unprovable, 'statement')} of it ${unprovable === 1 ? 'leaves' : 'leave'} nothing in the catalog`,
        ]
      : []),
    'no row in the history table',
  ].join('; ');
}

/** Columns and the like are said with their table, where that is named as well. */
function isWhole(key: string, _index: number, all: readonly string[]): boolean {
  const match = /^(?:column|constraint) (.+)\.[^.]+$/.exec(key);
  return match === null || !all.includes(`table ${match[1] ?? ''}`);
}

const recordedAbsent = withEvidence((evidence, input) => {
  if (isEmptied(evidence, input)) return [];
  const hidden = hiddenOnes(evidence, input);
  const absent = absentOnes(evidence, input).filter((one) => !hidden.includes(one));
  const whole = absent.filter(({ id }) => redundantIn(input.facts, id).length === 0);
  const lackText = ({ id, lacks }: MigrationEvidence): string =>
    `${id} lacks ${few(lacks, 6)}: it was recorded without being run, or taken back since`;
  const tell = (ids: readonly string[], what: string, evidenceLines: string[], playbook: string) =>
    finding(
      'recorded-absent',
      'error',
      `The history records ${few(ids)} as applied, but ${what} is in the database.`,
      { migrations: ids, evidence: evidenceLines, playbooks: [playbook] },
    );
  const ids = whole.map(({ id }) => id);
  const nothing = `nothing of ${ids.length === 1 ? 'it' : 'them'}`;
  const never = absent.filter((one) => !whole.includes(one));
  return [
    ...(ids.length > 0 ? [tell(ids, nothing, whole.map(lackText), 'mark-unapplied')] : []),
    // One that can never run whole is not helped by the removal of its row.
    ...never.map((one) => {
      const why = `as a whole it fails behind the migrations before it: ${redundantWords(redundantIn(input.facts, one.id))}`;
      const lines = [lackText(one), why];
      return tell([one.id], 'nothing of what only it makes', lines, 'finish-partial');
    }),
  ];
});

/** A table of one row takes for applied what never ran, where it came behind a later one. */
const hiddenBelow = withEvidence((evidence, input) => {
  const hidden = isEmptied(evidence, input) ? [] : hiddenOnes(evidence, input);
  if (hidden.length === 0) return [];
  const ids = hidden.map(({ id }) => id);
  const [match] = input.matching.recorded.get(ids[0] ?? '') ?? [];
  return [
    finding(
      'silently-skipped',
      'error',
      `The migrator passes over ${few(ids)} and reports success: ${ids.length === 1 ? 'it is' : 'they are'} below the version that the history came to, and nothing of ${ids.length === 1 ? 'it' : 'them'} is in the database.`,
      {
        migrations: ids,
        evidence: [
          ...hidden.map(({ id, lacks }) => `${id} lacks ${few(lacks, 6)}`),
          `the history is at version ${match?.row.name ?? ''}`,
        ],
        playbooks: ['apply-manually'],
      },
    ),
  ];
});

function hiddenOnes(evidence: Evidence, input: RuleInput): MigrationEvidence[] {
  const all = ordered(evidence, input).filter(({ id }) => isRecorded(input, id));
  const last = all.findLastIndex(({ schema }) => schema !== 'absent');
  return all
    .slice(0, Math.max(last, 0))
    .filter(
      ({ id, schema }) =>
        schema === 'absent' && input.matching.recorded.get(id)?.[0]?.by === 'below',
    );
}

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
      `The history is full and the schema is empty: ${absent.length} migrations are recorded, nothing of them is in the database, and the migrator will not run them again.`,
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
        : `Only a part of ${id} is in the database: it stopped at ${stoppedAt.replace(': ', ', ')}.`;
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
            : input.matching.failed?.has(id) === true
              ? 'the history says that it failed'
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
  hiddenBelow,
  recordedAbsent,
  partiallyApplied,
  appliedUnrecorded,
];
