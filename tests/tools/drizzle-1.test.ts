import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { drizzle as orm } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import { states } from '../playbooks/session.js';
import { codesOf } from '../support/tool-project.js';
import { conforms, notes, orders, users } from './conformance.js';
import { drizzle1, nameOf, sqlOf } from './subjects/drizzle-1.js';
import { drizzle } from './subjects/drizzle.js';
import type { UsedTool } from './using-tool.js';
import { deepTest } from '../support/deep-test.js';

let project: UsedTool['project'];
let session: UsedTool['session'];
conforms(drizzle1, (used) => ({ project, session } = used));

const [userName, orderName, noteName] = [nameOf(users), nameOf(orders), nameOf(notes)];
const table = 'drizzle.__drizzle_migrations';
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const textOf = ({ up }: { readonly up: readonly string[] }): string =>
  up.join(';\n--> statement-breakpoint\n');
const stampOf = (name: string): number =>
  Date.parse(`${name.slice(0, 4)}-${name.slice(4, 6)}-${name.slice(6, 8)}T00:00:00Z`);

/** The table and the schema as 0.x left them: rows of these stamps and texts. */
async function old(
  rows: readonly (readonly [stamp: number | null, text: string])[],
): Promise<void> {
  await project.sql([...users.up, ...orders.up].join(';'));
  await project.sql(
    `CREATE SCHEMA drizzle; CREATE TABLE ${table} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)`,
  );
  for (const [stamp, text] of rows) {
    await project.sql(
      `INSERT INTO ${table} (hash, created_at) VALUES ('${hashOf(text)}', ${stamp})`,
    );
  }
}

const rowsNow = async (): Promise<Record<string, string>[]> =>
  (await project.sql(`SELECT * FROM ${table} ORDER BY id`)).rows;

/** Rows that a run adds are of what was said, whatever it does to those that were there. */
async function agrees(evidence = false): Promise<Diagnosis> {
  const said = await project.look(evidence);
  const before = (await rowsNow()).length;
  const error = await drizzle1.run(project.dir, project.url);
  const after = (await rowsNow()).slice(before);
  const { runs, fails } = said.nextRun;
  expect({ error, ran: after.map(({ name }) => name) }).toEqual({
    error: fails === null ? null : expect.stringContaining(fails.message),
    ran: fails === null ? runs : [],
  });
  return said;
}

/** A day of January 2025 as drizzle-kit 0.x stamps it: not at a whole second. */
const when = (name: string): number => stampOf(name) + 789;

describe('a table of 0.x', () => {
  test('is brought up to date by the first run: by second, the hash unseen; then nothing is found', async () => {
    await old([
      [when(userName), textOf(users)],
      [when(orderName), 'as it was before it was edited'],
    ]);
    const { nextRun, board, findings } = await agrees();
    expect(nextRun).toEqual({ runs: [], skips: [], fails: null });
    expect(board.map(({ file, history }) => [file, history])).toEqual([
      ['present', 'recorded'],
      ['edited', 'recorded'],
    ]);
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['edited-after-apply', 'info'],
    ]);
    expect((await rowsNow()).map(({ name }) => name)).toEqual([userName, orderName]);
    const named = await project.agree(true);
    expect(codesOf(named)).toEqual(['edited-after-apply']);
    expect(named.findings[0]?.evidence[0]).toMatch(
      /has the hash \w{12}\.\.\.; drizzle\.__drizzle_migrations records 20250103000000_orders with \w{12}\.\.\.$/,
    );
  });

  test('of one second the hash decides, of another any with it', async () => {
    const twin = userName.replace('users', 'twin');
    const same = 'SELECT 1';
    await project.put({ [sqlOf(twin)]: same, [sqlOf(noteName)]: same });
    await old([
      [when(userName), textOf(users)],
      [when(userName), same],
      [1_600_000_000_000, textOf(orders)],
    ]);
    expect((await agrees()).nextRun.runs).toEqual([noteName]);
    const names = [userName, twin, orderName, noteName];
    expect((await rowsNow()).map(({ name }) => name)).toEqual(names);
  });

  test.each([
    ['of no folder', 1_600_000_000_000, 'gone'],
    ['without a stamp', null, 'gone'],
  ])('a row %s: nothing is run, and it is said why', async (_, stamp, text) => {
    await old([
      [when(userName), textOf(users)],
      [stamp, text],
      [when(orderName), textOf(orders)],
    ]);
    await project.put(drizzle1.files([users, orders, notes]));
    const { nextRun, findings } = await agrees();
    expect(nextRun).toMatchObject({
      runs: [],
      fails: { message: expect.stringContaining('ids: 2') },
    });
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['history-row-unknown', 'error'],
    ]);
    expect(Object.keys((await rowsNow())[0] ?? {})).toEqual(['id', 'hash', 'created_at']);
  });

  deepTest('takes what is recorded in it before: the upgrade knows it again', async () => {
    await old([[when(userName), textOf(users)]]);
    const recorded = await session.play('baseline');
    expect(states(recorded)).toMatchObject({ record: 'done', agree: 'done' });
    await project.put(drizzle1.files([users, orders, notes]));
    const applied = await session.play('apply-manually', { migrations: [noteName] });
    expect(states(applied)).toMatchObject({ [`apply:${noteName}`]: 'done', agree: 'done' });
    expect((await agrees()).nextRun.runs).toEqual([]);
    expect((await rowsNow()).map(({ name }) => name)).toEqual([userName, orderName, noteName]);
    expect(codesOf(await project.agree(true))).toEqual([]);
  });
});

deepTest(
  'a row that 0.x wrote into the new table has no name: its migration would run again',
  async () => {
    await project.run();
    // 0.x writes its two columns, and what the rest of the row gets is the table's affair.
    await project.sql(`DELETE FROM ${table} WHERE name = '${orderName}'`);
    await project.sql(
      `INSERT INTO ${table} (hash, created_at) VALUES ('${hashOf(textOf(orders))}', ${when(orderName)})`,
    );
    const { nextRun, findings } = await agrees(true);
    expect(nextRun).toMatchObject({ runs: [orderName], fails: { sqlstate: '42P07' } });
    expect(findings.find(({ code }) => code === 'history-row-unknown')).toMatchObject({
      severity: 'warning',
      migrations: [orderName],
      playbooks: ['baseline', 'mark-applied'],
    });
    await session.play('mark-applied', { migrations: [orderName] });
    const after = await agrees();
    expect(after.nextRun.runs).toEqual([]);
    expect(after.findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['history-row-unknown', 'info'],
    ]);
    const added = (await rowsNow()).at(-1);
    expect(added).toMatchObject({
      name: orderName,
      hash: hashOf(textOf(orders)),
      created_at: String(stampOf(orderName)),
    });
    expect(added?.['applied_at']).not.toBeNull();
  },
);

test('a folder by another name runs again; what is no time, or has no place left, stops the run', async () => {
  await project.run();
  const renamed = nameOf({ place: 4, slug: 'order' });
  await project.put({
    [sqlOf(orderName)]: null,
    [sqlOf(renamed)]: textOf(orders),
  });
  expect((await agrees(true)).nextRun).toMatchObject({
    runs: [renamed],
    fails: { migration: renamed, sqlstate: '42P07' },
  });
  await project.put({ [sqlOf(renamed)]: null, [sqlOf('init')]: 'SELECT 1' });
  expect((await agrees()).nextRun.fails).toMatchObject({ migration: 'init', sqlstate: '22P02' });
  await project.put({ [sqlOf('init')]: null, [sqlOf(noteName)]: textOf(notes) });
  await project.sql(`SELECT setval('drizzle.__drizzle_migrations_id_seq', 1, false)`);
  expect((await agrees()).nextRun.fails).toMatchObject({ migration: noteName, sqlstate: '23505' });
});

describe('two layouts', () => {
  const one = (asked: string): Record<string, string> => ({
    'package.json': JSON.stringify({ dependencies: { 'drizzle-orm': asked } }),
  });

  test('the journal of 0.x beside the folders: 1.0 refuses, and it is said why', async () => {
    await project.put({ ...drizzle.files([users, notes]), ...one('^1.0.0-rc.5') });
    const { nextRun, findings } = await project.look(false);
    expect(await drizzle1.run(project.dir, project.url)).toBe(nextRun.fails?.message);
    expect(findings.map(({ code }) => code)).toEqual(['half-converted-folder']);
    expect(findings[0]?.evidence).toEqual(['drizzle/meta/_journal.json', 'drizzle/0004_notes.sql']);
  });

  test('the folder of 0.x alone, and drizzle-orm 1.0', async () => {
    await project.clear();
    await project.put({ ...drizzle.files([users, notes]), ...one('1.0.0-rc.5') });
    const { nextRun, findings, board } = await project.look(false);
    expect(board).toHaveLength(2);
    expect(await drizzle1.run(project.dir, project.url)).toBe(nextRun.fails?.message);
    expect(findings.map(({ code }) => code)).toEqual(['half-converted-folder']);
  });

  test('folders alone, and drizzle-orm 0.x', async () => {
    await project.put(one('~0.45.4'));
    const { nextRun, findings } = await project.look(false);
    await expect(
      migrate(orm(project.client), { migrationsFolder: join(project.dir, 'drizzle') }),
    ).rejects.toThrow(nextRun.fails?.message);
    expect(findings.map(({ code }) => code)).toEqual(['half-converted-folder']);
  });
});
