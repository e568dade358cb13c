import { expect, test } from 'vitest';
import type { Folder, History } from '../../src/core/facts.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { defaultTable, folderOf, type SeedRow, sha256 } from '../support/drizzle-project.js';

const placeholder = '-- Custom SQL migration file, put your code below! --';

function folder(files: Record<string, string>, entries: Record<string, number>): Folder {
  const list = Object.entries(entries).map(([tag, when], idx) => ({ idx, when, tag }));
  const named = Object.entries(files).map(([tag, text]) => [`${tag}.sql`, text]);
  return folderOf({
    ...Object.fromEntries(named),
    'meta/_journal.json': JSON.stringify({ entries: list }),
  });
}

function matched(where: Folder, rows: readonly SeedRow[]): unknown {
  const history: History = {
    expected: defaultTable,
    configured: false,
    table: defaultTable,
    elsewhere: [],
    rows: rows.map(({ hash, stamp }, at) => ({ id: String(at + 1), hash, stamp })),
    sequence: null,
    otherTables: 0,
  };
  const { recorded, unknown } = drizzle.match(where, history);
  return {
    ...Object.fromEntries(
      [...recorded].map(([id, matches]) => [id, matches.map(({ row, by }) => `${row.id} ${by}`)]),
    ),
    unknown: unknown.map(({ id }) => id),
  };
}

const row = (text: string, stamp: number | null): SeedRow => ({
  hash: sha256(text),
  stamp: stamp === null ? null : String(stamp),
});

test('the surest sign goes first, over all migrations', () => {
  const where = folder({ '0000_a': 'a', '0001_b': 'b' }, { '0000_a': 5, '0001_b': 5 });
  expect(matched(where, [row('b', 5), row('a', 5)])).toEqual({
    '0000_a': ['2 stamp and hash'],
    '0001_b': ['1 stamp and hash'],
    unknown: [],
  });
});

test('a stamp alone is an edit; a difference of line ends is none', () => {
  const where = folder({ '0000_a': 'x\ny', '0001_b': 'z\n' }, { '0000_a': 1, '0001_b': 2 });
  expect(matched(where, [row('x\r\ny', 1), row('old', 2)])).toEqual({
    '0000_a': ['1 stamp and line endings'],
    '0001_b': ['2 stamp'],
    unknown: [],
  });
  expect(matched(where, [row('x\r\ny\r\n', 7), row('z\n', 8)])).toEqual({
    '0000_a': ['1 line endings'],
    '0001_b': ['2 hash'],
    unknown: [],
  });
});

test('the content of another file is a stronger sign than a stamp', () => {
  const swapped = folder({ '0000_a': 'a', '0001_b': 'b' }, { '0000_a': 2, '0001_b': 1 });
  expect(matched(swapped, [row('a', 1), row('b', 2)])).toEqual({
    '0000_a': ['1 hash'],
    '0001_b': ['2 hash'],
    unknown: [],
  });
});

test.each([[''], [placeholder], ['select 1;']])(
  'content that files share, %j, says nothing',
  (text) => {
    const where = folder({ '0000_a': text, '0001_b': text }, { '0000_a': 1, '0001_b': 2 });
    expect(matched(where, [row(text, 1)])).toEqual({ '0000_a': ['1 stamp and hash'], unknown: [] });
    expect(matched(where, [row(text, 9)])).toEqual({ unknown: ['1'] });
  },
);

test('what is left over and says the same is a duplicate, anything else unknown', () => {
  const where = folder({ '0000_a': 'a' }, { '0000_a': 1 });
  expect(matched(where, [row('a', 1), row('a', 1), row('a', 9), row('c', 4)])).toEqual({
    '0000_a': ['1 stamp and hash', '2 stamp and hash', '3 hash'],
    unknown: ['4'],
  });
});

test('an unlisted file is recognised by its content, a missing one by its stamp, a row without stamp by its hash', () => {
  const where = folder({ '0000_a': 'a', '0002_c': 'c' }, { '0001_gone': 3, '0002_c': 4 });
  expect(matched(where, [row('a', 1), row('what it was', 3), row('c', null)])).toEqual({
    '0000_a': ['1 hash'],
    '0001_gone': ['2 stamp'],
    '0002_c': ['3 hash'],
    unknown: [],
  });
});

test('a second row of one stamp is a duplicate only when it says the same', () => {
  const where = folder({ '0000_a': 'a' }, { '0000_a': 1, '0001_gone': 2 });
  expect(matched(where, [row('a', 1), row('b', 1), row('x', 2), row('x', 2)])).toEqual({
    '0000_a': ['1 stamp and hash'],
    '0001_gone': ['3 stamp', '4 stamp'],
    unknown: ['2'],
  });
});
