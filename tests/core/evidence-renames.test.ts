import { expect, test } from 'vitest';
import type { Evidence } from '../../src/core/evidence/evidence.js';
import {
  addColumn,
  catalogAfter,
  column,
  createIndex,
  createTable,
  does,
  index,
  type Migrations,
  object,
  replayed,
  weighed,
  withObjects,
  without,
} from '../support/finding-case-replay.js';

/** Run and recorded as a whole; then objects went, and others came. */
function after(
  migrations: Migrations,
  gone: readonly string[],
  come: Parameters<typeof withObjects>[1][] = [],
): Evidence {
  const replay = replayed(migrations);
  const ids = Object.keys(migrations);
  return weighed(replay, withObjects(without(catalogAfter(replay, ...ids), ...gone), ...come), ids);
}

/** All that is named: "0000_a lacks index public.i", "missing table public.t of 0000_a". */
function named({ migrations, drift }: Evidence): string[] {
  return [
    ...[...migrations.values()].flatMap(({ id, lacks }) =>
      lacks.map((key) => `${id} lacks ${key}`),
    ),
    ...drift.map(({ type, key, migration }) => `${type} ${key} of ${migration}`),
  ].toSorted();
}

test('what was renamed and then removed by hand is named as it was called last', () => {
  const found = after(
    {
      '0000_a': [
        createTable('public.t', 'id'),
        does('CREATE SCHEMA', object('schema before')),
        does('ALTER SCHEMA', 'schema before', object('schema behind')),
        addColumn('public.t.a'),
      ],
      '0001_b': [addColumn('public.t.b')],
    },
    ['schema behind'],
  );
  expect(named(found).filter((line) => line.includes('before'))).toEqual([]);
  expect(named(found)).toContain('missing schema behind of 0000_a');
  const states = found.migrations.get('0000_a')?.statements.map(({ state }) => state);
  expect(states).toEqual(['done', 'superseded', 'done', 'done']);
});

test('an index is named itself where its table was renamed, not the table that is no more', () => {
  const renamed = index('public.i', 'public.behind');
  const found = after(
    {
      '0000_a': [createTable('public.before', 'id')],
      '0001_b': [createIndex('public.i', 'public.before'), createTable('public.other', 'id')],
      '0002_c': [
        does(
          'ALTER TABLE',
          'table public.before',
          'column public.before.id',
          object('table public.behind'),
          column('public.behind.id'),
          renamed,
        ),
      ],
    },
    ['index public.i'],
  );
  expect(named(found).filter((line) => line.includes('before'))).toEqual([]);
  expect(named(found).some((line) => line.includes('index public.i'))).toBe(true);
});

test('what stands in something that is gone, and is there, has changed', () => {
  const sequence = (owner: string) =>
    object('sequence public.s', { owner }, `column public.t.${owner}`);
  const found = after(
    { '0000_a': [createTable('public.t', 'id'), does('CREATE SEQUENCE', sequence('id'))] },
    ['column public.t.id'],
    [column('public.t.renamed'), sequence('renamed')],
  );
  expect(named(found)).toContain('changed sequence public.s of 0000_a');
});

test('a migration of which a part is there does not lack the table that an absent one made', () => {
  const found = after(
    {
      '0000_a': [createTable('public.t', 'id')],
      '0001_b': [addColumn('public.t.a'), createTable('public.other', 'id')],
    },
    ['table public.t'],
  );
  expect(named(found)).toEqual(['0000_a lacks table public.t']);
  expect(found.migrations.get('0001_b')?.schema).toBe('present');
});

test('where a recorded migration ends in something that is gone, it stopped there, or that was removed', () => {
  const found = after(
    {
      '0000_a': [
        createTable('public.t', 'id'),
        does('CREATE SCHEMA', object('schema before')),
        does('ALTER SCHEMA', 'schema before', object('schema behind')),
      ],
    },
    ['schema behind'],
  );
  expect(named(found)).toEqual(['0000_a lacks schema behind']);
  expect(found.migrations.get('0000_a')?.ambiguous).toHaveLength(2);
});
