import type { ReplayedMigration, ReplayedStatement } from '../replay.js';
import type { MigrationEvidence, StatementEvidence } from './evidence.js';
import type { Located } from './locate.js';

/** What the live schema says of one migration, from what it says of its statements. `lacking`: keys by statement. */
export function judgeMigration(
  migration: ReplayedMigration,
  located: readonly Located[],
  lacking: readonly (readonly string[])[],
): MigrationEvidence {
  const { id, unparsed } = migration;
  const statements = migration.statements.map((statement, index) =>
    stateOf(statement, located[index]?.state ?? null, located[index]),
  );
  const none = { lacks: [], stoppedAt: null, stoppedAtStatement: null, ambiguous: [] };
  if (unparsed !== null) {
    const why = `It cannot be divided into statements: ${unparsed}`;
    return { ...none, id, schema: 'unknown', statements, why };
  }
  const lacks = [...new Set(lacking.flat())];
  const failed = migration.statements.filter((_, index) => statements[index]?.state === 'unknown');
  const why = failed.length > 0 ? failed.map(failureWords).join(' ') : null;
  const is = (...states: StatementEvidence['state'][]): StatementEvidence[] =>
    statements.filter(({ state }) => states.includes(state));
  const done = is('done', 'changed', 'superseded');
  const notDone = is('not done');

  if (done.length > 0 && notDone.length > 0) {
    return { id, schema: 'partial', lacks, statements, ...place(statements, why) };
  }
  if (failed.length > 0) return { ...none, id, schema: 'unknown', lacks, statements, why };
  const either = is('either');
  const ambiguous = edgeWords(statements);
  if (notDone.length > 0)
    return { ...none, id, schema: 'absent', lacks, statements, why, ambiguous };
  if (done.length > 0) {
    if (lacks.length > 0) {
      const hole = 'What made it is there, so it went, or was changed, afterwards.';
      return { ...none, id, schema: 'partial', lacks, statements, why: hole };
    }
    const visible = is('done', 'changed').length > 0;
    const schema = visible ? 'present' : 'superseded';
    return { ...none, id, schema, statements, why, ambiguous };
  }
  if (either.length === 0) return { ...none, id, schema: 'unprovable', statements, why };
  const names = either.map(({ number, label }) => `statement ${number} (${label})`).join(', ');
  const both = [
    `It was run, and what it did was taken back or changed afterwards: ${names}.`,
    'It was not run.',
  ];
  return { ...none, id, schema: 'unprovable', statements, why, ambiguous: both };
}

function stateOf(
  { number, label, line, text, error }: ReplayedStatement,
  state: Located['state'],
  located: Located | undefined,
): StatementEvidence {
  const objects = [...new Set((located?.votes ?? []).map(({ atom }) => atom.key))];
  const common = { number, label, line, text, objects };
  if (error !== null) {
    // What it would make is there by then, from an earlier migration: it never does anything.
    const known = error.redundant ? 'unprovable' : 'unknown';
    return { ...common, state: known };
  }
  return { ...common, state: state ?? 'unprovable' };
}

/** Statements at the edge of what is done, before and after which the schema looks the same. */
function edgeWords(statements: readonly StatementEvidence[]): string[] {
  const edge = statements.filter(({ state }) => state === 'either');
  if (edge.length === 0) return [];
  const names = edge.map(({ number, label }) => `statement ${number} (${label})`).join(', ');
  return [
    `The schema looks the same before and after ${names}: run up to there.`,
    `Run up to before ${names}.`,
  ];
}

function failureWords({ number, label, error }: ReplayedStatement): string {
  return `Statement ${number} (${label}) fails in the sandbox: ${error?.message ?? ''} (${error?.sqlstate ?? ''}).`;
}

type Place = Pick<MigrationEvidence, 'stoppedAt' | 'stoppedAtStatement' | 'why' | 'ambiguous'>;

/** Where a run stopped: everything provable before it is there, nothing after it. */
function place(statements: readonly StatementEvidence[], why: string | null): Place {
  const isDone = ({ state }: StatementEvidence): boolean =>
    state === 'done' || state === 'changed' || state === 'superseded';
  const last = statements.findLastIndex(isDone);
  const first = statements.findIndex(({ state }) => state === 'not done');
  const stop = statements[first];
  if (stop === undefined || first < last) {
    const holes = statements
      .slice(0, last)
      .filter(({ state }) => state === 'not done')
      .map(({ number, label }) => `statement ${number} (${label})`);
    const reason = `${holes.join(', ')} is not there, though a later one is.`;
    return { stoppedAt: null, stoppedAtStatement: null, why: why ?? reason, ambiguous: [] };
  }
  const between = statements.slice(last + 1, first);
  const ambiguous = [stop, ...between.toReversed()]
    .toReversed()
    .map(({ number, label, state }) =>
      state === 'not done'
        ? `It stopped at statement ${number} (${label}).`
        : `It stopped at statement ${number} (${label}), ${cannotBeSeen[state] ?? ''}.`,
    );
  return {
    stoppedAt: `statement ${stop.number} of ${statements.length}: ${stop.label}`,
    stoppedAtStatement: stop.number,
    why,
    ambiguous: between.length > 0 ? ambiguous : [],
  };
}

const cannotBeSeen: Partial<Record<StatementEvidence['state'], string>> = {
  unprovable: 'which leaves nothing in the catalog',
  unknown: 'which fails in the sandbox',
  either: 'before and after which the schema looks the same',
};
