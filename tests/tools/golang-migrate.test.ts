import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../../src/tools/golang-migrate/crc32.js';
import { states } from '../playbooks/session.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf, type ToolProject } from '../support/tool-project.js';
import { conforms } from './conformance.js';
import { golangMigrateRun } from './golang-migrate-run.js';
import { at, golangMigrate } from './subjects/golang-migrate.js';
import type { UsedTool } from './using-tool.js';

let project: ToolProject;
let session: UsedTool['session'];
conforms(golangMigrate, (used) => ({ project, session } = used));

const [notes, tags] = ['004_notes', '005_tags'];
const sql = 'CREATE TABLE notes (id int);\nCREATE TABLE more (id int);\n';
const put = (name: string, up: string): Promise<void> => project.put({ [at(`${name}.up`)]: up });
const version = async (): Promise<unknown> => {
  const { rows } = await project.sql('SELECT version::int, dirty FROM schema_migrations');
  return rows;
};
/** 4 is begun and does not end, and this much of it is there: whoever ran it was killed. */
const killed = async (done: string): Promise<void> => {
  await project.run();
  await put(notes, sql);
  await project.sql(`${done}; UPDATE schema_migrations SET version = 4, dirty = true`);
};
const dirty = [{ version: 4, dirty: true }];

describe('dirty', () => {
  test('a file that fails leaves a dirty version and nothing else; as not applied, it runs again', async () => {
    await project.run();
    await put(notes, `${sql}SELECT 1 / 0;`);
    await project.agree(true);
    const found = await project.agree(true);
    expect(found.board.at(-1)).toMatchObject({ history: 'failed' });
    const [first, second] = found.findings.filter(({ code }) => code !== 'pooler');
    expect(second).toBeUndefined();
    expect(first).toMatchObject({ code: 'history-dirty', playbooks: ['clear-failed'] });
    expect(first?.evidence.join()).toContain('nothing of it is in the database');
    expect(await version()).toEqual(dirty);
    const cleared = await session.play('clear-failed', { migrations: [notes] });
    expect(states(cleared)).toMatchObject({ [`clear:${notes}`]: 'done' });
    expect(await version()).toEqual([{ version: 3, dirty: false }]);
    expect(await session.undo(`clear:${notes}`)).toMatchObject({ state: 'done' });
    expect(await version()).toEqual(dirty);
    expect(
      await golangMigrateRun(project.dir, project.url, { do: 'force', version: 3 }),
    ).toBeNull();
    await put(notes, sql);
    expect((await project.agree()).nextRun.runs).toEqual([notes]);
  });

  deepTest('all of it is there: as applied, as by force; undo makes it dirty again', async () => {
    await killed(sql);
    const cleared = await session.play('clear-failed', { migrations: [notes] });
    expect(states(cleared)).toMatchObject({ [`clear:${notes}`]: 'done', agree: 'done' });
    expect(await version()).toEqual([{ version: 4, dirty: false }]);
    expect(codesOf(await project.agree(true))).toEqual([]);
    expect(await session.undo(`clear:${notes}`)).toMatchObject({ state: 'done' });
    expect(await version()).toEqual(dirty);
  });

  deepTest('a part of it is there: finished', async () => {
    await killed('CREATE TABLE notes (id int)');
    expect((await session.play('clear-failed', { migrations: [notes] })).plan).toBeNull();
    const finished = await session.play('finish-partial', { migrations: [notes] });
    expect(states(finished)).toMatchObject({ [`finish:${notes}`]: 'done', agree: 'done' });
    expect(codesOf(await project.agree(true))).toEqual([]);
  });

  deepTest('a part of it is there: taken back, and the version with it', async () => {
    await killed('CREATE TABLE notes (id int)');
    const targetName = new URL(project.url).pathname.slice(1);
    const back = await session.play('roll-back', { migrations: [notes], targetName });
    expect(states(back)).toMatchObject({ back: 'done', agree: 'done' });
    expect(await version()).toEqual([{ version: 3, dirty: false }]);
    expect((await project.agree(true)).nextRun.runs).toEqual([notes]);
  });

  deepTest('the first of all: then the table is empty', async () => {
    await project.sql(`CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null);
      INSERT INTO schema_migrations VALUES (1, true)`);
    await session.play('clear-failed', { migrations: ['001_users'] });
    expect(await version()).toEqual([]);
    expect((await project.agree()).nextRun.runs).toEqual(['001_users', '003_orders']);
  });

  test('nothing else can be recorded meanwhile', async () => {
    await killed('SELECT 1');
    await put(tags, 'CREATE TABLE tags (id int);');
    const { end } = await session.play('apply-manually', { migrations: [tags] });
    expect(JSON.stringify(end)).toContain(`clear-failed ${notes}`);
  });
});

describe('one row for all', () => {
  test('a late one is told by the schema', async () => {
    await project.run();
    await put('002_late', 'CREATE TABLE late (id int);');
    const found = await project.agree(true);
    expect(found.nextRun.runs).toEqual([]);
    expect(found.findings[0]).toMatchObject({
      code: 'silently-skipped',
      migrations: ['002_late'],
      playbooks: ['apply-manually'],
    });
  });

  deepTest('a late one is run by hand, and the version stays', async () => {
    await project.run();
    await put('002_late', 'CREATE TABLE late (id int);');
    const applied = await session.play('apply-manually', { migrations: ['002_late'] });
    expect(states(applied)).toMatchObject({ 'apply:002_late': 'done', agree: 'done' });
    expect(await version()).toEqual([{ version: 3, dirty: false }]);
    expect(codesOf(await project.agree(true))).toEqual([]);
  });

  deepTest(
    'a later one alone would take the others with it, and an earlier one is not taken out alone',
    async () => {
      await project.run();
      await put(notes, 'CREATE TABLE notes (id int);');
      await put(tags, 'CREATE TABLE tags (id int);');
      await project.sql('CREATE TABLE tags (id int)');
      const said = async (playbook: string, ...migrations: string[]): Promise<string> => {
        const { plan, end } = await session.play(playbook, { migrations, answers: reason });
        expect(plan).toBeNull();
        return JSON.stringify(end);
      };
      expect(await said('mark-applied', tags)).toContain(`would take ${notes} for applied as well`);
      expect(JSON.stringify(await session.play('baseline'))).toContain(`${notes} lacks`);
      expect(await said('mark-unapplied', '001_users')).toContain('of version 3');
    },
  );

  deepTest('two are marked applied and unapplied, each a step to the next version', async () => {
    await project.run();
    await put(notes, 'CREATE TABLE notes (id int);');
    await put(tags, 'CREATE TABLE tags (id int);');
    await project.sql('CREATE TABLE tags (id int)');
    await project.sql('CREATE TABLE notes (id int)');
    const marked = await session.play('mark-applied', { migrations: [tags, notes] });
    expect(states(marked)).toMatchObject({ [`mark:${notes}`]: 'done', [`mark:${tags}`]: 'done' });
    expect(await version()).toEqual([{ version: 5, dirty: false }]);
    await project.sql('DROP TABLE notes, tags');
    await session.play('mark-unapplied', { migrations: [notes, tags] });
    expect((await project.agree(true)).nextRun.runs).toEqual([notes, tags]);
  });

  deepTest('two are rolled back at once', async () => {
    await put(notes, 'CREATE TABLE notes (id int);');
    await put(tags, 'CREATE TABLE tags (id int);');
    await project.run();
    const targetName = new URL(project.url).pathname.slice(1);
    const alone = await session.play('roll-back', { migrations: [notes], targetName });
    expect(JSON.stringify(alone.end)).toContain('of version 5');
    const back = await session.play('roll-back', { migrations: [notes, tags], targetName });
    expect(states(back)).toMatchObject({ back: 'done', agree: 'done' });
    expect((await project.agree(true)).nextRun.runs).toEqual([notes, tags]);
  });

  test('a version without a file, and a number given twice, stop it', async () => {
    await project.run();
    await project.sql('UPDATE schema_migrations SET version = 7');
    const gone = await project.agree();
    expect(gone.nextRun.fails?.message).toContain('no migration found for version 7');
    expect(gone.board.at(-1)).toMatchObject({ id: '7', file: 'missing' });
    await project.sql('UPDATE schema_migrations SET version = 3');
    await put('04_again', 'SELECT 1;');
    await put(notes, 'SELECT 1;');
    const twice = await project.agree();
    expect(twice.nextRun.fails?.message).toBe('duplicate migration file: 04_again.up.sql');
  });
});

const reason = { reason: 'for the test' };

deepTest('while it runs, from a command line or a program, nothing is written', async () => {
  await killed('SELECT 1');
  const { rows } = await project.sql('SELECT current_database() AS name');
  const { name } = rows[0] as { name: string };
  for (const database of [`/${name}`, name]) {
    const sum = zlibCrc32(`public\0schema_migrations\0${database}`);
    const key = (BigInt(sum) * 1_486_364_155n) % 2n ** 32n;
    await project.sql(`SELECT pg_advisory_lock(${key})`);
    const { outcomes } = await session.play('clear-failed', { migrations: [notes] });
    await project.sql('SELECT pg_advisory_unlock_all()');
    const message = expect.stringContaining('golang-migrate does not run') as string;
    expect(outcomes[`clear:${notes}`]).toMatchObject({ state: 'failed', message });
  }
});

test('the checksum is that of zlib', () => {
  for (const text of ['', 'a', '123456789', 'schema\0table\0/shop']) {
    expect(crc32(Buffer.from(text))).toBe(zlibCrc32(text));
  }
});

test('where go.mod does not name it, the files are those of a runner made at home', async () => {
  await project.put({ 'go.mod': 'module shop\n' });
  expect((await project.look(false)).facts.tool).toBe('hand-rolled');
  await project.run();
  expect((await project.look(false)).facts.tool).toBe('golang-migrate');
});
