import { project } from './drizzle-facts.js';
import { type Case, dumper, tooOld } from './finding-case.js';

export const surroundingsCases = {
  pooler: {
    facts: project({
      target: { pooler: true },
      surroundings: {
        directUrl: { value: 'postgresql://app@direct/shop', origin: '.env DIRECT_URL' },
      },
    }),
    severity: 'error',
    says: /connection pooler/,
    shows: /\.env DIRECT_URL holds a direct one: postgresql:\/\/app@direct\/shop/,
    near: [project({ surroundings: { directUrl: { value: 'x', origin: 'y' } } })],
  },
  replica: {
    facts: project({ target: { role: 'replica' } }),
    severity: 'error',
    says: /nothing can be written/,
    shows: /localhost:5432 is in recovery/,
    near: [project()],
  },
  'insufficient-privilege': {
    facts: project({
      surroundings: {
        missingPrivileges: [
          'No CREATE on database shop: drizzle-orm creates its schema each time.',
        ],
      },
    }),
    severity: 'error',
    says: /The role app may not/,
    shows: /^No CREATE on database shop/,
    near: [project()],
  },
  'pg-dump-missing': {
    facts: project({ surroundings: { dumper } }),
    severity: 'error',
    says: /no pg_dump to be found. Without a backup/,
    shows: /--pg-dump names one/,
    near: [
      project({ surroundings: { dumper: { ...dumper, use: 'wasm', rejected: [tooOld] } } }),
      project({ surroundings: { dumper: { ...dumper, rejected: [tooOld] } } }),
    ],
  },
  'pg-dump-too-old': {
    facts: project({ surroundings: { dumper: { ...dumper, rejected: [tooOld] } } }),
    severity: 'error',
    says: /of no use for this server/,
    shows: /\/usr\/bin\/pg_dump 14.2: older/,
    near: [
      project({ surroundings: { dumper: { ...dumper, use: 'wasm', rejected: [tooOld] } } }),
      project({
        surroundings: {
          dumper: {
            ...dumper,
            use: 'native',
            rejected: [tooOld],
            path: '/opt/pg_dump',
            version: '18.1',
          },
        },
      }),
    ],
  },
  blocked: {
    facts: project({
      surroundings: {
        blockers: [
          {
            pid: 7,
            user: 'bi',
            application: 'psql',
            state: 'idle in transaction',
            query: 'LOCK\n TABLE x',
            age: 61.4,
            holds: 'ExclusiveLock on drizzle.__drizzle_migrations',
          },
        ],
      },
    }),
    severity: 'warning',
    says: /1 session holds a lock/,
    shows: /pid 7 \(bi, psql\), idle in transaction for 61 s, holds ExclusiveLock.*: LOCK TABLE x$/,
    near: [project()],
  },
} satisfies Record<string, Case>;
