import type { Facts } from '../../src/core/facts.js';
import type { FindingCode } from '../../src/core/finding.js';
import type {
  LockTaken,
  RehearsalFailure,
  RehearsedStatement,
  RelationSize,
} from '../../src/core/rehearsal.js';
import type { Case } from './finding-case.js';
import {
  addColumn,
  createTable,
  failing,
  type Migrations,
  type Statement,
} from './finding-case-replay.js';
import { shop, shown } from './finding-cases-evidence.js';

const before = ['0000_a', '0001_b'];

/** 0002_c is pending; what its rehearsal showed. */
export function rehearsed(
  statements: readonly Partial<RehearsedStatement>[],
  failure: Partial<RehearsalFailure> | null = null,
  ran: readonly string[] = before,
  migrations: Migrations = {},
): Facts {
  return shown({
    migrations: { ...shop, ...migrations },
    ran,
    recorded: before,
    rehearsal: {
      runs: ['0002_c'],
      statements: statements.map((one, at) => ({
        ...{ migration: '0002_c', number: at + 1, label: 'ALTER TABLE', line: at + 1 },
        ...{ locks: [], rewrites: [], readsRows: false, destroys: null, probe: null, ...one },
      })),
      failure: failure && {
        ...{ migration: '0002_c', statement: 'ALTER TABLE x\n  ADD y', line: 4, sqlstate: '42000' },
        ...{ message: 'it cannot be', code: 'will-fail-other', evidence: [], ...failure },
      },
      unknown: [],
    },
  });
}

function failsWith(
  code: FindingCode,
  sqlstate: string,
  message: string,
  playbooks: readonly string[] = [],
  more: { evidence?: string; ran?: readonly string[] } = {},
): Case {
  const shows = more.evidence ?? 'drizzle/0002_c.sql:4: ALTER TABLE x ADD y';
  const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const evidence = more.evidence === undefined ? [] : [more.evidence];
  return {
    facts: rehearsed([], { code, sqlstate, message, evidence }, more.ran),
    severity: 'error',
    says: new RegExp(`^${escaped(`The next run stops in 0002_c: ${message} (${sqlstate}).`)}$`),
    shows: new RegExp(`^${escaped(shows)}$`),
    migrations: ['0002_c'],
    playbooks,
    near: [
      rehearsed([]),
      rehearsed([], { code: code === 'will-fail-other' ? 'will-fail-cast' : 'will-fail-other' }),
    ],
  };
}

const marks = ['baseline', 'mark-applied'];

export const failureCases = {
  'will-fail-exists': failsWith(
    'will-fail-exists',
    '42P07',
    'relation "posts" already exists',
    marks,
    {
      evidence: 'public.posts: table (id text)',
      ran: [...before, '0002_c'],
    },
  ),
  'will-fail-absent': failsWith('will-fail-absent', '42P01', 'relation "x" does not exist'),
  'will-fail-not-null': failsWith(
    'will-fail-not-null',
    '23502',
    'column "y" of relation "x" contains null values',
    ['backfill-not-null'],
    { evidence: 'Rows of public.x whose y is null: 12 of 40 rows.' },
  ),
  'will-fail-duplicates': failsWith(
    'will-fail-duplicates',
    '23505',
    'could not create unique index',
  ),
  'will-fail-orphans': failsWith('will-fail-orphans', '23503', 'violates foreign key constraint'),
  'will-fail-cast': failsWith('will-fail-cast', '22P02', 'invalid input syntax for type integer'),
  'will-fail-enum-in-transaction': failsWith(
    'will-fail-enum-in-transaction',
    '55P04',
    'unsafe use of new value',
    ['apply-manually'],
  ),
  'will-fail-in-transaction': failsWith(
    'will-fail-in-transaction',
    '25001',
    'CREATE INDEX CONCURRENTLY cannot run inside a transaction block',
    ['apply-manually'],
  ),
  'will-fail-syntax': failsWith('will-fail-syntax', '42601', 'syntax error at or near "x"'),
  'will-fail-other': failsWith('will-fail-other', '42501', 'permission denied for table x'),
} satisfies Partial<Record<FindingCode, Case>>;

const size = (bytes: number, rows: number): RelationSize => ({
  ...{ relation: 'public.orders', bytes, rows },
});
const small = size(16_384, 40);
const large = size(9_000_000_000, 12_000_000);
const lock = (one: RelationSize, mode = 'ACCESS EXCLUSIVE'): LockTaken => ({ ...one, mode });

/** 0002_c is pending, and made of these statements. */
const pending = (...statements: readonly Statement[]): Facts =>
  shown({
    migrations: {
      ...{ '0000_a': [createTable('public.users')], '0001_b': [addColumn('public.users.name')] },
      '0002_c': statements,
    },
    ran: before,
    recorded: before,
  });
const named = (label: string, text = label): Statement => ({ label, does: [], text });
const again = failing('ALTER TABLE', {
  ...{
    sqlstate: '42701',
    message: 'column "name" of relation "users" already exists',
    redundant: true,
  },
});
const insert = named('INSERT', 'INSERT INTO drizzle.__drizzle_migrations (hash) VALUES (1)');

export const nextRunCases = {
  'records-itself': {
    facts: pending(named('CREATE TABLE'), insert),
    severity: 'error',
    says: /^0002_c writes to drizzle\.__drizzle_migrations itself, and the migrator adds its own row\.$/,
    shows: /^drizzle\/0002_c\.sql:2: INSERT$/,
    migrations: ['0002_c'],
    near: [
      pending(named('INSERT', 'INSERT INTO migrations VALUES (1)')),
      pending(named('COMMENT ON', "COMMENT ON TABLE x IS 'not __drizzle_migrations'")),
      shown({
        migrations: { '0000_a': [createTable('public.users')], '0001_b': [], '0002_c': [insert] },
      }),
    ],
  },
  redundant: {
    facts: pending(again),
    severity: 'warning',
    says: /^0002_c makes again what an earlier migration makes: it fails wherever that one has run\.$/,
    shows: /^drizzle\/0002_c\.sql:1: column "name" of relation "users" already exists \(42701\)$/,
    migrations: ['0002_c'],
    near: [
      pending(failing('ALTER TABLE')),
      shown({ migrations: { '0000_a': [], '0002_c': [again] } }),
    ],
  },
  'transaction-control': {
    facts: pending(named('BEGIN'), named('UPDATE'), named('COMMIT')),
    severity: 'error',
    says: /^0002_c ends the migrator's transaction: /,
    shows: /^drizzle\/0002_c\.sql:3: COMMIT$/,
    migrations: ['0002_c'],
    near: [
      // Only a warning of the server's.
      pending(named('BEGIN')),
      pending(named('SAVEPOINT'), named('ROLLBACK TO SAVEPOINT'), named('RELEASE SAVEPOINT')),
      pending(named('COMMIT PREPARED')),
    ],
  },
  'locks-table': {
    facts: rehearsed([{ label: 'CREATE INDEX', locks: [lock(large, 'SHARE')], readsRows: true }]),
    severity: 'warning',
    says: /^0002_c locks public\.orders while it reads every row: nobody can write there meanwhile\.$/,
    shows:
      /^drizzle\/0002_c\.sql:1: CREATE INDEX takes SHARE on public\.orders \(9\.0 GB, about 12000000 rows\); measured/,
    migrations: ['0002_c'],
    near: [
      rehearsed([{ locks: [lock(large)], readsRows: false }]),
      rehearsed([{ locks: [lock(small)], readsRows: true }]),
      rehearsed([{ locks: [lock(large, 'SHARE UPDATE EXCLUSIVE')], readsRows: true }]),
      rehearsed([{ locks: [lock(large)], rewrites: [large], readsRows: true }]),
    ],
  },
  'rewrites-table': {
    facts: rehearsed([{ rewrites: [size(2_000_000, -1)], locks: [lock(size(2_000_000, -1))] }]),
    severity: 'info',
    says: /^0002_c rewrites public\.orders: nobody can read or write there meanwhile\.$/,
    shows:
      /^drizzle\/0002_c\.sql:1: ALTER TABLE rewrites public\.orders \(2 MB, rows never counted\); measured/,
    migrations: ['0002_c'],
    near: [rehearsed([{ rewrites: [small] }]), rehearsed([{ locks: [lock(large)] }])],
  },
  'loses-data': {
    facts: rehearsed([{ destroys: 'DROP COLUMN', locks: [lock(small)] }]),
    severity: 'warning',
    says: /^0002_c destroys data: DROP COLUMN\.$/,
    shows: /^public\.orders: 17 kB, about 40 rows$/,
    migrations: ['0002_c'],
    near: [
      rehearsed([{ locks: [lock(large)] }]),
      // Nothing is in it.
      rehearsed([{ destroys: 'DROP TABLE', locks: [lock(size(8192, 0))] }]),
      // Made by the same run.
      rehearsed([{ destroys: 'DROP TABLE' }]),
    ],
  },
} satisfies Record<string, Case>;
