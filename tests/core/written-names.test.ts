import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { taintOf } from '../../src/core/evidence/taint.js';
import { mentions, partsOf, withoutArguments } from '../../src/core/evidence/written-names.js';
import { cases } from '../support/cases.js';
import { replayOf } from '../support/evidence.js';

/** As the server writes a name where it has to be quoted. */
const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

const odd = fc.array(fc.constantFrom('a', 'B', 'é', '.', '"', '(', ')', ' ', "'", '$', '1', '-'), {
  minLength: 1,
  maxLength: 8,
});
const names = odd.map((letters) => letters.join(''));

describe('names as SQL writes them', () => {
  test('come apart into what they were made of, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 3 }), names, (parts, argument) => {
        const written = parts.map(quoted).join('.');
        expect(partsOf(written)).toEqual(parts);
        expect(withoutArguments(`${written}(${quoted(argument)} text)`)).toBe(written);
      }),
      cases(200, 20_000),
    );
  });

  test('are found in a text however it writes them, and not within a longer word', () => {
    fc.assert(
      fc.property(names, (name) => {
        const literal = name.replaceAll("'", "''");
        expect(mentions(`ALTER TABLE public.${quoted(name)} ADD x int`, name)).toBe(true);
        expect(mentions(`EXECUTE format('DROP TABLE %I', '${literal}')`, name)).toBe(true);
      }),
      cases(200, 20_000),
    );
    expect(mentions('ALTER TABLE Users ADD x int', 'users')).toBe(true);
    expect(mentions('ALTER TABLE users_old ADD x int', 'users')).toBe(false);
    const long = 'a'.repeat(63);
    expect(mentions(`ALTER TABLE ${long}bcd ADD x int`, long)).toBe(true);
  });
});

test.each([
  ['we.ird', 'ALTER TABLE "we.ird" ADD COLUMN x int'],
  ['a"b', 'ALTER TABLE "a""b" ADD COLUMN x int'],
  ['f(x', 'ALTER TABLE "f(x" ADD COLUMN x int'],
  ['users', 'DO $$ BEGIN ALTER TABLE Users ADD COLUMN x int; END $$'],
])('what a failed statement says of %s is unknown, and of others it is not', (name, text) => {
  const replay = replayOf('m', [['unknown']]);
  const [migration] = replay.migrations;
  const [statement] = migration?.statements ?? [];
  const error = { sqlstate: '42P01', message: '', redundant: false, names: [] };
  const failed = {
    ...replay,
    migrations: [{ ...migration, statements: [{ ...statement, text, error }] }],
  };
  const tainted = taintOf(failed as typeof replay, () => undefined);
  const object = (of: string): Parameters<typeof tainted>[0] => ({
    key: `table public.${quoted(of)}`,
    kind: 'table',
    parent: null,
  });
  expect(tainted(object(name))).toBe(true);
  expect(tainted(object('other'))).toBe(false);
});
