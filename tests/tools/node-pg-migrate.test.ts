import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { expect, test } from 'vitest';
import type { Recovering } from '../playbooks/session.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf, type ToolProject } from '../support/tool-project.js';
import { marksAndRollsBack, usingTool } from './using-tool.js';

/** The real one, with the options of its command line. */
async function run(dir: string, databaseUrl: string): Promise<string | null> {
  const options = { direction: 'up', migrationsTable: 'pgmigrations', singleTransaction: true };
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  return runner({
    ...options,
    direction: 'up',
    databaseUrl,
    dir: join(dir, 'migrations'),
    logger: quiet,
  }).then(
    () => null,
    ({ message }: Error) => message,
  );
}

const at = (name: string): string => `migrations/${name}.sql`;
const file = (up: string, down: string): string =>
  `-- Up Migration\n${up}\n\n-- Down Migration\n${down}\n`;
const users = '1700000000000_users';
const orders = '1700000001000_orders';
const notes = '1700000002000_notes';
const base = {
  [at(users)]: file('CREATE TABLE users (id int PRIMARY KEY);', 'DROP TABLE users;'),
  [at(orders)]: file(
    'CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);',
    'DROP TABLE orders;',
  ),
};
const added = { [at(notes)]: file('CREATE TABLE notes (id int);', 'DROP TABLE notes;') };
const program = {
  'migrations/1700000001500_tags.js': `exports.up = (pgm) => { pgm.createTable('tags', { id: 'id' }); };\n`,
};

let project: ToolProject;
let session: Recovering;
usingTool(
  { column: 'name', table: 'pgmigrations', run },
  base,
  (used) => ({ project, session } = used),
);

test('a fresh database, then nothing; a pending one that fails takes the others with it', async () => {
  const { facts } = await project.agree();
  expect(facts.tool).toBe('node-pg-migrate');
  expect(codesOf(await project.agree(true))).toEqual([]);
  await project.put({ ...added, [at('1700000003000_wrong')]: 'ALTER TABLE nowhere ADD a int;' });
  const { nextRun } = await project.look();
  expect(nextRun.fails).toMatchObject({ migration: '1700000003000_wrong', sqlstate: '42P01' });
  expect(await project.run()).toEqual({
    recorded: [],
    error: expect.stringContaining(nextRun.fails?.message ?? ''),
  });
});

test('one that came late, and one whose file is gone in the middle, make it refuse', async () => {
  await project.put(added);
  await project.run();
  await project.put({ [at('1700000000500_late')]: 'CREATE TABLE late (id int);' });
  const late = await project.agree();
  expect(late.nextRun).toMatchObject({ runs: [], fails: { migration: '1700000000500_late' } });
  await project.put({ [at('1700000000500_late')]: null, [at(orders)]: null });
  const gone = await project.agree();
  expect(gone.nextRun.fails?.message).toContain(`Not run migration ${notes} is preceding`);
  expect(gone.findings.find(({ code }) => code === 'history-row-unknown')?.migrations).toEqual([
    orders,
  ]);
  await project.put({ [at(notes)]: null, ...{ [at(orders)]: base[at(orders)] ?? '' } });
  expect((await project.agree()).nextRun.fails).toBeNull();
  await project.put({ 'migrations/README.md': 'How to write one' });
  expect((await project.agree()).nextRun.fails?.message).toContain('numeric prefix');
});

test('an id that is taken is said before it stops the run', async () => {
  await project.run();
  await project.put(added);
  await project.sql("SELECT setval('pgmigrations_id_seq', 1, true)");
  const { nextRun } = await project.look(false);
  expect(nextRun.fails).toMatchObject({ migration: notes, sqlstate: '23505' });
  expect(await project.run()).toEqual({ recorded: [], error: nextRun.fails?.message });
});

test('a program is said to be one: no evidence, no drift, and it is not applied by hand', async () => {
  await project.run();
  await project.put({ ...program, ...added });
  const pending = await project.agree(true);
  expect(pending.nextRun.runs).toEqual(['1700000001500_tags', notes]);
  expect(pending.board.map(({ schema }) => schema)).toEqual([
    'present',
    'present',
    'unknown',
    'absent',
  ]);
  const applied = await project.agree(true);
  expect(codesOf(applied)).toEqual([]);
  const refused = await session.play('apply-manually', { migrations: ['1700000001500_tags'] });
  expect(refused.plan).toBeNull();
});

deepTest('marked, unmarked and rolled back by its own down part: it agrees each time', async () => {
  await project.put(added);
  await project.run();
  await marksAndRollsBack({ project, session }, notes);
});
