/** How migrations of each tool are written, by its generator, by hand or by a compiler; SQL is a string or template. */
const forms: Readonly<
  Record<string, { readonly call: string; readonly files: readonly string[] }>
> = {
  payload: {
    call: '  await db.execute(sqlTEMPLATE)',
    files: [
      `import { MigrateUpArgs, MigrateDownArgs, sql } from '@payloadcms/db-postgres'\n\nexport async function up({ db, payload, req }: MigrateUpArgs): Promise<void> {\nUP\n}\n\nexport async function down({ db, payload, req }: MigrateDownArgs): Promise<void> {\nDOWN\n}\n`,
      `import type { Y } from '@payloadcms/db-vercel-postgres'\nimport { type X, sql } from "drizzle-orm"\nexport const up = async ({ db }: { db: X }) => {\nUP\n}\nexport const down = async ({ db }) => {\nDOWN\n};`,
    ],
  },
  typeorm: {
    call: '        await queryRunner.query(SQL);',
    files: [
      `import { MigrationInterface, QueryRunner } from "typeorm";\n\nexport class Init1700000000000 implements MigrationInterface {\n    name = 'Init1700000000000'\n\n    public async up(queryRunner: QueryRunner): Promise<void> {\nUP\n    }\n\n    public async down(queryRunner: QueryRunner): Promise<void> {\nDOWN\n    }\n\n}\n`,
      `/**\n * @class\n */\nmodule.exports = class Init1700000000000 {\n    name = 'Init1700000000000'\n    async up(queryRunner) {\nUP\n    }\n    async down(queryRunner) {\nDOWN\n    }\n}\n`,
      `"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.Init1700000000000 = void 0;\nclass Init1700000000000 {\n    constructor() {\n        this.name = 'Init1700000000000';\n    }\n    async up(queryRunner) {\nUP\n    }\n    async down(queryRunner) {\nDOWN\n    }\n}\nexports.Init1700000000000 = Init1700000000000;\n//# sourceMappingURL=x.js.map`,
    ],
  },
  'mikro-orm': {
    call: '    this.addSql(SQL);',
    files: [
      `import { Migration } from '@mikro-orm/migrations';\n\nexport class Migration20250101000000 extends Migration {\n\n  override async up(): Promise<void> {\nUP\n  }\n\n  override async down(): Promise<void> {\nDOWN\n  }\n\n}\n`,
      `'use strict';\nObject.defineProperty(exports, '__esModule', { value: true });\nconst { Migration } = require('@mikro-orm/migrations');\n\nclass Migration20250101000000 extends Migration {\n\n  async up() {\nUP\n  }\n\n  async down() {\nDOWN\n  }\n\n}\nexports.Migration20250101000000 = Migration20250101000000;\n`,
      `"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.A = void 0;\nconst migrations_1 = require("@mikro-orm/migrations");\nclass A extends migrations_1.Migration {\n    async up() {\nUP\n    }\n    async down() {\nDOWN\n    }\n}\nexports.A = A;`,
    ],
  },
  kysely: {
    call: '  await sqlTEMPLATE.execute(db)',
    files: [
      `import { type Kysely, sql } from 'kysely'\n\nexport async function up(db: Kysely<any>): Promise<void> {\nUP\n}\n\nexport async function down(db: Kysely<any>): Promise<void> {\nDOWN\n}\n`,
      `const { sql } = require('kysely');\nexports.up = async (db) => {\nUP\n};\nexports.down = async function (db) {\nDOWN\n}\n`,
      `import { sql } from 'kysely';\nconst up = async (db: Kysely<Record<string, Array<any>>>) => {\nUP\n}\nconst down = async (db) => {\nDOWN\n}\nexport { up, down }`,
    ],
  },
  knex: {
    call: '  await knex.raw(SQL);',
    files: [
      `/**\n * @param { import("knex").Knex } knex\n */\nexports.up = async function(knex) {\nUP\n};\n\nexports.down = async function(knex) {\nDOWN\n};\n`,
      `import type { Knex } from "knex";\n\n\nexport async function up(knex: Knex): Promise<void> {\nUP\n}\n\n\nexport async function down(knex: Knex): Promise<void> {\nDOWN\n}\n\n`,
      `"use strict";\nexports.up = up;\nexports.down = down;\nasync function up(knex) {\nUP\n}\nasync function down(knex) {\nDOWN\n}\n`,
    ],
  },
  'node-pg-migrate': {
    call: '  pgm.sql(SQL);',
    files: [
      `/* eslint-disable camelcase */\n\nexports.shorthands = undefined;\n\nexports.up = pgm => {\nUP\n};\n\nexports.down = pgm => {\nDOWN\n};\n`,
      `import { MigrationBuilder, ColumnDefinitions } from 'node-pg-migrate';\n\nexport const shorthands: ColumnDefinitions | undefined = undefined;\n\nexport async function up(pgm: MigrationBuilder): Promise<void> {\nUP\n}\n\nexport async function down(pgm: MigrationBuilder): Promise<void> {\nDOWN\n}\n`,
    ],
  },
  sequelize: {
    call: '    await queryInterface.sequelize.query(SQL);',
    files: [
      `'use strict';\n\n/** @type {import('sequelize-cli').Migration} */\nmodule.exports = {\n  async up (queryInterface, Sequelize) {\nUP\n  },\n\n  async down (queryInterface, Sequelize) {\nDOWN\n  }\n};\n`,
      `/** @type {import('umzug').MigrationFn<any>} */\nexports.up = async ({ context: queryInterface }) => {\nUP\n};\nexports.down = async ({ context: queryInterface }) => {\nDOWN\n};\n`,
      `module.exports = {\n  up: async (queryInterface) => {\nUP\n  },\n  down: async function (queryInterface) {\nDOWN\n  },\n}\n`,
    ],
  },
};

/** A file of a tool in which up and down send these, each as it stands in the source. */
export function file(
  tool: string,
  at: number,
  up: readonly string[],
  down: readonly string[],
): string {
  const { call = '', files = [] } = forms[tool] ?? {};
  const body = (all: readonly string[]): string =>
    all.map((sql) => call.replace(/SQL|TEMPLATE/, () => sql)).join('\n');
  return (files[at] ?? files[0] ?? '')
    .replace('UP', () => body(up))
    .replace('DOWN', () => body(down));
}

/** Every form of every tool. */
export const allForms = Object.entries(forms).flatMap(([tool, { files }]) =>
  files.map((_, at) => ({ tool, at })),
);
