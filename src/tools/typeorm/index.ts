import type { Migration } from '../../core/facts.js';
import { byCodeUnit, setOfNames } from '../set-of-names/index.js';
import { sqlInCode } from '../sql-in-code/index.js';

/** A mode of its own, which TypeORM refuses unless the project's is another than "all". */
const override =
  /(?:public\s+)?(?:readonly\s+)?\btransaction\s*(?::\s*boolean\s*)?=\s*(?:true|false)\s*;?/;

/**
 * TypeORM 0.3 and 1 (migration/MigrationExecutor): migrations are classes, recorded by the class's
 * name and ordered by the 13 digits at its end; all pending in one transaction, as is the default.
 */
export const typeorm = setOfNames({
  name: 'typeorm',
  title: 'TypeORM',
  command: 'npx typeorm migration:run -d DATA_SOURCE',
  usualFolders: [
    'src/migrations',
    'src/migration',
    'migrations',
    'migration',
    'src/database/migrations',
    'src/db/migrations',
    'database/migrations',
    'db/migrations',
  ],
  files: /^(?!.*\.d\.[cm]?ts$).*\.[cm]?[jt]s$/,
  nameOf,
  order: (a, b) => stamp(a.name) - stamp(b.name) || byCodeUnit(a.file, b.file),
  refuses,
  ...sqlInCode({
    calls: ['await queryRunner.query(...)'],
    given: 'queryRunner',
    classOf: null,
    ignores: new RegExp(override.source, 'y'),
  }),
  downPlace: 'as await queryRunner.query(`...`) in the down of its file',
  fits: (text) => /\bclass\b/.test(text) && /\b(?:MigrationInterface|queryRunner)\b/.test(text),
  atomicity: 'all pending',
  late: 'run',
  gone: 'ignore',
  history: {
    table: { schema: 'public', table: 'migrations' },
    create: (table) =>
      `CREATE TABLE ${table} ("id" SERIAL NOT NULL PRIMARY KEY, "timestamp" bigint NOT NULL, "name" character varying NOT NULL)`,
    name: 'name',
    id: 'id',
    writes: { timestamp: (_, name) => String(stamp(name)) },
  },
});

/** Its class's; a property `name` wins. A file without an exported class is none of TypeORM's. */
function nameOf(file: string, text: string | null): string | null {
  if (text === null) return file.replace(/^(\d+)-(\w+).*$/, '$2$1');
  const own =
    /^\s*(?:public\s+)?(?:readonly\s+)?(?:this\.)?name\s*(?::\s*string\s*)?=\s*(['"`])([\w$]+)\1/m;
  const exported =
    /^\s*(?:export\s+(?:default\s+)?|module\.exports\s*=\s*|exports\.\w+\s*=\s*)?class\s+([\w$]+)/m;
  const className = exported.exec(text)?.[1];
  return className === undefined ? null : (own.exec(text)?.[2] ?? className);
}

/** NaN where it has none. */
function stamp(name: string): number {
  return Number.parseInt(name.slice(-13), 10);
}

function refuses(all: readonly Migration[], pending: readonly Migration[]): string | null {
  const names = all.map(({ name, id }) => name ?? id);
  const odd = names.find((name) => !(stamp(name) > 0));
  if (odd !== undefined) {
    return `${odd} migration name is wrong. Migration class name should have a JavaScript timestamp appended.`;
  }
  const twice = names.filter((name, at) => names.indexOf(name) < at);
  if (twice.length > 0) return `Duplicate migrations: ${[...new Set(twice)].join(', ')}`;
  const own = pending.filter(({ file }) => override.test(file?.text ?? ''));
  // Where one such has run, another mode is set, and this is allowed.
  const isSet = all.some((one) => !pending.includes(one) && override.test(one.file?.text ?? ''));
  if (own.length === 0 || isSet) return null;
  const quoted = own.map(({ name }) => `"${name}"`).join(', ');
  return `Migrations ${quoted} override the transaction mode, but the global transaction mode is "all"`;
}
