import { describe, expect, test } from 'vitest';
import { drillOf } from '../../src/drill/from/drill.js';
import { kinds } from '../../src/drill/from/faults.js';
import { readGiven } from '../../src/drill/from/given.js';
import { sceneOf } from '../../src/drill/from/scene.js';
import { deepTest } from '../support/deep-test.js';
import type { Sample } from '../tools/conformance.js';
import { dbmate } from '../tools/subjects/dbmate.js';
import { drizzle1 } from '../tools/subjects/drizzle-1.js';
import { golangMigrate } from '../tools/subjects/golang-migrate.js';
import { goose } from '../tools/subjects/goose.js';
import { handRolled } from '../tools/subjects/hand-rolled.js';
import { knex } from '../tools/subjects/knex.js';
import { kysely } from '../tools/subjects/kysely.js';
import { mikroOrm } from '../tools/subjects/mikro-orm.js';
import { nodePgMigrate } from '../tools/subjects/node-pg-migrate.js';
import { prisma } from '../tools/subjects/prisma.js';
import { sequelize } from '../tools/subjects/sequelize.js';
import { typeorm } from '../tools/subjects/typeorm.js';
import { playGoodRun, projectOf, startDrillOf } from './from-support.js';
import { expectGoodRun, operatorOf } from './recover.js';
import { sandboxOfTheRun } from './support.js';

const sample = (place: number, slug: string, ...up: string[]): Sample => ({
  ...{ place, slug, up, down: [] },
});

const samples: readonly Sample[] = [
  sample(1, 'users', 'CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL)'),
  sample(
    2,
    'orders',
    'CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users)',
    'CREATE INDEX orders_user ON orders (user_id)',
  ),
  sample(3, 'notes', 'CREATE TABLE notes (id int)'),
  sample(4, 'tags', 'CREATE TABLE tags (id int)', 'ALTER TABLE notes ADD COLUMN tag int'),
];

/** Kinds that do not apply, with every tool. */
const journals = ['entry-lost', 'stamp-too-old'];

const subjects = [
  ...[dbmate, drizzle1, golangMigrate, goose, handRolled, knex, kysely, mikroOrm],
  ...[nodePgMigrate, prisma, sequelize, typeorm],
];

describe.each(subjects)('$name', (subject) => {
  for (const kind of kinds.filter(({ name }) => !journals.includes(name))) {
    deepTest(kind.name, async () => {
      const given = await readGiven(await projectOf(subject.files(samples)), {
        tool: subject.name,
      });
      const sandbox = sandboxOfTheRun();
      const scene = await sceneOf(given, sandbox);
      const fault = kind.faults(scene).at(-1);
      if (fault === undefined) {
        // One row for all; and one that wants its rows in the order of the files.
        expect(kind.name).toBe('row-lost');
        expect(['golang-migrate', 'node-pg-migrate']).toContain(subject.name);
        return;
      }
      const drill = await drillOf(scene, fault, { seed: 1, sandbox });
      const running = await startDrillOf(drill);
      expect((await running.judge()).solved).toBe(false);
      const operator = await operatorOf(running);
      await playGoodRun(running, operator, drill);
      expect(await running.judge()).toEqual({ solved: true, facts: expect.anything() });
      await expectGoodRun(operator, drill);
    });
  }
});

test('there is a tool for each', () => expect(subjects).toHaveLength(12));
