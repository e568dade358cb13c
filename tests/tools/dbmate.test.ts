import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { resolveBinary } from 'dbmate';
import { expect, test } from 'vitest';
import { boardText } from '../../src/core/telling/board-text.js';
import { states, type Recovering } from '../playbooks/session.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf, type ToolProject } from '../support/tool-project.js';
import { rollsBack, usingTool } from './using-tool.js';

/** The real dbmate; it prints "Applied" for what has failed, so that only its exit tells. */
async function dbmate(dir: string, url: string, command = 'migrate'): Promise<string | null> {
  const args = ['--no-dump-schema', '--url', `${url}?sslmode=disable`, command];
  const ran = await promisify(execFile)(resolveBinary(), args, { cwd: dir, env: {} }).then(
    () => null,
    ({ stderr }: { stderr: string }) => stderr,
  );
  return ran;
}

const at = (name: string): string => `db/migrations/${name}.sql`;
const file = (up: string, down = ''): string =>
  `-- migrate:up\n${up}\n\n-- migrate:down\n${down}\n`;
const users = '20250101000000_users';
const orders = '20250102000000_orders';
const notes = '20250103000000_notes';
const base = {
  [at(users)]: file('CREATE TABLE users (id int PRIMARY KEY, name text);', 'DROP TABLE users;'),
  [at(orders)]: file(
    'CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);\nCREATE INDEX orders_user ON orders (user_id);',
    'DROP TABLE orders;',
  ),
};
const added = { [at(notes)]: file('CREATE TABLE notes (id int);', 'DROP TABLE notes;') };

let project: ToolProject;
let session: Recovering;
usingTool(
  { column: 'version', table: 'schema_migrations', run: dbmate },
  base,
  (used) => ({ project, session } = used),
);

test('a fresh database: all of them in order; then nothing is found, and nothing runs', async () => {
  const { facts } = await project.agree();
  expect(facts).toMatchObject({ tool: 'dbmate', folder: { path: 'db/migrations', journal: null } });
  const healthy = await project.agree(true);
  expect(healthy.nextRun).toEqual({ runs: [], skips: [], fails: null });
  expect(codesOf(healthy)).toEqual([]);
  expect(boardText(healthy)[0]?.split(/ +/)).toEqual(['migration', 'file', 'history', 'schema']);
  expect(
    healthy.board.map((row) => [row.id, row.journal, row.snapshot, row.history, row.schema]),
  ).toEqual([
    [users, 'none', 'none', 'recorded', 'present'],
    [orders, 'none', 'none', 'recorded', 'present'],
  ]);
});

test('one that came late runs, whatever is applied behind it', async () => {
  await project.run();
  await project.put({ [at('20250101120000_late')]: file('CREATE TABLE late (id int);') });
  expect((await project.agree()).nextRun.runs).toEqual(['20250101120000_late']);
});

test('a file that is gone is on the board, and stops nothing', async () => {
  await project.put(added);
  await project.run();
  await project.put({ [at(users)]: null });
  const { board, findings, nextRun } = await project.agree();
  expect(board.map(({ id, file, history }) => [id, file, history])).toEqual([
    ['20250101000000', 'missing', 'recorded'],
    [orders, 'present', 'recorded'],
    [notes, 'present', 'recorded'],
  ]);
  expect(findings.find(({ code }) => code === 'history-row-unknown')).toMatchObject({
    severity: 'info',
    migrations: ['20250101000000'],
  });
  expect(nextRun.fails).toBeNull();
});

test('what fails stops it there, and what ran before stays', async () => {
  await project.run();
  await project.sql('CREATE TABLE notes (id int, body text)');
  await project.put({
    [at('20250102120000_tags')]: file('CREATE TABLE tags (id int);'),
    ...added,
    [at('20250104000000_more')]: file('CREATE TABLE more (id int);'),
  });
  const { nextRun, findings } = await project.agree(true);
  expect(nextRun.fails).toMatchObject({ migration: notes, sqlstate: '42P07' });
  expect(findings.map(({ code }) => code)).toContain('will-fail-exists');
});

test.each([
  ['without markers', 'CREATE TABLE notes (id int);'],
  ['without a down block', '-- migrate:up\nCREATE TABLE notes (id int);'],
  ['with SQL before the marker', 'SET x.y = 1;\n-- migrate:up\nSELECT 1;\n-- migrate:down'],
  ['with two down blocks', '-- migrate:up\nSELECT 1;\n-- migrate:down\n-- migrate:down\n'],
  ['with a byte order mark', '\uFEFF-- migrate:up\nSELECT 1;\n-- migrate:down\n'],
  ['with two up blocks', `${file('SELECT 1;')}${file('SELECT 2;')}`],
])('a file %s', async (_, text) => {
  await project.put({ [at('20250101120000_tags')]: file('CREATE TABLE tags (id int);') });
  await project.put({ [at(notes)]: text });
  const diagnosis = await project.look(false);
  expect(diagnosis.nextRun.fails?.migration).toBe(notes);
  expect(diagnosis.findings.find(({ code }) => code === 'will-fail-other')).toMatchObject({
    severity: 'error',
    migrations: [notes],
  });
  const { error } = await project.run();
  expect(error).toContain(diagnosis.nextRun.fails?.message);
});

test('transaction:false is believed: what PostgreSQL refuses inside a transaction goes through', async () => {
  await project.put({
    [at(notes)]:
      '-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY users_name ON users (name);\n-- migrate:down\n',
  });
  expect((await project.agree(true)).nextRun.fails).toBeNull();
  await project.put({
    [at('20250104000000_both')]:
      '-- migrate:up transaction:false\nSELECT 1;\nCREATE INDEX CONCURRENTLY users_id ON users (id);\n-- migrate:down\n',
    [at('20250105000000_in')]: file('CREATE INDEX CONCURRENTLY users_id ON users (id);'),
  });
  expect((await project.agree(true)).nextRun.fails).toMatchObject({ sqlstate: '25001' });
});

test('two files of one version: a row stands for both', async () => {
  await project.put({ [at('20250102000000_again')]: file('CREATE TABLE again (id int);') });
  const { nextRun } = await project.look(false);
  expect(nextRun).toMatchObject({ fails: { migration: orders, sqlstate: '23505' } });
  const { recorded, error } = await project.run();
  expect(error).toContain(nextRun.fails?.message);
  expect(recorded).toEqual(['20250101000000', '20250102000000']);
  const after = await project.agree();
  expect(after.nextRun.runs).toEqual([]);
  expect(codesOf(after)).toContain('duplicate-version');
});

test('applied past it: recorded by the playbook, and dbmate agrees; undone, it does not', async () => {
  await project.run();
  await project.put(added);
  await project.sql('CREATE TABLE notes (id int)');
  const played = await session.play('mark-applied', { migrations: [notes] });
  expect(states(played)).toMatchObject({ [`mark:${notes}`]: 'done', agree: 'done' });
  expect(await project.agree(true).then(codesOf)).toEqual([]);
  expect(await session.undo(`mark:${notes}`)).toMatchObject({ state: 'done' });
  expect(await project.names()).toEqual(['20250101000000', '20250102000000']);
  expect((await project.run()).error).toContain('already exists');
});

deepTest('recorded and never run: unmarked, then dbmate itself runs it', async () => {
  await project.run();
  await project.put(added);
  await project.sql("INSERT INTO schema_migrations VALUES ('20250103000000')");
  expect(await project.agree(true).then(codesOf)).toEqual(['recorded-absent']);
  await session.play('mark-unapplied', { migrations: [notes] });
  expect((await project.agree()).nextRun.runs).toEqual([notes]);
});

deepTest(
  'applied by hand, then rolled back by its own down block; dbmate agrees with both',
  async () => {
    await project.run();
    await project.put(added);
    const applied = await session.play('apply-manually', { migrations: [notes] });
    expect(states(applied)).toMatchObject({ [`apply:${notes}`]: 'done' });
    expect((await project.agree()).nextRun.runs).toEqual([]);
    const back = await rollsBack({ project, session }, notes);
    expect(back.plan?.steps.map((step) => JSON.stringify(step)).join()).toContain(
      'DROP TABLE notes',
    );
  },
);
