import { expect, test } from 'vitest';
import { deepTest } from '../support/deep-test.js';
import { codesOf } from '../support/tool-project.js';
import { conforms } from './conformance.js';
import { at, migration, mikroOrm } from './subjects/mikro-orm.js';
import { rollsBack, runsAsRead, tricky, type UsedTool } from './using-tool.js';

let project: UsedTool['project'];
let session: UsedTool['session'];
conforms(mikroOrm, (used) => ({ project, session } = used));

const notes = 'Migration20250104000000_notes';
const notesFile = migration(notes, ['CREATE TABLE notes (id int)'], ['DROP TABLE notes']);

test('what it sends is what was read', async () => {
  await runsAsRead({ project }, { [at(notes)]: migration(notes, tricky, []) });
});

deepTest('more than SQL is a program: unknown, and said where', async () => {
  const program = notesFile.replace('this.addSql(`CREATE', 'await this.execute(`CREATE');
  await project.put({ [at(notes)]: program });
  const { evidence, board } = await project.agree(true);
  expect(board.at(-1)?.schema).toBe('unknown');
  expect(evidence?.migrations.get(notes)?.why).toContain('line 8: more than this.addSql(...)');
});

test('rows of early versions have the ending of the file: they are of it', async () => {
  await project.run();
  await project.sql("UPDATE mikro_orm_migrations SET name = name || '.ts'");
  const { nextRun, findings } = await project.agree();
  expect(nextRun).toEqual({ runs: [], skips: [], fails: null });
  expect(findings.map(({ code }) => code)).toEqual([]);
});

deepTest('rolled back by its own down, and it runs it again', async () => {
  await project.put({ [at(notes)]: notesFile });
  await project.run();
  await rollsBack({ project, session }, notes);
  expect(codesOf(await project.agree(true))).toEqual([]);
});
