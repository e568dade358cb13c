import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { drillFromFolder, drillOf, inTurn } from '../../src/drill/from/drill.js';
import { kinds } from '../../src/drill/from/faults.js';
import { historyOf, record } from '../../src/drill/from/run-migrations.js';
import { deepTest } from '../support/deep-test.js';
import { drizzleFiles, playFault, projectOf, sceneIn, shop, startDrillOf } from './from-support.js';
import { onDatabase, one, sandboxOfTheRun } from './support.js';

for (const kind of kinds) {
  deepTest(`${kind.name} in a project of Drizzle: the good run solves it`, async () => {
    const { scene, sandbox } = await sceneIn(drizzleFiles());
    const fault = kind.faults(scene).at(-1);
    if (fault === undefined) throw new Error(`${kind.name} does not apply`);
    await playFault(await drillOf(scene, fault, { seed: 1, sandbox }));
  });
}

test('all marked applied, it is not solved: what is missing is told', async () => {
  const { given, scene, sandbox } = await sceneIn(drizzleFiles());
  for (const [name, missing] of [
    [
      'half-run',
      /there is no column public\.orders\.state|there is no index public\.orders_state_idx/,
    ],
    ['never-run', /there is no /],
    ['index-dropped', /there is no index public\.orders/],
    ['stamp-too-old', /there is no /],
  ] as const) {
    const fault = kinds
      .find((kind) => kind.name === name)
      ?.faults(scene)
      .at(-1);
    if (fault === undefined) throw new Error(`${name} does not apply`);
    const running = await startDrillOf(await drillOf(scene, fault, { seed: 1, sandbox }));
    await onDatabase(running, async (client) => {
      const { recorded } = given.tool.match(scene.folder, await historyOf(client, given));
      for (const one of scene.order) if (!recorded.has(one.id)) await record(client, given, one);
    });
    const { solved, facts } = await running.judge();
    expect(solved).toBe(false);
    expect(facts).toContainEqual(
      expect.stringMatching(/says of all 4 migrations that they have run/),
    );
    expect(facts).toContainEqual(expect.stringMatching(missing));
  }
});

test('rows are there, and whoever loses or doubles one has not solved it', async () => {
  const { scene, sandbox } = await sceneIn(drizzleFiles());
  const fault = kinds.find(({ name }) => name === 'run-by-hand')?.faults(scene)[0];
  if (fault === undefined) throw new Error('it does not apply');
  const running = await startDrillOf(await drillOf(scene, fault, { seed: 1, sandbox }));
  await onDatabase(running, async (client) => {
    expect(await one(client, 'SELECT count(*) FROM users')).toBe('5');
    expect(await one(client, 'SELECT count(*) FROM notes')).toBe('5');
    const same =
      'The rows are those that a right run leaves: none is lost, and none was written twice.';
    expect((await running.judge()).facts).toContain(same);
    await client.query('DELETE FROM notes WHERE ctid = (SELECT min(ctid) FROM notes)');
    await client.query(`UPDATE users SET email = 'x' WHERE id = 1`);
  });
  const { facts } = await running.judge();
  expect(facts).toContainEqual(expect.stringContaining('"notes" has 4 rows, and not 5'));
  expect(facts).toContainEqual(expect.stringContaining('"users" has other rows'));
});

test('a seed gives the same drill each time, and seeds together give all kinds', async () => {
  const dir = await projectOf(drizzleFiles());
  const { scene } = await sceneIn(drizzleFiles());
  const told = Array.from({ length: 40 }, (_, seed) => inTurn(scene, seed)[0]?.happened ?? '');
  expect(told).toEqual(
    Array.from({ length: 40 }, (_, seed) => inTurn(scene, seed)[0]?.happened ?? ''),
  );
  for (const kind of kinds) {
    const its = kind.faults(scene).map(({ happened }) => happened);
    expect([kind.name, told.some((one) => its.includes(one))]).toEqual([kind.name, true]);
  }
  const sandbox = sandboxOfTheRun();
  const drill = await drillFromFolder(dir, {}, { seed: 7, sandbox });
  expect(drill).toMatchObject({ happened: told[7], title: expect.stringContaining('(seed 7)') });
  expect(sandbox.names()).toEqual([]);
});

describe('refused with the reason', () => {
  const refusal = async (files: Readonly<Record<string, string>>, tool = 'drizzle') => {
    const dir = await projectOf(files);
    const sandbox = sandboxOfTheRun();
    const error = await drillFromFolder(dir, { tool }, { seed: 1, sandbox }).then(
      () => null,
      (caught: unknown) => caught as UserError,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(sandbox.names()).toEqual([]);
    return [error?.message, ...(error?.next ?? [])].join('\n');
  };

  test('migrations that do not run on an empty database', async () => {
    const said = await refusal(
      drizzleFiles({
        '0000_more': 'ALTER TABLE nowhere ADD COLUMN a int;',
        '0001_x': shop['0000_users'] ?? '',
      }),
    );
    const outward = `COPY (SELECT 1) TO PROGRAM 'touch /tmp/never';`;
    expect(await refusal(drizzleFiles({ ...shop, '0004_out': outward }))).toMatch(
      /0004_out does not run .* it runs a program on the server/,
    );
    expect(said).toMatch(
      /0000_more does not run on an empty database: relation "nowhere" does not exist/,
    );
  });

  test('programs, a folder that the tool itself refuses, and one in which nothing can be broken', async () => {
    const knex = `export const up = (knex) => knex.schema.createTable('a', (t) => t.increments());\nexport const down = () => {};\n`;
    expect(await refusal({ 'migrations/001_a.js': knex }, 'knex')).toMatch(
      /001_a.* is a program, not SQL/,
    );
    const unlisted = { ...drizzleFiles(), 'drizzle/0009_more.sql': 'SELECT 1;' };
    expect(await refusal(unlisted)).toMatch(/it would not run 0009_more/);
    const said = await refusal(drizzleFiles({ '0000_rows': 'SELECT 1;' }));
    expect(said).toMatch(
      /Nothing can be broken in .*half-run: a last migration of several statements/s,
    );
  });
});
