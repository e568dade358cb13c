import { expect, test } from 'vitest';
import { drillOf } from '../../src/drill/from/drill.js';
import { kinds } from '../../src/drill/from/faults.js';
import { inDepth } from '../support/cases.js';
import { deepTest } from '../support/deep-test.js';
import type { Sample, Subject } from '../tools/conformance.js';
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
import { playFault, sceneIn } from './from-support.js';

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

const subjects = [
  ...[dbmate, drizzle1, golangMigrate, goose, handRolled, knex, kysely, mikroOrm],
  ...[nodePgMigrate, prisma, sequelize, typeorm],
];

/** Only Drizzle 0.x has a journal. */
const others = kinds.filter(({ name }) => !['entry-lost', 'stamp-too-old'].includes(name));

const sceneFor = async ({ name, files }: Subject): ReturnType<typeof sceneIn> =>
  sceneIn(files(samples), { tool: name });

test('every kind applies to each tool, but for what only one row or the journal can suffer', async () => {
  for (const subject of inDepth([golangMigrate, knex, prisma], subjects)) {
    const { scene } = await sceneFor(subject);
    const applies = kinds.filter(({ faults }) => faults(scene).length > 0).map(({ name }) => name);
    const expected = others
      .map(({ name }) => name)
      .filter((name) => name !== 'row-lost' || subject.oneRow !== true);
    expect({ tool: subject.name, applies }).toEqual({ tool: subject.name, applies: expected });
  }
});

for (const subject of subjects) {
  for (const kind of others) {
    if (kind.name === 'row-lost' && subject.oneRow === true) continue;
    deepTest(`${subject.adapter?.title ?? subject.name}, ${kind.name}`, async () => {
      const { scene, sandbox } = await sceneFor(subject);
      const fault = kind.faults(scene).at(-1);
      if (fault === undefined) throw new Error(`${kind.name} does not apply`);
      const making = drillOf(scene, fault, { seed: 1, sandbox });
      // Its rows have to be in the order of the files: one in the middle cannot come anew.
      if (kind.name === 'row-lost' && subject.name === 'node-pg-migrate') {
        await expect(making).rejects.toThrow('Nothing can be broken');
        return;
      }
      await playFault(await making);
    });
  }
}
