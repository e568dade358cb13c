import { UserError } from '../core/errors.js';
import type { Tool } from './contract.js';
import { dbmate } from './dbmate/index.js';
import { drizzle } from './drizzle/index.js';
import { golangMigrate } from './golang-migrate/index.js';
import { handRolled } from './hand-rolled/index.js';
import { knex } from './knex/index.js';
import { nodePgMigrate } from './node-pg-migrate/index.js';
import { payload } from './payload/index.js';
import { prisma } from './prisma/index.js';

/** Every migration tool that is known, in the order in which a project is searched for them. */
export const tools: readonly Tool[] = [
  drizzle,
  payload,
  prisma,
  dbmate,
  nodePgMigrate,
  knex,
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
