import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildPlan } from '../../src/core/build-plan.js';
import { diagnose } from '../../src/core/diagnose.js';
import { UserError } from '../../src/core/errors.js';
import type { Plan } from '../../src/core/plan.js';
import { planFile } from '../../src/core/plan-file.js';
import type { Playbook } from '../../src/core/playbook.js';
import type { RestoreFacts } from '../../src/core/restore.js';
import type { SqlParser } from '../../src/core/sql.js';
import { loadPlaybooks } from '../../src/files/playbooks.js';
import { loadParser } from '../../src/postgres/parse.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { cases } from '../support/cases.js';
import { project, type Project } from '../support/drizzle-facts.js';
import { sha256 } from '../support/drizzle-project.js';

let parser: SqlParser;
let playbook: Playbook;
beforeAll(async () => {
  parser = await loadParser();
  playbook = (await loadPlaybooks('/nosuch')).find(({ name }) => name === 'restore-backup')!;
});

const facts = project();
const live = facts.target!.database;
const { host, port, database, identity, user } = facts.target!;
const history = facts.history!;
const manifest = {
  sha256: 'b'.repeat(64),
  target: { host, port, database, identity },
  proven: true,
  tables: 3,
  rows: 1200,
  history: { ...history, rows: history.rows.slice(0, 2) },
};
const found: RestoreFacts = {
  backup: {
    path: '/backups/shop.dump',
    format: 'custom',
    sha256: 'a'.repeat(64),
    bytes: 1000,
    takenAt: '2026-11-20T23:59:59.000Z',
    checksum: true,
    manifest,
  },
  live: {
    oid: '16400',
    owner: 'app',
    encoding: 'UTF8',
    provider: 'icu',
    collate: 'en_US.UTF-8',
    ctype: 'en_US.UTF-8',
    locale: 'en-US',
    rules: null,
    tablespace: null,
    connectionLimit: -1,
    comment: "the team's",
    grants: [{ grantee: null, privilege: 'CONNECT', grantable: false }],
    settings: [
      { role: null, name: 'search_path', value: '"$user", public, ""' },
      { role: 'worker', name: 'my.setting', value: "it's" },
    ],
  },
  maintenance: { host, port, database: 'postgres', user, identity: '7/5' },
  databases: ['postgres', live].map((name) => ({ name, comment: null })),
  role: { name: user, superuser: true, createdb: true, owns: true },
  unreadable: null,
  seen: [],
};

interface Change {
  readonly restore?: Partial<RestoreFacts>;
  readonly answers?: Readonly<Record<string, string>>;
  readonly project?: Project;
}

function plan({ restore = {}, answers = {}, project: other = {} }: Change = {}): Plan {
  return buildPlan({
    playbook,
    diagnosis: diagnose(project(other), drizzle),
    tool: drizzle,
    migrations: [],
    answers,
    parser,
    sha256,
    restore: { ...found, ...restore },
  });
}

function refusal(change: Change): string {
  try {
    plan(change);
  } catch (error) {
    if (error instanceof UserError) return [error.message, ...error.next].join('\n');
    throw error;
  }
  return 'planned';
}

const rename = { swap: 'rename' };
const unproven = { ...found.backup, manifest: null };

describe('a plan', () => {
  test('makes the new database like the live one, and carries over what pg_dump leaves out', () => {
    const { steps, predicts, answers } = plan({ answers: rename });
    const [, restore, swap] = steps;
    const sql = (index: number): string =>
      planFile(plan({ answers: rename }), sha256).steps[index]!.sql!;
    expect(restore).toMatchObject({ id: 'restore', risk: 'ddl' });
    expect(swap).toMatchObject({ id: 'rename', risk: 'destructive' });
    const working = `"${live}_restored_20261120_incomplete"`;
    expect(sql(1).split('\n')).toEqual([
      '-- connected to the database postgres',
      `CREATE DATABASE ${working} TEMPLATE template0 OWNER "app" ENCODING 'UTF8' LOCALE_PROVIDER icu LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8' ICU_LOCALE 'en-US';`,
      expect.stringContaining('/backups/shop.dump'),
      'BEGIN;',
      `REVOKE ALL ON DATABASE ${working} FROM PUBLIC, "app";`,
      `GRANT CONNECT ON DATABASE ${working} TO PUBLIC;`,
      `ALTER DATABASE ${working} SET "search_path" TO "$user", public, '';`,
      `ALTER ROLE "worker" IN DATABASE ${working} SET "my"."setting" TO 'it''s';`,
      expect.stringMatching(/^COMMENT ON DATABASE .* IS 'restored by pgmedic/),
      `ALTER DATABASE ${working} RENAME TO "${live}_restored_20261120";`,
      expect.stringContaining('SELECT oid'),
      'COMMIT;',
    ]);
    for (const statement of sql(1)
      .split(/;\n|\n/)
      .filter((line) => !line.startsWith('--'))) {
      expect(parser.split(statement), statement).toMatchObject({ ok: true });
    }
    expect(answers).toMatchObject({
      backup: '/backups/shop.dump',
      name: `${live}_restored_20261120`,
    });
    // The migrator finds the history of the backup, in which the last migration is not recorded.
    expect(predicts.runs).toEqual(['0002_c']);
    expect(plan().predicts.runs).toEqual([]);
  });

  test('is the same for the same answers, for those it has settled, and whatever was counted', () => {
    const first = plan();
    expect(plan({ answers: first.answers })).toEqual(first);
    const counted = plan({ restore: { seen: ['orders: 3 rows live'] } });
    expect(counted.code).toBe(first.code);
    expect(counted.steps).toEqual(first.steps);
  });

  test('never writes to the live database, but for its rename', () => {
    const names = fc.constantFrom(
      '',
      'fresh',
      `${live} `,
      'a"b',
      "q'uote",
      'ü'.repeat(30),
      'x'.repeat(60),
    );
    const change = fc.record({
      name: names,
      swap: fc.constantFrom('commands', 'rename'),
      reason: fc.constantFrom('', 'I know it'),
      manifest: fc.constantFrom(manifest, null),
      checksum: fc.boolean(),
      superuser: fc.boolean(),
      others: fc.array(
        fc.constantFrom('fresh', `${live}_restored_20261120`, `${live}_before_restore_20261120`),
        { maxLength: 2 },
      ),
    });
    fc.assert(
      fc.property(change, ({ name, swap, reason, manifest, checksum, superuser, others }) => {
        let made: Plan;
        try {
          made = plan({
            answers: { name, swap, reason },
            restore: {
              backup: { ...found.backup, manifest, checksum },
              databases: ['postgres', live, ...others].map((one) => ({ name: one, comment: null })),
              role: { ...found.role, superuser },
            },
          });
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          return;
        }
        const writes = made.steps.flatMap((step) => (step.kind === 'write' ? [step.write] : []));
        expect(writes.length).toBe(swap === 'rename' ? 2 : 1);
        for (const write of writes) {
          if (write.type === 'restore') {
            expect(write.in.database).not.toBe(live);
            for (const taken of ['postgres', live, ...others]) {
              expect([write.database, write.working]).not.toContain(taken);
            }
            const all = [write.create, ...write.finish].map(({ sql }) => sql).join('\n');
            expect(all).not.toMatch(new RegExp(`DATABASE "${live}"(?!")`));
            continue;
          }
          expect(write).toMatchObject({ type: 'transaction', in: { database: 'postgres' } });
          if (write.type !== 'transaction') continue;
          expect(write.unused).toContain(live);
          const touching = write.statements.filter(({ sql }) => sql.includes(`DATABASE "${live}"`));
          for (const { sql } of touching)
            expect(sql).toMatch(/^(ALTER DATABASE .* RENAME TO |COMMENT ON DATABASE )/);
          expect(write.statements.map(({ sql }) => sql).join()).not.toMatch(/\bDROP\b/);
        }
      }),
      cases(100, 2000),
    );
  });
});

describe('refused before anything', () => {
  test.for<[string, Change, RegExp]>([
    [
      'a name that exists',
      { answers: { name: 'postgres' } },
      /postgres exists already, and a backup is never restored over one.*--set name=postgres_2/s,
    ],
    ['the live name', { answers: { name: live } }, /exists already/],
    ['a name that is too long', { answers: { name: 'x'.repeat(64) } }, /63 bytes at most/],
    [
      'what an earlier try left',
      { restore: { databases: [{ name: `${live}_restored_20261120_incomplete`, comment: null }] } },
      /did not come to its end.*DROP DATABASE/s,
    ],
    [
      'a role that may not make databases',
      { restore: { role: { ...found.role, superuser: false, createdb: false } } },
      /may not create databases.*CREATEDB/s,
    ],
    [
      'a role that does not own the live one',
      { restore: { role: { ...found.role, superuser: false, owns: false } } },
      /belongs to app/,
    ],
    ['a pooler', { project: { target: { pooler: true } } }, /pooler.*direct URL/s],
    ['a replica', { project: { target: { role: 'replica' } } }, /is a replica.*primary/s],
    [
      'a file that cannot be read here',
      { restore: { unreadable: 'there is no pg_restore' } },
      /cannot be restored here: there is no pg_restore.*--pg-dump/s,
    ],
    [
      'a file without a checksum',
      { restore: { backup: { ...found.backup, checksum: false } } },
      /No SHA-256.*--set reason=/s,
    ],
    [
      'a file that says nothing of itself',
      { restore: { backup: unproven } },
      /compared with nothing.*--set reason=/s,
    ],
    [
      'a backup that was only read back',
      { restore: { backup: { ...found.backup, manifest: { ...manifest, proven: false } } } },
      /never restored and compared/,
    ],
    [
      'a backup of another database',
      {
        restore: {
          backup: {
            ...found.backup,
            manifest: { ...manifest, target: { ...manifest.target, identity: '8/1' } },
          },
        },
      },
      /of another database.*--set reason=/s,
    ],
    [
      'a rename to what no history is known of',
      { answers: { ...rename, reason: 'mine' }, restore: { backup: unproven } },
      /cannot be told.*swap=commands/s,
    ],
  ])('%s', ([, change, words]) => {
    expect(refusal(change)).toMatch(words);
  });

  test('not when there is a reason, which is shown', () => {
    const made = plan({ answers: { reason: 'from the provider' }, restore: { backup: unproven } });
    expect(made.steps.find(({ id }) => id === 'restore')?.text).toMatch(
      /Reason: from the provider.*compared with nothing/s,
    );
  });

  test('only the rename is left where the very backup is restored already', () => {
    const name = `${live}_restored_20261120`;
    const comment = `restored by pgmedic from a backup of ${found.backup.takenAt}, SHA-256 ${found.backup.sha256}`;
    const databases = [{ name, comment }];
    const kinds = (change: Change): string[] =>
      plan(change).steps.map(({ id, kind }) => `${id} ${kind}`);
    expect(kinds({ answers: rename, restore: { databases } })).toEqual([
      'means tell',
      'rename write',
      'agree check',
    ]);
    expect(refusal({ restore: { databases } })).toMatch(/exists already/);
    expect(
      refusal({ answers: rename, restore: { databases: [{ name, comment: 'other' }] } }),
    ).toMatch(/exists already/);
  });
});
