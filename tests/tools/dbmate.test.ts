import { expect, test } from 'vitest';
import { boardText } from '../../src/core/telling/board-text.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf } from '../support/tool-project.js';
import { conforms } from './conformance.js';
import { at, dbmate, file } from './subjects/dbmate.js';
import { rollsBack, type UsedTool } from './using-tool.js';

const users = '20250101000000_users';
const orders = '20250103000000_orders';
const notes = '20250104000000_notes';
const added = { [at(notes)]: file('CREATE TABLE notes (id int);', 'DROP TABLE notes;') };

let project: UsedTool['project'];
let session: UsedTool['session'];
conforms(dbmate, (used) => ({ project, session } = used));

test('a column that it has not is not on the board', async () => {
  const { board, ...diagnosis } = await project.look();
  const [head] = boardText({ board, ...diagnosis });
  expect(head?.split(/ +/)).toEqual(['migration', 'file', 'history', 'schema']);
  expect(board.map(({ id, journal, snapshot }) => [id, journal, snapshot])).toEqual([
    [users, 'none', 'none'],
    [orders, 'none', 'none'],
  ]);
});

test('a file that is gone is on the board, and stops nothing', async () => {
  await project.run();
  await project.put({ [at(users)]: null });
  const { board, findings, nextRun } = await project.agree();
  expect(board.map(({ id, file, history }) => [id, file, history])).toEqual([
    ['20250101000000', 'missing', 'recorded'],
    [orders, 'present', 'recorded'],
  ]);
  expect(findings.find(({ code }) => code === 'history-row-unknown')).toMatchObject({
    severity: 'info',
    migrations: ['20250101000000'],
  });
  expect(nextRun.fails).toBeNull();
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
  await project.put({ [at('20250103000000_again')]: file('CREATE TABLE again (id int);') });
  const { nextRun } = await project.look(false);
  expect(nextRun).toMatchObject({ fails: { migration: orders, sqlstate: '23505' } });
  const { recorded, error } = await project.run();
  expect(error).toContain(nextRun.fails?.message);
  expect(recorded).toEqual(['20250101000000', '20250103000000']);
  const after = await project.agree();
  expect(after.nextRun.runs).toEqual([]);
  expect(codesOf(after)).toContain('duplicate-version');
});

deepTest('rolled back by its own down block, and dbmate runs it again', async () => {
  await project.put(added);
  await project.run();
  const back = await rollsBack({ project, session }, notes);
  expect(back.plan?.steps.map((step) => JSON.stringify(step)).join()).toContain('DROP TABLE notes');
});
