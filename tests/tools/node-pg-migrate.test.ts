import { expect, test } from 'vitest';
import { deepTest } from '../support/deep-test.js';
import { codesOf } from '../support/tool-project.js';
import { conforms, orders as ordersSample } from './conformance.js';
import { at, file, nodePgMigrate } from './subjects/node-pg-migrate.js';
import { rollsBack, runsAsRead, tricky, type UsedTool } from './using-tool.js';

const orders = '1700000003000_orders';
const notes = '1700000004000_notes';
const added = { [at(notes)]: file('CREATE TABLE notes (id int);', 'DROP TABLE notes;') };
const program = {
  'migrations/1700000003500_tags.js': `exports.up = (pgm) => { pgm.createTable('tags', { id: 'id' }); };\n`,
};

let project: UsedTool['project'];
let session: UsedTool['session'];
conforms(nodePgMigrate, (used) => ({ project, session } = used));

test('one that came late, and one whose file is gone in the middle, make it refuse', async () => {
  await project.put(added);
  await project.run();
  await project.put({ [at('1700000001500_late')]: 'CREATE TABLE late (id int);' });
  const late = await project.agree();
  expect(late.nextRun).toMatchObject({ runs: [], fails: { migration: '1700000001500_late' } });
  await project.put({ [at('1700000001500_late')]: null, [at(orders)]: null });
  const gone = await project.agree();
  expect(gone.nextRun.fails?.message).toContain(`Not run migration ${notes} is preceding`);
  expect(gone.findings.find(({ code }) => code === 'history-row-unknown')?.migrations).toEqual([
    orders,
  ]);
  await project.put({ [at(notes)]: null, ...nodePgMigrate.files([ordersSample]) });
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

test('SQL in a program is what it sends', async () => {
  const sql = tricky.map((one) => `  pgm.sql(\`${one}\`);\n`).join('');
  const code = `exports.shorthands = undefined;\n\nexports.up = (pgm) => {\n${sql}};\n\nexports.down = (pgm) => {};\n`;
  await runsAsRead({ project }, { 'migrations/1700000004500_sql.js': code });
});

deepTest('one without a transaction parts that of the others', async () => {
  const code = `exports.up = (pgm) => {\n  pgm.noTransaction();\n  pgm.sql('CREATE INDEX CONCURRENTLY ON users (name)');\n};\n`;
  await project.put({
    'migrations/1700000004600_bare.js': code,
    [at('1700000005000_x')]: 'DROP TABLE nowhere',
  });
  expect((await project.look()).nextRun.fails).toMatchObject({ migration: '1700000005000_x' });
  expect((await project.run()).recorded).toHaveLength(3);
  expect(codesOf(await project.look())).toEqual(['will-fail-absent']);
});

test('a program is said to be one: no evidence, no drift, and it is not applied by hand', async () => {
  await project.run();
  await project.put({ ...program, ...added });
  const pending = await project.agree(true);
  expect(pending.nextRun.runs).toEqual(['1700000003500_tags', notes]);
  expect(pending.board.map(({ schema }) => schema)).toEqual([
    'present',
    'present',
    'unknown',
    'absent',
  ]);
  const applied = await project.agree(true);
  expect(codesOf(applied)).toEqual([]);
  const refused = await session.play('apply-manually', { migrations: ['1700000003500_tags'] });
  expect(refused.plan).toBeNull();
});

deepTest('rolled back by its own down part, and it runs it again', async () => {
  await project.put(added);
  await project.run();
  await rollsBack({ project, session }, notes);
});
