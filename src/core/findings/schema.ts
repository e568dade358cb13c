import type { Drift } from '../evidence/evidence.js';
import type { Finding, FindingCode, Severity } from '../finding.js';
import { few, finding, groupBy, type Rule } from './input.js';

/** The codes of drift, with what is told of it. */
const kinds = {
  missing: {
    code: 'drift-missing',
    severity: 'error',
    title: (names: string, by: string) => `${names} is not in the database, though ${by} made it.`,
    line: ({ key, expected }: Drift) => `${key}: missing; the migrations make it ${expected ?? ''}`,
  },
  changed: {
    code: 'drift-changed',
    severity: 'warning',
    title: (names: string, by: string) => `${names} is not as ${by} left it.`,
    line: ({ key, expected, found }: Drift) =>
      `${key}: found ${found ?? ''}; the migrations make it ${expected ?? ''}`,
  },
  extra: {
    code: 'drift-extra',
    severity: 'info',
    title: (names: string, by: string) =>
      by === ''
        ? `${names}: no migration makes it.`
        : `${names}: no migration makes it, in what ${by} made.`,
    line: ({ key, found }: Drift) =>
      `${key}: found${found === null || found === '' ? '' : ` ${found}`}`,
  },
} as const satisfies Record<Drift['type'], Kind>;

interface Kind {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly title: (names: string, by: string) => string;
  readonly line: (drift: Drift) => string;
}

const drifted: Rule = ({ evidence }) =>
  (['missing', 'changed', 'extra'] as const).flatMap((type): Finding[] => {
    const { code, severity, title, line } = kinds[type];
    const own = (evidence?.drift ?? []).filter(
      (drift) => drift.type === type && !isInvalid(drift) && !isNotValidated(drift),
    );
    const groups = groupBy(own, ({ migration }) => migration ?? '');
    return [...groups].map(([id, group]) =>
      finding(code, severity, title(few(group.map(({ key }) => key)), id), {
        migrations: migrationsOf(group),
        evidence: group.map(line),
      }),
    );
  });

function migrationsOf(drift: readonly Drift[]): string[] {
  return [...new Set(drift.flatMap(({ madeBy, migration }) => [madeBy, migration]))].filter(
    (id) => id !== null,
  );
}

const isInvalid = ({ kind, found, type }: Drift): boolean =>
  kind === 'index' && type !== 'missing' && /\bINVALID\b/.test(found ?? '');

const isNotValidated = ({ kind, type, found, expected }: Drift): boolean =>
  kind === 'constraint' &&
  type === 'changed' &&
  /\bNOT VALID\b/.test(found ?? '') &&
  !/\bNOT VALID\b/.test(expected ?? '');

const invalidIndex: Rule = ({ evidence }) => {
  const own = (evidence?.drift ?? []).filter(isInvalid);
  if (own.length === 0) return [];
  return [
    finding(
      'invalid-index',
      'error',
      `${few(own.map(({ key }) => key))} is not valid: building it was broken off, and no query uses it.`,
      {
        migrations: migrationsOf(own),
        evidence: own.map(
          ({ key, found }) => `${key}: ${found ?? ''}; drop it and build it again, or REINDEX it`,
        ),
      },
    ),
  ];
};

const notValidated: Rule = ({ evidence }) => {
  const own = (evidence?.drift ?? []).filter(isNotValidated);
  if (own.length === 0) return [];
  return [
    finding(
      'constraint-not-validated',
      'warning',
      `${few(own.map(({ key }) => key))} was never validated: rows from before it may break it.`,
      {
        migrations: migrationsOf(own),
        evidence: own.map(({ key, found }) => `${key}: ${found ?? ''}`),
      },
    ),
  ];
};

export const schemaRules: readonly Rule[] = [invalidIndex, notValidated, drifted];
