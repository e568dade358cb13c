import type { CatalogObject } from '../catalog.js';
import type { Drift } from '../evidence/evidence.js';
import type { Finding, FindingCode, Severity } from '../finding.js';
import { few, finding, groupBy, isOrAre, type Rule, type RuleInput } from './input.js';

/** What is told of one kind of drift. `by`: the migration that last set it, or made what it stands in; '' where none did. */
interface Kind {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly is: (drift: Drift) => boolean;
  readonly title: (keys: readonly string[], by: string) => string;
  readonly line: (drift: Drift) => string;
}

const itOrThem = (keys: readonly string[]): string => (keys.length === 1 ? 'it' : 'them');

const kinds: readonly Kind[] = [
  {
    code: 'drift-missing',
    severity: 'error',
    is: ({ type }) => type === 'missing',
    title: (keys, by) =>
      `${few(keys)} ${isOrAre(keys)} not in the database, though ${by} left ${itOrThem(keys)} there.`,
    line: ({ key, expected }) => `${key}: missing${text('; should be', expected)}`,
  },
  {
    code: 'drift-changed',
    severity: 'warning',
    is: ({ type }) => type === 'changed',
    title: (keys, by) => `${few(keys)} ${isOrAre(keys)} not as ${by} left ${itOrThem(keys)}.`,
    line: ({ key, expected, found }) => `${key}: found ${found ?? ''}; should be ${expected ?? ''}`,
  },
  {
    code: 'drift-extra',
    severity: 'warning',
    is: ({ type, madeBy }) => type === 'extra' && madeBy !== null,
    title: (keys, by) =>
      `${few(keys)} ${isOrAre(keys)} in the database, though ${by} drops ${itOrThem(keys)}.`,
    line: ({ key, found }) => `${key}: there${text(':', found)}; should be gone`,
  },
  {
    code: 'drift-extra',
    severity: 'info',
    is: ({ type, madeBy }) => type === 'extra' && madeBy === null,
    title: (keys, by) =>
      `No migration makes ${few(keys)}${by === '' ? '' : `, within what ${by} made`}.`,
    line: ({ key, found }) => `${key}: found${text('', found)}`,
  },
];

function text(before: string, definition: string | null): string {
  return definition === null || definition === '' ? '' : `${before} ${definition}`;
}

const drifted: Rule = (input) => {
  const own = (input.evidence?.drift ?? []).filter(
    (drift) => !isInvalid(input)(drift) && !isNotValidated(input)(drift),
  );
  return kinds.flatMap(({ code, severity, is, title, line }): Finding[] => {
    const groups = groupBy(own.filter(is), ({ migration }) => migration ?? '');
    return [...groups].map(([by, group]) => {
      const keys = group.map(({ key }) => key);
      const migrations = migrationsOf(group);
      return finding(code, severity, title(keys, by), { migrations, evidence: group.map(line) });
    });
  });
};

function migrationsOf(drift: readonly Drift[]): string[] {
  return [...new Set(drift.flatMap(({ madeBy, migration }) => [madeBy, migration]))].filter(
    (id) => id !== null,
  );
}

function liveOf({ facts: { schema } }: RuleInput, key: string): CatalogObject | undefined {
  return schema.state === 'read' ? schema.catalog.find((object) => object.key === key) : undefined;
}

const isInvalid =
  (input: RuleInput) =>
  ({ kind, key }: Drift): boolean =>
    kind === 'index' && liveOf(input, key)?.parts['valid'] === 'false';

/** Where the migrations leave it validated. */
const isNotValidated =
  (input: RuleInput) =>
  ({ kind, type, key, expected }: Drift): boolean =>
    kind === 'constraint' &&
    type === 'changed' &&
    liveOf(input, key)?.parts['validated'] === 'false' &&
    !/\bNOT VALID\b/.test(expected ?? '');

const invalidIndex: Rule = (input) => {
  const own = (input.evidence?.drift ?? []).filter(isInvalid(input));
  if (own.length === 0) return [];
  const keys = own.map(({ key }) => key);
  return [
    finding(
      'invalid-index',
      'error',
      `${few(keys)} ${isOrAre(keys)} not valid: building ${itOrThem(keys)} was broken off, and no query uses ${itOrThem(keys)}.`,
      {
        migrations: migrationsOf(own),
        evidence: own.map(
          ({ key, found }) =>
            `${key}: ${found ?? ''}; to build it again: REINDEX INDEX CONCURRENTLY ${key.slice('index '.length)};`,
        ),
      },
    ),
  ];
};

const notValidated: Rule = (input) => {
  const own = (input.evidence?.drift ?? []).filter(isNotValidated(input));
  if (own.length === 0) return [];
  const keys = own.map(({ key }) => key);
  const was = keys.length === 1 ? 'was' : 'were';
  return [
    finding(
      'constraint-not-validated',
      'warning',
      `${few(keys)} ${was} never validated: rows from before may break ${itOrThem(keys)}.`,
      {
        migrations: migrationsOf(own),
        evidence: own.map(({ key, found }) => `${key}: ${found ?? ''}${validating(input, key)}`),
      },
    ),
  ];
};

/** "; to check them: ALTER TABLE public.orders VALIDATE CONSTRAINT orders_user;" */
function validating(input: RuleInput, key: string): string {
  const table = liveOf(input, key)?.parent ?? '';
  const [kind, name] = [table.split(' ')[0] ?? '', table.slice('table '.length)];
  if (kind !== 'table') return '';
  const constraint = key.slice(`constraint ${name}.`.length);
  return `; to check them: ALTER TABLE ${name} VALIDATE CONSTRAINT ${constraint};`;
}

export const schemaRules: readonly Rule[] = [invalidIndex, notValidated, drifted];
