import { setOfNames } from '../set-of-names/index.js';
import { sqlInCode } from '../sql-in-code/index.js';

/**
 * MikroORM 5 and 6 (@mikro-orm/migrations, over umzug): recorded by the file's name without .js or
 * .ts; all pending in one transaction (allOrNothing), as is the default.
 */
export const mikroOrm = setOfNames({
  name: 'mikro-orm',
  title: 'MikroORM',
  command: 'npx mikro-orm migration:up',
  usualFolders: ['migrations', 'src/migrations', 'src/database/migrations', 'database/migrations'],
  files: /^(?!\.|.*\.d\.[jt]s$).*\.(?:js|ts|cjs)$/,
  nameOf: (file, text) => (text !== null && !/\bclass\b/.test(text) ? null : withoutEnding(file)),
  ...sqlInCode({
    calls: ['this.addSql(...)'],
    classOf: { base: 'Migration', from: /^@mikro-orm\/migrations$/ },
  }),
  downPlace: 'as this.addSql(`...`) in the down of its file',
  fits: (text) => /['"]@mikro-orm\/migrations['"]/.test(text),
  atomicity: 'all pending',
  late: 'run',
  gone: 'ignore',
  history: {
    table: { schema: 'public', table: 'mikro_orm_migrations' },
    create: (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} (id serial PRIMARY KEY, name varchar(255), executed_at timestamptz DEFAULT CURRENT_TIMESTAMP)`,
    name: 'name',
    id: 'id',
    // Early versions wrote the ending.
    means: ({ name }) => withoutEnding(name),
    required: ['executed_at'],
  },
});

function withoutEnding(file: string): string {
  return file.replace(/\.[jt]s$/, '');
}
