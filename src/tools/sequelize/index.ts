import { setOfNames } from '../set-of-names/index.js';
import { sqlInCode } from '../sql-in-code/index.js';

/**
 * Sequelize's command line and umzug 3 with SequelizeStorage: recorded by the file's name. There is
 * no transaction, so that what a failed migration has done before stays, without a row.
 */
export const sequelize = setOfNames({
  name: 'sequelize',
  title: 'Sequelize',
  command: 'npx sequelize-cli db:migrate',
  usualFolders: [
    'migrations',
    'db/migrations',
    'src/migrations',
    'src/db/migrations',
    'database/migrations',
    'src/database/migrations',
  ],
  files: /^(?!.*\.d\.[cm]?ts$).*\.[cm]?[jt]s$/,
  nameOf: (file) => file,
  ...sqlInCode({
    calls: ['await queryInterface.sequelize.query(...)'],
    given: 'queryInterface',
    givenAs: ['itself', 'context'],
  }),
  downPlace: 'as await queryInterface.sequelize.query(`...`) in the down of its file',
  fits: (text) => /\bqueryInterface\b/i.test(text) && /\bup\b/.test(text),
  atomicity: 'each statement',
  late: 'run',
  gone: 'ignore',
  history: {
    table: { schema: 'public', table: 'SequelizeMeta' },
    create: (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} ("name" VARCHAR(255) NOT NULL UNIQUE PRIMARY KEY)`,
    name: 'name',
    id: null,
  },
});
