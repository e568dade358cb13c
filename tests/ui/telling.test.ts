import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes, clock, grouped, rowsDone } from '../../src/core/telling/amounts.js';
import { diffLines } from '../../src/core/telling/diff.js';
import { environmentKind } from '../../src/core/telling/target-words.js';
import {
  chopped,
  middle,
  oneLine,
  visible,
  widthOf,
  wrapped,
} from '../../src/core/telling/visible.js';
import { cases } from '../support/cases.js';

test.each([
  [500, 2000, 900, '500 of 2,000 rows (25 %)'],
  [2400, 2000, 10_000, '2,400 of 2,000 rows (100 %), 240 a second'],
  [1, null, 2000, '1 row, 1 a second'],
])('%i of %s rows after %i ms', (done, total, elapsed, shown) => {
  expect(rowsDone(done, total, elapsed)).toBe(shown);
});

describe('what is shown is what is there', () => {
  test.each([
    ['a\u001b[2Kb', 'a\\x1b[2Kb'],
    ['DROP\r\n', 'DROP\\r\n'],
    ['a\u202eb', 'a\\u202eb'],
    ['a\u200bb', 'a\\u200bb'],
    ['\tx', '    x'],
    ['名前 ü', '名前 ü'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('chopping leaves no character out and no piece too wide', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 2, max: 40 }),
        (text, width) => {
          const pieces = chopped(text, width);
          expect(pieces.join('')).toBe(text);
          for (const piece of pieces) expect(widthOf(piece)).toBeLessThanOrEqual(width);
        },
      ),
      cases(200, 2000),
    );
  });

  test('a name cannot begin a line', () => {
    expect(oneLine('0001_a\nNo finding.\u001b[2K')).toBe('0001_a\\nNo finding.\\x1b[2K');
  });

  test('wrapping keeps every word', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,20}$/)),
        fc.integer({ min: 8, max: 40 }),
        (words, width) => {
          const rows = wrapped(words.join(' '), width);
          expect(rows.join('').replaceAll(' ', '')).toBe(words.join(''));
          for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(width);
        },
      ),
      cases(200, 2000),
    );
  });

  test('a name is shortened in the middle', () => {
    expect(middle('0019_webauthn_mfa', 10)).toBe('0019_…_mfa');
    expect(middle('0019', 10)).toBe('0019');
  });
});

describe('a difference', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', '  x'), { maxLength: 12 });
  const text = lines.map((some) => some.map((one) => `${one}\n`).join(''));

  test('holds both texts whole', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const all = diffLines(before, after, Number.MAX_SAFE_INTEGER);
        const side = (sign: string): string =>
          all
            .filter((one) => one.sign === ' ' || one.sign === sign)
            .map((one) => `${one.text}\n`)
            .join('');
        if (before === after) return;
        expect(side('-')).toBe(before);
        expect(side('+')).toBe(after);
      }),
      cases(300, 3000),
    );
  });

  test('folds what does not change, and says how much', () => {
    const before = Array.from({ length: 30 }, (_, index) => `${index}\n`).join('');
    expect(diffLines(before, before.replace('15\n', '15\nnew\n'), 1)).toEqual([
      { sign: '~', number: null, text: '15 unchanged lines' },
      { sign: ' ', number: 16, text: '15' },
      { sign: '+', number: 17, text: 'new' },
      { sign: ' ', number: 18, text: '16' },
      { sign: '~', number: null, text: '13 unchanged lines' },
    ]);
  });

  test('tells a missing line break at the end', () => {
    expect(diffLines('a\n', 'a').map((one) => one.sign + one.text)).toEqual([
      '-a',
      '+a (no line break at the end)',
    ]);
  });
});

test('amounts', () => {
  expect([clock(0), clock(252_900), clock(3_725_000)]).toEqual(['00:00', '04:12', '1:02:05']);
  expect([bytes(512), bytes(1500), bytes(15_200_000), bytes(999_999)]).toEqual([
    '512 B',
    '1.5 kB',
    '15 MB',
    '1.0 MB',
  ]);
  expect([grouped(12), grouped(1234), grouped(1_234_567)]).toEqual(['12', '1,234', '1,234,567']);
});

test.each([
  ['production', 'production'],
  ['prod-eu', 'production'],
  ['live', 'production'],
  ['preprod', 'staging'],
  ['staging', 'staging'],
  ['development', 'harmless'],
  ['drill', 'harmless'],
  ['blue', 'other'],
  [null, null],
])('%s is %s', (name, kind) => {
  expect(environmentKind(name)).toBe(kind);
});
