import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openGround } from '../../src/runtime/ground.js';
import { look } from '../../src/runtime/parts.js';
import { recovering, states } from '../playbooks/session.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf, type ToolProject } from '../support/tool-project.js';
import { sandboxServer } from '../support/server.js';
import { conforms } from './conformance.js';
import { deploy, resolve, status } from './prisma-run.js';
import { at, prisma } from './subjects/prisma.js';
import type { UsedTool } from './using-tool.js';

let project: ToolProject;
let session: UsedTool['session'];
conforms(prisma, (used) => ({ project, session } = used));

const orders = '20250103000000_orders';
const notes = '20250104000000_notes';
const sql = 'CREATE TABLE "notes" ("id" int);\nCREATE TABLE "tags" ("id" int);\n';

/** A new one, of which the history tells that it was begun, and this much is there: whoever ran it was killed. */
const killed = async (done: string): Promise<void> => {
  await project.run();
  await project.put({ [at(notes)]: sql });
  await project.sql(`${done};
    INSERT INTO _prisma_migrations (id, checksum, migration_name)
    VALUES (gen_random_uuid()::text, repeat('0', 64), '${notes}')`);
};
const rows = async (): Promise<unknown[]> => {
  const found = await project.sql('SELECT m::text AS row FROM _prisma_migrations m ORDER BY id');
  return found.rows;
};
const alike = { editedMigrationNames: [], failedMigrationNames: [], history: null };

describe('what deploy does', () => {
  test('one that fails leaves nothing but its row, and then nothing runs (P3018, P3009)', async () => {
    await project.run();
    await project.sql('CREATE TABLE tags (id int)');
    await project.put({ [at(notes)]: sql });
    const before = await project.agree(true);
    expect(before.nextRun.fails).toMatchObject({ migration: notes, sqlstate: '42P07' });
    const failed = await project.agree(true);
    expect(failed.board.at(-1)).toMatchObject({ history: 'failed', schema: 'partial' });
    const found = failed.findings.find(({ code }) => code === 'history-failed-row');
    expect(found).toMatchObject({ severity: 'error', migrations: [notes] });
    expect((await status(project)).failedMigrationNames).toEqual([notes]);
  });

  test('a folder without its file stops it (P3015); one that is recorded does not', async () => {
    await project.run();
    await project.put({
      [at(orders)]: null,
      [at('20250104000000_more')]: 'CREATE TABLE "more" ("id" int);',
      'prisma/migrations/20250105000000_empty/notes.txt': 'to do',
      [at('20250106000000_never')]: 'CREATE TABLE "never" ("id" int);',
    });
    const stopped = await project.agree();
    expect(stopped.nextRun.fails).toMatchObject({ migration: '20250105000000_empty' });
    expect(codesOf(stopped)).toContain('unreadable-file');
  });

  deepTest('alone in its file, CONCURRENTLY goes through; with another it does not', async () => {
    const alone = 'CREATE INDEX CONCURRENTLY "i" ON "orders" ("id");';
    await project.put({ [at('20250104000000_index')]: alone });
    await project.agree(true);
    const both = 'SELECT 1;\nCREATE INDEX CONCURRENTLY "j" ON "orders" ("id");';
    await project.put({ [at('20250105000000_both')]: both });
    expect((await project.agree(true)).nextRun.fails?.sqlstate).toBe('25001');
  });

  test('an edited file is told, as by Prisma itself; other line ends are none', async () => {
    await project.run();
    const path = join(project.dir, at(orders));
    const text = await readFile(path, 'utf8');
    await project.put({ [at(orders)]: text.replaceAll('\n', '\r\n') });
    expect(codesOf(await project.look(false))).toEqual([]);
    expect(await status(project)).toMatchObject(alike);
    await project.put({ [at(orders)]: `${text}-- more` });
    const edited = await project.look(false);
    expect(edited.board.map(({ file }) => file)).toEqual(['present', 'edited']);
    expect((await status(project)).editedMigrationNames).toEqual([orders]);
  });

  test('a row that was rolled back counts for nothing', async () => {
    await killed('SELECT 1');
    expect(await resolve(project, 'rolled-back', notes)).toBeNull();
    const { nextRun } = await project.agree();
    expect(nextRun.runs).toEqual([notes]);
    expect(codesOf(await project.look(false))).toEqual([]);
    await project.sql(
      `DELETE FROM _prisma_migrations WHERE migration_name = '${notes}' AND rolled_back_at IS NULL`,
    );
    await rm(dirname(join(project.dir, at(notes))), { recursive: true });
    expect(codesOf(await project.look(false))).toEqual([]);
  });
});

describe('clear-failed', () => {
  test('all of it is there: as applied, and Prisma agrees; undo gives the failed row back', async () => {
    await killed(sql);
    const before = await rows();
    const cleared = await session.play('clear-failed', { migrations: [notes] });
    expect(cleared.plan?.steps.map(({ title }) => title)).toContain(`Clear as applied: ${notes}`);
    expect(states(cleared)).toMatchObject({ [`clear:${notes}`]: 'done', agree: 'done' });
    expect(await status(project)).toMatchObject(alike);
    expect(codesOf(await project.agree(true))).toEqual([]);
    expect(await session.undo(`clear:${notes}`)).toMatchObject({ state: 'done' });
    expect(await rows()).toEqual(before);
  });

  deepTest(
    'nothing of it is there: as not applied, and Prisma runs it; then it is not undone',
    async () => {
      await killed('SELECT 1');
      const cleared = await session.play('clear-failed', { migrations: [notes] });
      expect(states(cleared)).toMatchObject({ [`clear:${notes}`]: 'done', agree: 'done' });
      expect((await project.agree()).nextRun.runs).toEqual([notes]);
      expect(await session.undo(`clear:${notes}`)).toMatchObject({ state: 'failed' });
      expect(await session.report()).toContain(`Clear as not applied: ${notes}`);
    },
  );

  deepTest(
    'a part of it is there: refused, with the ways out; finished, it is recorded',
    async () => {
      await killed('CREATE TABLE notes (id int)');
      const refused = await session.play('clear-failed', { migrations: [notes] });
      expect(refused.plan).toBeNull();
      expect(JSON.stringify(refused.end)).toMatch(/finish-partial.*roll-back/);
      const finished = await session.play('finish-partial', { migrations: [notes] });
      expect(states(finished)).toMatchObject({ [`finish:${notes}`]: 'done', agree: 'done' });
      expect(await status(project)).toMatchObject(alike);
      expect((await project.agree()).nextRun.runs).toEqual([]);
    },
  );

  deepTest('a part of it is there, and is taken back: Prisma runs it again', async () => {
    await killed('CREATE TABLE notes (id int)');
    const targetName = new URL(project.url).pathname.slice(1);
    const back = await session.play('roll-back', { migrations: [notes], targetName });
    expect(states(back)).toMatchObject({ back: 'done', agree: 'done' });
    expect((await project.agree(true)).nextRun.runs).toEqual([notes]);
  });

  deepTest('against the evidence it wants a reason; what did not fail is refused', async () => {
    await killed('SELECT 1');
    const wish = { migrations: [notes], answers: { as: 'applied' } };
    expect((await session.play('clear-failed', wish)).plan).toBeNull();
    const answers = { as: 'applied', reason: 'its tables were renamed' };
    const cleared = await session.play('clear-failed', { ...wish, answers });
    expect(cleared.plan?.warnings.join()).toContain('Against the evidence');
    expect((await project.agree()).nextRun.runs).toEqual([]);
    const { end } = await session.play('clear-failed', { migrations: [orders] });
    expect(JSON.stringify(end)).toContain('does not say');
  });

  test('while Prisma runs, nothing is written', async () => {
    await killed('SELECT 1');
    await project.sql('SELECT pg_advisory_lock(72707369)');
    const { outcomes } = await session.play('clear-failed', { migrations: [notes] });
    await project.sql('SELECT pg_advisory_unlock_all()');
    const message = expect.stringContaining('Prisma does not run') as string;
    expect(outcomes[`clear:${notes}`]).toMatchObject({ state: 'failed', message });
  });
});

test('a database without the table is refused (P3005)', async () => {
  await project.run();
  await project.sql('DROP TABLE _prisma_migrations');
  await project.put({ [at(notes)]: sql });
  const refused = await project.agree();
  expect(refused.nextRun.fails?.message).toContain('not empty');
  expect(codesOf(refused)).toEqual(['history-table-missing']);
});

deepTest('without the table, baseline records what is there', async () => {
  await project.run();
  await project.sql('DROP TABLE _prisma_migrations');
  await project.put({ [at(notes)]: sql });
  const recorded = await session.play('baseline');
  expect(states(recorded)).toMatchObject({ record: 'done', agree: 'done' });
  expect((await project.agree()).nextRun.runs).toEqual([notes]);
  expect(await status(project)).toMatchObject(alike);
});

deepTest(
  'what was marked applied, Prisma takes for applied; marked unapplied, it runs',
  async () => {
    await killed(sql);
    expect(await resolve(project, 'applied', notes)).toBeNull();
    expect(codesOf(await project.look())).toEqual([]);
    const answers = { reason: 'for the test' };
    await session.play('mark-unapplied', { migrations: [notes], answers });
    await project.sql('DROP TABLE notes, tags');
    expect((await project.agree()).nextRun.runs).toEqual([notes]);
  },
);

deepTest('a schema that the URL names is the one it works in', async () => {
  await project.sql('DROP SCHEMA IF EXISTS "the app" CASCADE; CREATE SCHEMA "the app"');
  const databaseUrl = `${project.url}?schema=the%20app`;
  expect(await deploy(project.dir, databaseUrl)).toBeNull();
  const sandboxUrl = sandboxServer().adminUrl;
  const ground = await openGround({ dir: project.dir, databaseUrl, sandboxUrl }, {});
  try {
    const diagnosis = await look(ground, () => new Date(), { evidence: true });
    expect(diagnosis.facts.history?.table).toEqual({
      schema: 'the app',
      table: '_prisma_migrations',
    });
    expect(diagnosis.board.map(({ schema }) => schema)).toEqual(['present', 'present']);
    expect(codesOf(diagnosis)).toEqual([]);
  } finally {
    await ground.close();
    await project.sql('DROP SCHEMA "the app" CASCADE');
  }
});

deepTest('in such a schema, what is half there is finished there', async () => {
  await project.sql('CREATE SCHEMA app');
  const url = `${project.url}?schema=app`;
  expect(await deploy(project.dir, url)).toBeNull();
  await project.put({ [at(notes)]: sql });
  await project.sql(`BEGIN; SET LOCAL search_path = app; CREATE TABLE notes (id int);
    INSERT INTO _prisma_migrations (id, checksum, migration_name)
    VALUES (gen_random_uuid()::text, repeat('0', 64), '${notes}'); COMMIT`);
  const own = await recovering({ dir: project.dir, url });
  try {
    const finished = await own.play('finish-partial', { migrations: [notes] });
    expect(states(finished)).toMatchObject({ [`finish:${notes}`]: 'done', agree: 'done' });
    expect(await deploy(project.dir, url)).toBeNull();
    const { rows: found } = await project.sql(`SELECT to_regclass('app.tags') AS tags`);
    expect(found).toEqual([{ tags: 'app.tags' }]);
  } finally {
    await own.close();
    await project.sql('DROP SCHEMA app CASCADE');
  }
});
