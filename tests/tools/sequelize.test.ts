import { expect, test } from 'vitest';
import { states } from '../playbooks/session.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf } from '../support/tool-project.js';
import { conforms } from './conformance.js';
import { at, migration, sequelize } from './subjects/sequelize.js';
import { rollsBack, runsAsRead, tricky, type UsedTool } from './using-tool.js';

let project: UsedTool['project'];
let session: UsedTool['session'];
conforms(sequelize, (used) => ({ project, session } = used));

const notes = '20250104000000-notes';
const notesFile = migration(['CREATE TABLE notes (id int)'], ['DROP TABLE notes']);

test('what it sends is what was read, without a transaction', async () => {
  const index = 'CREATE INDEX CONCURRENTLY ON users (name)';
  await runsAsRead({ project }, { [at(notes)]: migration([...tricky, index], []) });
});

deepTest('more than SQL is a program: unknown, and said where', async () => {
  const builder = "queryInterface.createTable('notes', { id: { type: Sequelize.INTEGER } })";
  const program = notesFile.replace(
    'queryInterface.sequelize.query(`CREATE TABLE notes (id int)`)',
    builder,
  );
  await project.put({ [at(notes)]: program });
  const { evidence, board } = await project.agree(true);
  expect(board.at(-1)?.schema).toBe('unknown');
  expect(evidence?.migrations.get(notes)?.why).toContain('line 6: more than await queryInterface.');
});

deepTest('what failed half way stays without a row: it is said where, and finished', async () => {
  await project.run();
  await project.sql("INSERT INTO users VALUES (1, 'a'), (2, 'a')");
  const rest = ['CREATE TABLE notes (id int)', 'CREATE UNIQUE INDEX ON users (name)'];
  await project.put({ [at(notes)]: migration(rest, []) });
  const first = await project.look();
  expect(first.nextRun.fails).toMatchObject({ migration: notes, sqlstate: '23505' });
  // It has its own words for that.
  expect((await project.run()).error).toContain('Validation error');
  const half = await project.agree(true);
  expect(half.nextRun.fails).toMatchObject({ migration: notes, sqlstate: '42P07' });
  expect(half.board.at(-1)).toMatchObject({ history: 'absent', schema: 'partial' });
  expect(half.board.at(-1)?.stoppedAt).toContain('2');
  await project.sql('DELETE FROM users WHERE id = 2');
  const finished = await session.play('finish-partial', { migrations: [notes] });
  expect(states(finished)).toMatchObject({ agree: 'done' });
  expect(codesOf(await project.agree(true))).toEqual([]);
});

deepTest('rolled back by its own down, and it runs it again', async () => {
  await project.put({ [at(notes)]: notesFile });
  await project.run();
  await rollsBack({ project, session }, notes);
});
