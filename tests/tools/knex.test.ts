import { expect, test } from 'vitest';
import { deepTest } from '../support/deep-test.js';
import { codesOf } from '../support/tool-project.js';
import { conforms } from './conformance.js';
import { at, knex, migration, program } from './subjects/knex.js';
import { rollsBack, runsAsRead, tricky, type UsedTool } from './using-tool.js';

const notes = '20250104000000_notes';
const added = { [at(notes)]: program('notes') };
const reason = { reason: 'looked with psql' };

let project: UsedTool['project'];
let session: UsedTool['session'];
conforms(knex, (used) => ({ project, session } = used));

test('what it sends is what was read; a ? is a parameter to it, and the file a program', async () => {
  const plain = tricky.map((sql) => sql.replace('?', ''));
  await runsAsRead({ project }, { [at(notes)]: migration(plain, []) });
  await project.put({ [at('20250105000000_q')]: migration([`SELECT '{}'::jsonb ? 'a'`], []) });
  const { evidence } = await project.look();
  expect(evidence?.migrations.get('20250105000000_q')?.why).toContain('a ?, which Knex takes');
  expect((await project.run()).error).toContain('syntax error');
});

deepTest('one without a transaction gives each of the others its own', async () => {
  await project.put({
    [at('20250103500000_mood')]: migration(["CREATE TYPE mood AS ENUM ('a')"], []),
  });
  await project.run();
  const own = 'exports.config = { transaction: false };\n';
  const index = migration(['CREATE INDEX CONCURRENTLY ON users (name)'], []);
  await project.put({
    [at(notes)]: `${index}${own}`,
    // In one transaction the new value could not be used (55P04).
    [at('20250104100000_value')]: migration(["ALTER TYPE mood ADD VALUE 'b'"], []),
    [at('20250104200000_use')]: migration(["SELECT 'b'::mood"], []),
    [at('20250105000000_x')]: migration(['DROP TABLE nowhere'], []),
  });
  expect((await project.look()).nextRun.fails).toMatchObject({ migration: '20250105000000_x' });
  expect((await project.run()).recorded).toHaveLength(3);
  expect(codesOf(await project.look())).toEqual(['will-fail-absent']);
});

deepTest(
  'a file that is gone stops every run: its row is taken away, and knex goes on',
  async () => {
    await project.put(added);
    await project.run();
    await project.put({ [at(notes)]: null });
    const { nextRun, findings } = await project.agree();
    expect(nextRun.fails?.message).toContain(`the following files are missing: ${notes}.js`);
    expect(findings.find(({ code }) => code === 'history-row-unknown')).toMatchObject({
      severity: 'error',
      playbooks: ['mark-unapplied'],
    });
    await session.play('mark-unapplied', { migrations: [`${notes}.js`], answers: reason });
    expect((await project.agree()).nextRun).toEqual({ runs: [], skips: [], fails: null });
  },
);

test.each([
  ['taken', 'UPDATE knex_migrations_lock SET is_locked = 1'],
  ['there twice', 'INSERT INTO knex_migrations_lock (is_locked) VALUES (0)'],
])('its lock is %s: knex refuses for ever, and it is said why', async (_, sql) => {
  await project.run();
  await project.sql(sql);
  await project.put(added);
  const { nextRun, findings } = await project.agree();
  expect(nextRun.fails?.message).toBe('Migration table is already locked');
  expect(findings.map(({ code }) => code)).toEqual(['history-dirty']);
});

deepTest('marked applied only with a reason, as a batch of its own; not run by hand', async () => {
  await project.run();
  await project.put(added);
  expect((await session.play('apply-manually', { migrations: [notes] })).plan).toBeNull();
  expect((await session.play('mark-applied', { migrations: [notes] })).plan).toBeNull();
  await session.play('mark-applied', { migrations: [notes], answers: reason });
  const { rows } = await project.sql('SELECT name, batch FROM knex_migrations ORDER BY id');
  expect(rows.at(-1)).toEqual({ name: `${notes}.js`, batch: 2 });
});

deepTest('rolled back by its own down, and it runs it again', async () => {
  await project.put({
    [at(notes)]: migration(['CREATE TABLE notes (id int)'], ['DROP TABLE notes']),
  });
  await project.run();
  await rollsBack({ project, session }, notes);
});
