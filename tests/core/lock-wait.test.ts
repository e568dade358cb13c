import { expect, test } from 'vitest';
import type { Folder } from '../../src/core/facts.js';
import { locksOf } from '../../src/core/lock-wait.js';
import type { Statement, Write } from '../../src/core/plan.js';
import type { Rehearsal } from '../../src/core/rehearsal.js';
import { diagnosis } from '../support/states.js';

const text = 'SELECT 1;\nALTER TABLE a ADD b int;\nCREATE INDEX ON c (d);\n';
const at = (sql: string): Statement => ({
  sql,
  source: { path: '1.sql', offset: text.indexOf(sql) },
});

function folder(): Folder {
  const { folder: base } = diagnosis().facts;
  const [first] = base.migrations;
  const migration = { ...first, id: 'one', file: { ...first?.file, path: '1.sql', text } };
  return { ...base, migrations: [migration] } as unknown as Folder;
}

function rehearsal(): Rehearsal {
  const on = (relation: string, mode: string) => ({ relation, mode, bytes: 0, rows: 0 });
  const statement = (line: number, locks: unknown[]) => ({ migration: 'one', line, locks });
  const statements = [
    statement(1, []),
    statement(2, [on('public.a', 'ACCESS EXCLUSIVE')]),
    statement(3, [on('public.c', 'SHARE')]),
  ];
  return { statements } as unknown as Rehearsal;
}

const write = (statements: readonly Statement[]): Write => ({
  type: 'transaction',
  lock: '"dri""zzle"."history"',
  before: [],
  statements,
  after: [],
  undo: { type: 'none', why: '' },
});

test('a write takes its own lock, and those that its own statements took in the rehearsal', () => {
  const own = { relation: 'dri"zzle.history', mode: 'ACCESS EXCLUSIVE' };
  const [alter, index] = [at('ALTER TABLE a ADD b int'), at('CREATE INDEX ON c (d)')];
  expect(locksOf(write([alter, alter]), folder(), rehearsal())).toEqual([
    own,
    { relation: 'public.a', mode: 'ACCESS EXCLUSIVE' },
  ]);
  expect(locksOf(write([index, { sql: 'INSERT', source: null }]), folder(), rehearsal())).toEqual([
    own,
    { relation: 'public.c', mode: 'SHARE' },
  ]);
  expect(locksOf(write([alter]), folder(), null)).toEqual([own]);
});
