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
  index,
  type Migrations,
  object,
  replayed,
  weighed,
  withObjects,
  without,
} from '../support/finding-case-replay.js';

type Alter = (catalog: CatalogObject[]) => CatalogObject[];

/** The evidence where all of it was run and recorded, and something was changed by hand. */
function byHand(migrations: Migrations, alter: Alter, ran = Object.keys(migrations)): Evidence {
  const replay = replayed(migrations);
  return weighed(replay, alter(catalogAfter(replay, ...ran)), ran);
}

const adding =
  (...objects: readonly CatalogObject[]): Alter =>
  (catalog) =>
    withObjects(catalog, ...objects);
const removing =
  (...keys: readonly string[]): Alter =>
  (catalog) =>
    without(catalog, ...keys);

/** "missing column public.users.email by 0001_b, made by 0000_a". */
const drifted = ({ drift }: Evidence): string[] =>
  drift.map(
    ({ type, key, migration, madeBy }) =>
      `${type} ${key}${migration === null ? '' : ` by ${migration}`}${madeBy === null ? '' : `, made by ${madeBy}`}`,
  );
const states = ({ migrations }: Evidence): string[] =>
  [...migrations.values()].map(({ schema }) => schema);

const setDefault = (key: string, value: string) =>
  does('ALTER TABLE', column(key, 'text', { default: value }));

const shop = {
  '0000_a': [createTable('public.users', 'id', 'email'), createTable('public.orders', 'id')],
  '0001_b': [
    createIndex('public.users_email', 'public.users'),
    setDefault('public.users.email', '1'),
  ],
  '0002_c': [createTable('public.posts', 'id'), addColumn('public.orders.note')],
  '0003_d': [createTable('public.tags', 'id')],
};

describe('missing', () => {
  test('an object is named once, with who made it and who last changed it', () => {
    const found = byHand(shop, removing('column public.users.email'));
    expect(drifted(found)).toEqual(['missing column public.users.email by 0001_b, made by 0000_a']);
    expect(states(found)).toEqual(['partial', 'present', 'present', 'present']);
    expect(found.migrations.get('0000_a')?.why).toBe(
      'What made it is there, so it went, or was changed, afterwards.',
    );
  });

  test('what stands in a missing object is not named', () => {
    const found = byHand(shop, removing('table public.users', 'index public.users_email'));
    expect(drifted(found)).toEqual(['missing table public.users by 0000_a, made by 0000_a']);
  });

  test('a later migration that only changed what is gone is not absent', () => {
    const only = {
      '0000_a': shop['0000_a'],
      '0001_b': [addColumn('public.users.name'), addColumn('public.orders.note')],
      '0002_c': [setDefault('public.users.name', '1')],
      '0003_d': shop['0003_d'],
    };
    const found = byHand(only, removing('column public.users.name'));
    expect(drifted(found)).toEqual(['missing column public.users.name by 0002_c, made by 0001_b']);
    expect(states(found)).toEqual(['present', 'partial', 'unprovable', 'present']);
    expect(found.migrations.get('0002_c')).toMatchObject({ lacks: [], stoppedAtStatement: null });
    expect(found.migrations.get('0002_c')?.why).toBe(
      'What it makes went with column public.users.name, which is not in the database.',
    );
  });

  test('nor is one that added to a table that is gone', () => {
    const users = {
      '0000_a': shop['0000_a'],
      '0001_b': [addColumn('public.users.name')],
      '0002_c': [createTable('public.posts'), addColumn('public.users.title')],
    };
    const found = byHand(users, removing('table public.users'));
    expect(drifted(found)).toEqual(['missing table public.users by 0000_a, made by 0000_a']);
    expect(states(found)).toEqual(['partial', 'unprovable', 'present']);
  });
});

describe('changed', () => {
  test('is told in a table that a pending migration would alter, too', () => {
    const secured = object('table public.users', { rls: 'true' });
    const pending = { ...shop, '0004_e': [does('ALTER TABLE', secured)] };
    const live = column('public.users.email', 'varchar(50)', { default: '1' });
    const found = byHand(pending, adding(live), Object.keys(shop));
    expect(found.migrations.get('0004_e')?.lacks).toEqual(['table public.users']);
    expect(drifted(found)).toEqual(['changed column public.users.email by 0000_a, made by 0000_a']);
  });

  test('is told by the migration that last set that part', () => {
    const live = column('public.users.email', 'varchar(50)', { default: '1' });
    const found = byHand(shop, adding(live));
    expect(found.drift).toEqual([
      {
        ...{ type: 'changed', key: live.key, kind: 'column', migration: '0000_a' },
        ...{ madeBy: '0000_a', expected: expect.any(String), found: 'varchar(50) DEFAULT 1' },
      },
    ]);
    expect(
      drifted(byHand(shop, adding(column('public.users.email', 'text', { default: '9' })))),
    ).toEqual(['changed column public.users.email by 0001_b, made by 0000_a']);
  });

  test('back to what an earlier migration left is drift all the same', () => {
    const twice = {
      ...shop,
      '0004_e': [createTable('public.x'), setDefault('public.users.email', '2')],
    };
    const found = byHand(
      { ...twice, '0005_f': [createTable('public.y')] },
      adding(column('public.users.email', 'text', { default: '1' })),
    );
    expect(drifted(found)).toEqual(['changed column public.users.email by 0004_e, made by 0000_a']);
  });

  test('a part that no migration sets is drift', () => {
    const live = column('public.tags.id', 'text', { default: '7' });
    expect(drifted(byHand(shop, adding(live)))).toEqual([
      'changed column public.tags.id by 0003_d, made by 0003_d',
    ]);
  });

  test('the order of values of an enum', () => {
    const mood = (values: string) => object('enum public.mood', { values });
    const one = { '0000_a': [does('CREATE TYPE', mood("'sad', 'ok'"))] };
    expect(byHand(one, (catalog) => catalog).drift).toEqual([]);
    const found = byHand(one, adding(mood("'ok', 'sad'")));
    expect(found.drift).toMatchObject([
      { type: 'changed', expected: "('sad', 'ok')", found: "('ok', 'sad')" },
    ]);
  });

  test('an index that is not valid', () => {
    const found = byHand(shop, adding(index('public.users_email', 'public.users', 'false')));
    expect(found.drift).toMatchObject([
      { type: 'changed', found: expect.stringMatching(/INVALID$/) },
    ]);
  });

  test('proves nothing of a migration that is pending', () => {
    const pending = { ...shop, '0004_e': [setDefault('public.users.email', '2')] };
    const ran = Object.keys(shop);
    const seven = adding(column('public.users.email', 'text', { default: '7' }));
    const found = byHand(pending, seven, ran);
    expect(states(found)[4]).toBe('unprovable');
    expect(found.migrations.get('0004_e')?.ambiguous).toHaveLength(2);
    expect(drifted(found)).toEqual(['changed column public.users.email by 0001_b, made by 0000_a']);

    const more = { ...shop, '0004_e': [...pending['0004_e'], addColumn('public.tags.name')] };
    const both = byHand(more, seven, ran);
    expect(states(both)[4]).toBe('absent');
    expect(both.migrations.get('0004_e')?.lacks).toEqual(['column public.tags.name']);
    const turned = { ...shop, '0004_e': more['0004_e'].toReversed() };
    expect(states(byHand(turned, seven, ran))[4]).toBe('absent');
    const stopped = byHand(turned, seven, [...ran, '0004_e:1']);
    expect(stopped.migrations.get('0004_e')?.schema).not.toBe('partial');
  });

  test('by hand, in the last migration, leaves it present', () => {
    const last = { ...shop, '0004_e': [setDefault('public.users.email', '2')] };
    const found = byHand(last, adding(column('public.users.email', 'text', { default: '7' })));
    expect(states(found)[4]).toBe('present');
    expect(drifted(found)).toEqual(['changed column public.users.email by 0004_e, made by 0000_a']);
  });
});

describe('extra', () => {
  const table = object('table public.backup');
  const inIt = column('public.backup.id');

  test('only the topmost is named, with the migration that made what it stands in', () => {
    expect(drifted(byHand(shop, adding(table, inIt)))).toEqual(['extra table public.backup']);
    expect(drifted(byHand(shop, adding(column('public.users.extra'))))).toEqual([
      'extra column public.users.extra by 0000_a',
    ]);
  });

  test('nor are the tables of a schema that no migration makes', () => {
    const own = object('schema ops');
    const inside = [own, object('table ops.jobs'), column('ops.jobs.id')];
    expect(drifted(byHand(shop, adding(...inside)))).toEqual(['extra schema ops']);
    const made = { ...shop, '0004_e': [does('CREATE SCHEMA', object('schema "Big"'))] };
    expect(drifted(byHand(made, adding(object('table "Big".jobs'))))).toEqual([
      'extra table "Big".jobs',
    ]);
  });

  test('what a platform brings along is not named', () => {
    const grant = (to: string) =>
      object(`grant SELECT on table public.users to ${to}`, {}, 'table public.users');
    const platform = [
      ...[
        object('schema auth'),
        object('table auth.users'),
        object('extension pg_stat_statements'),
      ],
      ...[object('publication supabase_realtime'), grant('anon'), grant('"my role"')],
      object('default privilege SELECT on tables of postgres to anon', {}, null),
      object('default privilege SELECT on tables of postgres to "my role"', {}, null),
    ];
    expect(drifted(byHand(shop, adding(...platform)))).toEqual([]);
    expect(drifted(byHand(shop, adding(...platform, grant('mallory'))))).toEqual([
      'extra grant SELECT on table public.users to mallory by 0000_a',
    ]);
  });

  test('what a statement would make that fails in the sandbox is unknown, with all that stands in it', () => {
    const failed = { ...shop, '0004_e': [failing('CREATE TABLE', { names: ['public.backup'] })] };
    const index = object('index public.backup_id', { valid: 'true' }, table.key);
    expect(drifted(byHand(failed, adding(table, inIt, index)))).toEqual([]);
    expect(drifted(byHand(failed, adding(object('table public.backups'))))).toEqual([
      'extra table public.backups',
    ]);
  });

  test('what a migration drops and is there again is named with it', () => {
    const dropped = {
      ...shop,
      '0004_e': [does('ALTER TABLE', 'column public.users.email'), createTable('public.x')],
      '0005_f': [createTable('public.y')],
    };
    const found = byHand(dropped, adding(column('public.users.email', 'text', { default: '1' })));
    expect(drifted(found)).toEqual(['extra column public.users.email by 0004_e, made by 0000_a']);
  });
});
