import { join } from 'node:path';
import knex from 'knex';
import { expect, test } from 'vitest';
import { states, type Recovering } from '../playbooks/session.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf, type ToolProject } from '../support/tool-project.js';
import { usingTool } from './using-tool.js';

async function run(dir: string, connection: string): Promise<string | null> {
  const log = { warn: () => {}, error: () => {}, debug: () => {}, deprecate: () => {} };
  const client = knex({ client: 'pg', connection, log });
  try {
    await client.migrate.latest({ directory: join(dir, 'migrations') });
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.destroy();
  }
}

const program = (table: string): string =>
  `exports.up = (knex) => knex.schema.createTable('${table}', (t) => t.increments());
exports.down = (knex) => knex.schema.dropTable('${table}');
`;
const at = (name: string): string => `migrations/${name}.js`;
const users = '20250101000000_users';
const orders = '20250102000000_orders';
const notes = '20250103000000_notes';
const base = { [at(users)]: program('users'), [at(orders)]: program('orders') };
const reason = { reason: 'looked with psql' };

let project: ToolProject;
let session: Recovering;
usingTool(
  { column: 'name', table: 'knex_migrations', run },
  base,
  (used) => ({ project, session } = used),
);

test('a fresh database, then nothing; a late one runs', async () => {
  const { facts } = await project.agree();
  expect(facts.tool).toBe('knex');
  const healthy = await project.agree(true);
  expect(codesOf(healthy)).toEqual([]);
  expect(healthy.board.map(({ history, schema }) => [history, schema])).toEqual([
    ['recorded', 'unknown'],
    ['recorded', 'unknown'],
  ]);
  await project.put({ [at('20250101120000_late')]: program('late') });
  expect((await project.agree()).nextRun.runs).toEqual(['20250101120000_late']);
});

test('a file that is gone stops every run: its row is taken away, and knex goes on', async () => {
  await project.put({ [at(notes)]: program('notes') });
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
});

test.each([
  ['taken', 'UPDATE knex_migrations_lock SET is_locked = 1'],
  ['there twice', 'INSERT INTO knex_migrations_lock (is_locked) VALUES (0)'],
])('its lock is %s: knex refuses for ever, and it is said why', async (_, sql) => {
  await project.run();
  await project.sql(sql);
  await project.put({ [at(notes)]: program('notes') });
  const { nextRun, findings } = await project.agree();
  expect(nextRun.fails?.message).toBe('Migration table is already locked');
  expect(findings.map(({ code }) => code)).toEqual(['history-dirty']);
});

deepTest(
  'marked applied with a reason, as a batch of its own; a program is not run by hand',
  async () => {
    await project.run();
    await project.put({ [at(notes)]: program('notes') });
    expect((await session.play('apply-manually', { migrations: [notes] })).plan).toBeNull();
    expect((await session.play('mark-applied', { migrations: [notes] })).plan).toBeNull();
    const marked = await session.play('mark-applied', { migrations: [notes], answers: reason });
    expect(states(marked)).toMatchObject({ [`mark:${notes}`]: 'done', agree: 'done' });
    expect((await project.agree()).nextRun.runs).toEqual([]);
    const { rows } = await project.sql('SELECT name, batch FROM knex_migrations ORDER BY id');
    expect(rows.at(-1)).toEqual({ name: `${notes}.js`, batch: 2 });
    expect(await session.undo(`mark:${notes}`)).toMatchObject({ state: 'done' });
    expect((await project.run()).recorded).toEqual([`${notes}.js`]);
  },
);
