import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { states, type Recovering } from '../playbooks/session.js';
import { codesOf, type ToolProject } from '../support/tool-project.js';
import { deploy, resolve, status } from './prisma-run.js';
import { usingTool } from './using-tool.js';

const at = (name: string): string => `prisma/migrations/${name}/migration.sql`;
const users = '20250101000000_users';
const orders = '20250102000000_orders';
const notes = '20250103000000_notes';
const base = {
  'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n',
  [at(users)]: 'CREATE TABLE "users" ("id" int PRIMARY KEY);\n',
  [at(orders)]:
    'CREATE TABLE "orders" ("id" int PRIMARY KEY);\nCREATE INDEX "o" ON "orders" ("id");\n',
};
const added = {
  [at(notes)]: 'CREATE TABLE "notes" ("id" int);\nCREATE TABLE "tags" ("id" int);\n',
};

let project: ToolProject;
let session: Recovering;
usingTool(
  {
    column: 'migration_name',
    table: '_prisma_migrations',
    where: 'finished_at IS NOT NULL AND rolled_back_at IS NULL',
    run: deploy,
  },
  base,
  (used) => ({ project, session } = used),
);

const reason = { reason: 'looked with psql' };
const drop = 'DROP TABLE notes, tags';
/** The new one is begun and never ends: whoever ran it was killed. */
const killed = async (sql: string): Promise<void> => {
  await project.run();
  await project.put(added);
  await project.sql(`${sql};
    INSERT INTO _prisma_migrations (id, checksum, migration_name)
    VALUES (gen_random_uuid()::text, repeat('0', 64), '${notes}')`);
};
const rows = async (): Promise<unknown[]> => {
  const { rows: found } = await project.sql(
    'SELECT m::text AS row FROM _prisma_migrations m ORDER BY id',
  );
  return found;
};

describe('what deploy does', () => {
  test('a fresh database, then nothing', async () => {
    const { facts } = await project.agree();
    expect(facts).toMatchObject({ tool: 'prisma', folder: { path: 'prisma/migrations' } });
    const healthy = await project.agree(true);
    expect(healthy.nextRun).toEqual({ runs: [], skips: [], fails: null });
    expect(codesOf(healthy)).toEqual([]);
  });

  test('a late one runs, a file that is gone stops nothing, a folder without its file does', async () => {
    await project.put(added);
    await project.run();
    await project.put({
      [at('20250101120000_late')]: 'CREATE TABLE "late" ("id" int);',
      [at(users)]: null,
    });
    await project.agree();
    await project.put({
      [at('20250104000000_more')]: 'CREATE TABLE "more" ("id" int);',
      'prisma/migrations/20250105000000_empty/notes.txt': 'to do',
      [at('20250106000000_never')]: 'CREATE TABLE "never" ("id" int);',
    });
    const stopped = await project.agree();
    expect(stopped.nextRun.fails).toMatchObject({ migration: '20250105000000_empty' });
    expect(codesOf(stopped)).toContain('unreadable-file');
  });

  test('one that fails leaves nothing but its row, and then nothing runs (P3018, P3009)', async () => {
    await project.run();
    await project.sql('CREATE TABLE tags (id int)');
    await project.put(added);
    const before = await project.agree(true);
    expect(before.nextRun.fails).toMatchObject({ migration: notes, sqlstate: '42P07' });
    const failed = await project.agree(true);
    expect(failed.board.at(-1)).toMatchObject({ id: notes, history: 'failed' });
    const found = failed.findings.find(({ code }) => code === 'history-failed-row');
    expect(found).toMatchObject({ severity: 'error', migrations: [notes] });
    expect(failed.nextRun.fails?.message).toContain(`\`${notes}\``);
    expect((await status(project)).failedMigrationNames).toEqual([notes]);
  });

  test('alone in its file, CONCURRENTLY goes through; beside another statement it does not', async () => {
    const alone = 'CREATE INDEX CONCURRENTLY "i" ON "orders" ("id");';
    await project.put({ [at('20250104000000_index')]: alone });
    await project.agree(true);
    const both = 'SELECT 1;\nCREATE INDEX CONCURRENTLY "j" ON "orders" ("id");';
    await project.put({ [at('20250105000000_both')]: both });
    expect((await project.agree(true)).nextRun.fails?.sqlstate).toBe('25001');
  });

  test('an edited file is told, as by Prisma itself; other line ends are none', async () => {
    await project.run();
    const text = base[at(orders)] ?? '';
    await project.put({ [at(orders)]: text.replaceAll('\n', '\r\n') });
    expect(codesOf(await project.agree())).toEqual([]);
    await project.put({ [at(orders)]: `${text}-- more` });
    const edited = await project.agree(true);
    expect(codesOf(edited)).toEqual(['edited-after-apply']);
    expect(edited.board.map(({ file }) => file)).toEqual(['present', 'edited']);
    expect((await status(project)).editedMigrationNames).toEqual([orders]);
  });

  test('a row that was rolled back counts for nothing', async () => {
    await killed('SELECT 1');
    expect(await resolve(project, 'rolled-back', notes)).toBeNull();
    expect((await project.agree()).nextRun.runs).toEqual([notes]);
    const twice = await project.agree(true);
    expect(codesOf(twice)).toEqual([]);
    await project.sql(
      `${drop}; DELETE FROM _prisma_migrations WHERE migration_name = '${notes}' AND rolled_back_at IS NULL`,
    );
    await rm(dirname(join(project.dir, at(notes))), { recursive: true });
    expect(codesOf(await project.agree(true))).toEqual([]);
  });
});

describe('clear-failed', () => {
  test('all of it is there: as applied, and Prisma agrees; undo gives the failed row back', async () => {
    await killed(added[at(notes)] ?? '');
    const before = await rows();
    const cleared = await session.play('clear-failed', { migrations: [notes] });
    expect(states(cleared)).toMatchObject({ [`clear:${notes}`]: 'done', agree: 'done' });
    expect(cleared.plan?.steps.map(({ title }) => title)).toContain(`Clear as applied: ${notes}`);
    expect(codesOf(await project.agree(true))).toEqual([]);
    expect(await status(project)).toMatchObject({
      failedMigrationNames: [],
      editedMigrationNames: [],
      history: null,
    });
    expect(await session.undo(`clear:${notes}`)).toMatchObject({ state: 'done' });
    expect(await rows()).toEqual(before);
  });

  test('nothing of it is there: as not applied, and Prisma runs it; undo refuses then', async () => {
    await killed('SELECT 1');
    const cleared = await session.play('clear-failed', { migrations: [notes] });
    expect(cleared.plan?.predicts.runs).toEqual([notes]);
    expect(states(cleared)).toMatchObject({ [`clear:${notes}`]: 'done', agree: 'done' });
    expect((await project.agree(true)).nextRun.runs).toEqual([notes]);
    expect(await session.undo(`clear:${notes}`)).toMatchObject({ state: 'failed' });
  });

  test('a part is there: neither, but finished, or taken back', async () => {
    await killed('CREATE TABLE notes (id int)');
    const found = await project.look();
    expect(codesOf(found)).toContain('partially-applied');
    const refused = await session.play('clear-failed', { migrations: [notes] });
    expect(refused.plan).toBeNull();
    expect(JSON.stringify(refused.end)).toMatch(/finish-partial.*roll-back/);
    const finished = await session.play('finish-partial', { migrations: [notes] });
    expect(states(finished)).toMatchObject({ [`finish:${notes}`]: 'done', agree: 'done' });
    expect(codesOf(await project.agree(true))).toEqual([]);
  });

  test('taken back, its row with it: Prisma runs it again', async () => {
    await killed('CREATE TABLE notes (id int)');
    const targetName = new URL(project.url).pathname.slice(1);
    const back = await session.play('roll-back', { migrations: [notes], targetName });
    expect(states(back)).toMatchObject({ back: 'done', agree: 'done' });
    expect((await project.agree(true)).nextRun.runs).toEqual([notes]);
  });

  test('while Prisma runs, nothing is written', async () => {
    await killed('SELECT 1');
    await project.sql('SELECT pg_advisory_lock(72707369)');
    const cleared = await session.play('clear-failed', { migrations: [notes] });
    await project.sql('SELECT pg_advisory_unlock_all()');
    expect(JSON.stringify(cleared.outcomes)).toContain('Prisma does not run');
    expect(states(cleared)[`clear:${notes}`]).not.toBe('done');
  });
});

describe('the other playbooks', () => {
  test('a database without the table is refused (P3005); baseline records what is there', async () => {
    await project.run();
    await project.sql('DROP TABLE _prisma_migrations');
    await project.put(added);
    const refused = await project.agree(true);
    expect(refused.nextRun.fails?.message).toContain('not empty');
    expect(codesOf(refused)).toContain('history-table-missing');
    const recorded = await session.play('baseline');
    expect(states(recorded)).toMatchObject({ record: 'done', agree: 'done' });
    expect((await project.agree(true)).nextRun.runs).toEqual([notes]);
    expect(await status(project)).toMatchObject({ editedMigrationNames: [], history: null });
  });

  test('marked applied and unapplied: as after resolve, and undone', async () => {
    await project.run();
    await project.put(added);
    await project.sql(added[at(notes)] ?? '');
    const before = await rows();
    const marked = await session.play('mark-applied', { migrations: [notes] });
    expect(states(marked)).toMatchObject({ [`mark:${notes}`]: 'done', agree: 'done' });
    expect((await project.agree()).nextRun.runs).toEqual([]);
    expect(await session.undo(`mark:${notes}`)).toMatchObject({ state: 'done' });
    expect(await rows()).toEqual(before);
    expect(await resolve(project, 'applied', notes)).toBeNull();
    await session.play('mark-unapplied', { migrations: [notes], answers: reason });
    expect((await project.look()).nextRun.runs).toEqual([notes]);
  });
});
