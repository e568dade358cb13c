import { UserError } from '../core/errors.js';
import type { Tool } from './contract.js';
import { dbmate } from './dbmate/index.js';
import { drizzle } from './drizzle/index.js';
import { golangMigrate } from './golang-migrate/index.js';
import { goose } from './goose/index.js';
import { handRolled } from './hand-rolled/index.js';
import { knex } from './knex/index.js';
import { kysely } from './kysely/index.js';
import { mikroOrm } from './mikro-orm/index.js';
import { nodePgMigrate } from './node-pg-migrate/index.js';
import { payload } from './payload/index.js';
import { prisma } from './prisma/index.js';
import { rails } from './rails/index.js';
import { sequelize } from './sequelize/index.js';
import { typeorm } from './typeorm/index.js';

/** Every migration tool that is known, in the order in which a project is searched for them. */
export const tools: readonly Tool[] = [
  drizzle,
  payload,
  prisma,
  dbmate,
  goose,
  nodePgMigrate,
  knex,
  typeorm,
  mikroOrm,
  kysely,
  sequelize,
  rails,
  golangMigrate,
  handRolled(null),
];

/** @throws UserError naming the tools there are. */
export function toolNamed(name: string): Tool {
  const found = tools.find((tool) => tool.name === name);
  if (found !== undefined) return found;
  throw new UserError(`There is no migration tool named ${name}.`, [
    `Known: ${tools.map((tool) => tool.name).join(', ')}.`,
  ]);
}
