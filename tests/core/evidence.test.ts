import { describe, expect, test } from 'vitest';
import type { CatalogObject } from '../../src/core/catalog.js';
import type { Evidence } from '../../src/core/evidence/evidence.js';
import {
  addColumn,
  catalogAfter,
  column,
  createIndex,
  createTable,
  does,
  failing,
  type Migrations,
  replayed,
  rows,
  weighed,
  without,
} from '../support/finding-case-replay.js';

/** "0000_a present | 0001_b partial, lacks ..., stopped at 2". */
function said({ migrations }: Evidence): string[] {
  return [...migrations.values()].map(({ id, schema, lacks, stoppedAtStatement }) =>
    [
      `${id} ${schema}`,
      ...(lacks.length > 0 ? [`lacks ${lacks.join(', ')}`] : []),
      ...(stoppedAtStatement === null ? [] : [`stopped at ${stoppedAtStatement}`]),
    ].join('; '),
  );
}

const drifted = ({ drift }: Evidence): string[] => drift.map(({ type, key }) => `${type} ${key}`);

/** The evidence where these migrations were run and those are recorded; the same, if not told. */
function after(
  migrations: Migrations,
  ran: readonly string[],
  recorded: readonly string[] = ran,
  alter: (catalog: CatalogObject[]) => CatalogObject[] = (catalog) => catalog,
): Evidence {
  const replay = replayed(migrations);
  return weighed(replay, alter(catalogAfter(replay, ...ran)), recorded);
}

const shop = {
  '0000_users': [createTable('public.users', 'id'), createIndex('public.users_id', 'public.users')],
  '0001_email': [
    addColumn('public.users.email'),
    rows(),
    createIndex('public.users_email', 'public.users'),
  ],
  '0002_posts': [createTable('public.posts', 'id')],
};
const ids = Object.keys(shop);

describe('what a migration made', () => {
  test('is present when it is there as it was made, absent when nothing of it is', () => {
    expect(said(after(shop, ids.slice(0, 2)))).toEqual([
      '0000_users present',
      '0001_email present',
      '0002_posts absent; lacks table public.posts',
    ]);
    const empty = after(shop, []);
    expect([...empty.migrations.values()].map(({ schema }) => schema)).toEqual([
      'absent',
      'absent',
      'absent',
    ]);
    expect(drifted(empty)).toEqual([]);
  });

  test('is partial from the statement at which it stopped', () => {
    const found = after(shop, ['0000_users', '0001_email:2'], ['0000_users']);
    expect(said(found)[1]).toBe('0001_email partial; lacks index public.users_email; stopped at 3');
    const one = found.migrations.get('0001_email');
    expect(one?.stoppedAt).toBe('statement 3 of 3: CREATE INDEX');
    // The UPDATE before it may or may not have been done.
    expect(one?.ambiguous).toEqual([
      'It stopped at statement 2 (UPDATE), which leaves nothing in the catalog.',
      'It stopped at statement 3 (CREATE INDEX).',
    ]);
    expect(drifted(found)).toEqual([]);
  });

  test('is partial without a place where a later statement is there', () => {
    const found = after(shop, ids.slice(0, 2), ids.slice(0, 2), (catalog) =>
      without(catalog, 'column public.users.email'),
    );
    expect(said(found)[1]).toBe('0001_email partial; lacks column public.users.email');
    expect(found.migrations.get('0001_email')?.why).toBe(
      'statement 1 (ALTER TABLE) is not there, though a later one is.',
    );
    expect(drifted(found)).toEqual(['missing column public.users.email']);
  });

  test('is superseded when later migrations changed all of it', () => {
    const dropped = {
      ...shop,
      '0003_drop': [does('ALTER TABLE', 'column public.users.email', 'index public.users_email')],
    };
    expect(said(after(dropped, Object.keys(dropped)))).toEqual([
      '0000_users present',
      '0001_email superseded',
      '0002_posts present',
      '0003_drop present',
    ]);
    const retyped = {
      '0000_users': [createTable('public.users', 'id')],
      '0001_type': [addColumn('public.users.id', 'integer')],
      '0002_type': [addColumn('public.users.id', 'bigint')],
    };
    expect(said(after(retyped, Object.keys(retyped)))[1]).toBe('0001_type superseded');
    expect(said(after(retyped, ['0000_users', '0001_type']))).toEqual([
      '0000_users present',
      '0001_type present',
      '0002_type absent; lacks column public.users.id',
    ]);
  });

  test('is unprovable when it leaves nothing in the catalog', () => {
    const data = { ...shop, '0003_rows': [rows('INSERT'), rows('DELETE')] };
    expect(said(after(data, ids))[3]).toBe('0003_rows unprovable');
  });

  test('is unknown when the sandbox could not run it, or there is nothing to run', () => {
    const replay = replayed({
      ...shop,
      '0003_extension': [failing('CREATE EXTENSION')],
      '0004_syntax': { unparsed: '42601 at line 3' },
    });
    const order = [...ids, '0003_extension', '0004_syntax', '0005_gone'];
    const found = weighed(replay, catalogAfter(replay, ...ids), order, order);
    expect(said(found).slice(3)).toEqual([
      '0003_extension unknown',
      '0004_syntax unknown',
      '0005_gone unknown',
    ]);
    expect(order.slice(3).map((id) => found.migrations.get(id)?.why)).toEqual([
      'Statement 1 (CREATE EXTENSION) fails in the sandbox: it is not here (42704).',
      'It cannot be divided into statements: 42601 at line 3',
      'Its file is not there, so what it did is not known.',
    ]);
    expect(found.drift).toEqual([]);
  });

  test('a statement that makes again what is there proves nothing and spoils nothing', () => {
    const again = failing('ALTER TABLE', { sqlstate: '42701', redundant: true });
    const twice = { ...shop, '0003_again': [again], '0004_more': [again, createTable('public.x')] };
    expect(said(after(twice, Object.keys(twice))).slice(3)).toEqual([
      '0003_again unprovable',
      '0004_more present',
    ]);
  });
});

describe('made and dropped again', () => {
  const passing = {
    '0000_users': [createTable('public.users', 'id')],
    '0001_make': [createTable('public.draft', 'id')],
    '0002_drop': [does('DROP TABLE', 'table public.draft', 'column public.draft.id')],
  };

  test('at the end of a folder, both explanations are named', () => {
    const found = after(passing, Object.keys(passing));
    expect(said(found).slice(1)).toEqual(['0001_make unprovable', '0002_drop unprovable']);
    expect(found.migrations.get('0001_make')?.ambiguous).toEqual([
      'It was run, and what it did was taken back or changed afterwards: statement 1 (CREATE TABLE).',
      'It was not run.',
    ]);
    expect(found.drift).toEqual([]);
  });

  test('what stands after it decides', () => {
    const more = { ...passing, '0003_posts': [createTable('public.posts')] };
    const found = after(more, Object.keys(more));
    expect(said(found).slice(1)).toEqual([
      '0001_make superseded',
      '0002_drop present',
      '0003_posts present',
    ]);
    expect([...found.migrations.values()].flatMap(({ ambiguous }) => ambiguous)).toEqual([]);
  });

  test('so does what stands after it where something else was removed by hand', () => {
    const more = {
      ...passing,
      '0000_users': [createTable('public.users', 'id', 'name')],
      '0003_posts': [createTable('public.posts')],
    };
    const found = after(more, Object.keys(more), Object.keys(more), (catalog) =>
      without(catalog, 'column public.users.name'),
    );
    expect(said(found).slice(1)).toEqual([
      '0001_make superseded',
      '0002_drop present',
      '0003_posts present',
    ]);
    expect(drifted(found)).toEqual(['missing column public.users.name']);
  });

  test('a recorded one is not called absent because something before it was removed by hand', () => {
    const more = { ...passing, '0000_users': shop['0000_users'] };
    const found = after(more, Object.keys(more), Object.keys(more), (catalog) =>
      without(catalog, 'index public.users_id'),
    );
    expect(said(found)).toEqual([
      '0000_users partial; lacks index public.users_id; stopped at 2',
      '0001_make unprovable',
      '0002_drop unprovable',
    ]);
    // Where nothing is recorded, the run that stopped explains all.
    expect(said(after(more, ['0000_users:1'], []))).toEqual([
      '0000_users partial; lacks index public.users_id; stopped at 2',
      '0001_make absent; lacks table public.draft',
      '0002_drop absent; lacks table public.draft',
    ]);
  });
});

describe('a migration left out', () => {
  test('in the middle is absent, and those around it are there', () => {
    const found = after(shop, ['0000_users', '0002_posts']);
    expect(said(found)).toEqual([
      '0000_users present',
      '0001_email absent; lacks column public.users.email, index public.users_email',
      '0002_posts present',
    ]);
    expect(found.drift).toEqual([]);
  });

  test('though recorded, it is absent, not drift', () => {
    const found = after(shop, ['0000_users', '0002_posts'], ids);
    expect(said(found)[1]).toMatch(/absent/);
    expect(found.drift).toEqual([]);
  });

  test('whose default a later one overwrote counts as superseded', () => {
    const set = (value: string) =>
      does('ALTER TABLE', column('public.users.id', 'text', { default: value }));
    const found = after(
      { '0000_a': [createTable('public.users', 'id')], '0001_b': [set('1')], '0002_c': [set('2')] },
      ['0000_a', '0002_c'],
    );
    expect(said(found)).toEqual(['0000_a present', '0001_b superseded', '0002_c present']);
    expect(found.drift).toEqual([]);
  });
});
