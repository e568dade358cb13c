import { expect, test } from 'vitest';
import { deepTest } from '../support/deep-test.js';
import { codesOf } from '../support/tool-project.js';
import { conforms } from './conformance.js';
import { at, migration, run, typeorm } from './subjects/typeorm.js';
import { rollsBack, runsAsRead, tricky, type UsedTool } from './using-tool.js';

let project: UsedTool['project'];
let session: UsedTool['session'];
conforms(typeorm, (used) => ({ project, session } = used));

const notes = '1700000004000-notes';
const program = `exports.Tags1700000005000 = class Tags1700000005000 {
  async up(queryRunner) {
    await queryRunner.addColumn('users', { name: 'tag', type: 'text' });
  }
  async down() {}
};
`;

test('what it sends is what was read, in order of the stamps and not of the files', async () => {
  await project.put({
    [at('0-second')]: migration('Second1700000005000', ['ALTER TABLE notes ADD COLUMN a int'], []),
  });
  await runsAsRead(
    { project },
    {
      [at('1-first')]: migration(
        'Notes1700000004000',
        ['CREATE TABLE notes (id int)', ...tricky],
        [],
      ),
    },
  );
  const { rows } = await project.sql('SELECT "timestamp", name FROM migrations ORDER BY id');
  expect(rows.slice(2)).toEqual([
    { timestamp: '1700000004000', name: 'Notes1700000004000' },
    { timestamp: '1700000005000', name: 'Second1700000005000' },
  ]);
});

test('more than SQL is a program: unknown, and said where', async () => {
  await project.put({ [at('1700000005000-tags')]: program });
  const { evidence, board } = await project.agree(true);
  expect(board.at(-1)?.schema).toBe('unknown');
  expect(evidence?.migrations.get('1700000005000-tags')?.why).toContain('line 3: more than await');
  expect(codesOf(await project.look())).toEqual([]);
});

test('a class without a stamp, two of one name, two in a file: it refuses, or pgmedic says that it cannot read', async () => {
  await project.put({ [at('x')]: migration('Users1700000001000', [], []) });
  expect((await project.agree()).nextRun.fails?.message).toBe(
    'Duplicate migrations: Users1700000001000',
  );
  await project.put({ [at('x')]: migration('Notes', [], []) });
  expect((await project.agree()).nextRun.fails?.message).toMatch(/^Notes migration name is wrong/);
  const two = `${program}${program.replaceAll('Tags', 'More')}`;
  await project.put({ [at('x')]: two });
  expect(codesOf(await project.look())).toContain('unreadable-file');
});

deepTest(
  'a transaction mode of its own is refused, unless one such has run: then the mode is another',
  async () => {
    const bare = (name: string): string =>
      migration(name, ['CREATE INDEX CONCURRENTLY ON users (name)'], []).replace(
        'name =',
        'transaction = false\n    name =',
      );
    await project.run();
    await project.put({ [at('1700000004000-bare')]: bare('Bare1700000004000') });
    expect((await project.agree()).nextRun.fails?.message).toBe(
      'Migrations "Bare1700000004000" override the transaction mode, but the global transaction mode is "all"',
    );
    expect(await run(project.dir, project.url, 'each')).toBeNull();
    await project.put({ [at('1700000005000-bare')]: bare('Bare1700000005000') });
    expect((await project.look()).nextRun).toMatchObject({
      runs: ['1700000005000-bare'],
      fails: null,
    });
    expect(await run(project.dir, project.url, 'each')).toBeNull();
    expect(codesOf(await project.look())).toEqual([]);
  },
);

deepTest('rolled back by its own down, and it runs it again', async () => {
  await project.put({
    [at(notes)]: migration(
      'Notes1700000004000',
      ['CREATE TABLE notes (id int)'],
      ['DROP TABLE notes'],
    ),
  });
  await project.run();
  await rollsBack({ project, session }, notes);
});
