import { expect, test } from 'vitest';
import { diagnose } from '../../src/core/diagnose.js';
import type { BoardRow } from '../../src/core/diagnosis.js';
import type { Facts } from '../../src/core/facts.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { project, row, stamp } from '../support/drizzle-facts.js';
import { sha256 } from '../support/drizzle-project.js';

function board(facts: Facts): string[] {
  return diagnose(facts, drizzle).board.map(
    ({ id, file, journal, snapshot, history, note }: BoardRow) =>
      [id, file, journal, snapshot, history, note].join(' | '),
  );
}

test('incident 003: the migrator does not see what the journal does not list', () => {
  const facts = project({ files: ['0000_a', '0001_b', '0002_c', '0003_d'] });
  expect(board(facts)).toEqual([
    '0000_a | present | listed | present | recorded | applied',
    '0001_b | present | listed | present | recorded | applied',
    '0002_c | present | listed | present | recorded | applied',
    '0003_d | present | unlisted | missing | absent | the migrator cannot see it',
  ]);
  expect(diagnose(facts, drizzle).nextRun).toEqual({ runs: [], skips: [], fails: null });
});

test('every kind of line', () => {
  const facts = project({
    journal: [
      ['0000_a', stamp],
      ['0001_b', stamp + 1],
      ['0002_c', stamp + 2],
      ['0003_d', stamp + 3],
      ['0004_e', stamp + 9],
    ],
    extra: { 'meta/0004_snapshot.json': '{' },
    history: {
      rows: [
        row(1, '0000_a', stamp),
        row(2, '0000_a', stamp),
        { id: '3', hash: sha256('other'), stamp: String(stamp + 1) },
        row(4, '0003_d', stamp + 3),
      ],
      sequence: null,
    },
  });
  expect(board(facts)).toEqual([
    '0000_a | present | listed | present | duplicate | applied, recorded twice',
    '0001_b | edited | listed | present | recorded | applied; edited since',
    '0002_c | present | listed | present | absent | would be skipped',
    '0003_d | present | listed | present | recorded | applied',
    '0004_e | present | listed | malformed | absent | pending: runs next',
  ]);
});

test('a run that would be refused, or run something again, is told in the line', () => {
  expect(
    board(project({ files: ['0000_a', '0001_b'], history: { rows: [row(1, '0000_a', stamp)] } })),
  ).toEqual([
    '0000_a | present | listed | present | recorded | applied',
    '0001_b | present | listed | present | absent | pending: the migrator refuses',
    '0002_c | missing | listed | present | absent | listed, file gone',
  ]);
  expect(board(project({ history: { rows: [row(1, '0000_a', null)] } }))[0]).toMatch(
    /applied; would run again$/,
  );
  expect(
    board(project({ journalText: '{', history: { rows: [row(1, '0000_a', stamp)] } })).slice(0, 2),
  ).toEqual([
    '0000_a | present | none | present | recorded | applied; the journal cannot be read',
    '0001_b | present | none | present | absent | the journal cannot be read',
  ]);
});

test('offline, the next run is that of a fresh database', () => {
  const { nextRun } = diagnose(project({ history: null }), drizzle);
  expect(nextRun).toEqual({ runs: ['0000_a', '0001_b', '0002_c'], skips: [], fails: null });
  expect(board(project({ history: null }))[0]).toBe(
    '0000_a | present | listed | present | absent | pending: would run on a fresh database',
  );
});

test('the gravest comes first, then the order of the board', () => {
  const facts = project({
    files: ['0000_a', '0001_b', '0002_c', '0003_d'],
    target: { role: 'replica' },
    history: {
      rows: [
        row(1, 'edited', stamp),
        row(2, '0001_b', stamp + 1),
        row(3, 'edited too', stamp + 2),
        row(4, 'gone', 5),
      ],
      sequence: null,
    },
  });
  expect(diagnose(facts, drizzle).findings.map(({ code }) => code)).toEqual([
    'replica',
    'file-not-in-journal',
    'edited-after-apply',
    'history-row-unknown',
  ]);
});
