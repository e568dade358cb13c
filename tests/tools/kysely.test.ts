import { expect, test } from 'vitest';
import { states } from '../playbooks/session.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf } from '../support/tool-project.js';
import { conforms, late, orders, users } from './conformance.js';
import { at, kysely, migration } from './subjects/kysely.js';
import { rollsBack, runsAsRead, tricky, type UsedTool } from './using-tool.js';

let project: UsedTool['project'];
let session: UsedTool['session'];
conforms(kysely, (used) => ({ project, session } = used));

const notes = '2025-01-04_notes';
const notesFile = migration(['CREATE TABLE notes (id int)'], ['DROP TABLE notes']);

test('what it sends is what was read', async () => {
  await runsAsRead({ project }, { [at(notes)]: migration(tricky, []) });
});

deepTest('more than SQL is a program; a file without up is none of its migrations', async () => {
  const program = notesFile.replace(
    'await sql`CREATE TABLE notes (id int)`.execute(db)',
    "await db.schema.createTable('notes').addColumn('id', 'integer').execute()",
  );
  await project.put({ [at(notes)]: program, [at('helper')]: 'export const x = 1\n' });
  const { evidence, board, facts } = await project.agree(true);
  expect(facts.folder.migrations).toHaveLength(3);
  expect(board.at(-1)?.schema).toBe('unknown');
  expect(evidence?.migrations.get(notes)?.why).toContain('line 5: more than await sql`...`');
});

deepTest(
  'a row that is lost in the middle stops it; marked applied it gets its place back',
  async () => {
    await project.put(kysely.files([users, late, orders]));
    await project.run();
    await project.sql("DELETE FROM kysely_migration WHERE name LIKE '%late'");
    const { nextRun } = await project.agree();
    expect(nextRun.fails?.message).toContain(
      'expected previously executed migration 2025-01-03_orders to be at index 1 but 2025-01-02_late was found',
    );
    const marked = await session.play('mark-applied', { migrations: ['2025-01-02_late'] });
    expect(states(marked)).toMatchObject({ 'mark:2025-01-02_late': 'done', agree: 'done' });
    expect(codesOf(await project.agree(true))).toEqual([]);
  },
);

deepTest('rolled back by its own down, and it runs it again', async () => {
  await project.put({ [at(notes)]: notesFile });
  await project.run();
  await rollsBack({ project, session }, notes);
});
