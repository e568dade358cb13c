import type { Migration } from '../../core/facts.js';
import { byCodeUnit, setOfNames } from '../set-of-names/index.js';
import { sqlInCode } from '../sql-in-code/index.js';

const ownName =
  /^\s*(?:public\s+)?(?:readonly\s+)?(?:this\.)?name\s*(?::\s*string\s*)?=\s*(['"`])([\w$]+)\1/m;
/** A mode of its own, which TypeORM refuses unless the project's is another than "all". */
const override =
  /^\s*(?:public\s+)?(?:readonly\s+)?transaction\s*(?::\s*boolean\s*)?=\s*(?:true|false)\b/m;

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
  cannotRead(text) {
    const count = exportedClasses(text).length;
    return count > 1 ? `it has ${count} classes, and pgmedic reads one a file` : null;
  },
  order: (a, b) => stamp(a.name) - stamp(b.name) || byCodeUnit(a.file, b.file),
  refuses,
  ...sqlInCode({
    calls: ['await queryRunner.query(...)'],
    given: 'queryRunner',
    classOf: null,
    bare: member('false'),
    ignores: member('true'),
  }),
  downPlace: 'as await queryRunner.query(`...`) in the down of its file',
  fits: (text) => /\bclass\b/.test(text) && /\b(?:MigrationInterface|queryRunner)\b/.test(text),
  atomicity: 'all pending',
  bareParts: 'each',
  late: 'run',
  gone: 'ignore',
  history: {
    table: { schema: 'public', table: 'migrations' },
    create: (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} ("id" SERIAL NOT NULL PRIMARY KEY, "timestamp" bigint NOT NULL, "name" character varying NOT NULL)`,
    beside: () => ['typeorm_metadata'],
    name: 'name',
    id: 'id',
    writes: { timestamp: (_, name) => String(stamp(name)) },
  },
});

function exportedClasses(text: string): string[] {
  const classes = text.matchAll(
    /^[ \t]*(export\s+(?:default\s+)?|(?:module\.)?exports(?:\.\w+)?\s*=\s*)?class\s+([\w$]+)/gm,
  );
  const later =
    text.match(/^[ \t]*(?:export\b[^;{]*(?:\{[^}]*\})?|(?:module\.)?exports\b[^;\n]*)/gm) ?? [];
  return Array.from(classes, ([, exported, name = '']) => ({ exported, name }))
    .filter(
      ({ exported, name }) => exported || later.some((one) => one.split(/[^\w$]+/).includes(name)),
    )
    .map(({ name }) => name);
}

/** As a field of the class. */
function member(value: 'true' | 'false'): RegExp {
  return new RegExp(
    String.raw`(?:public\s+)?(?:readonly\s+)?transaction\s*(?::\s*boolean\s*)?=\s*${value}\s*(?:;|(?=[\n\r]))`,
    'y',
  );
}

/** Its class's; a property `name` wins. A file without an exported class is none of TypeORM's. */
function nameOf(file: string, text: string | null): string | null {
  if (text === null) return file.replace(/^(\d+)-(\w+).*$/, '$2$1');
  const [className] = exportedClasses(text);
  return className === undefined ? null : (ownName.exec(text)?.[2] ?? className);
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
