import type { Migration } from '../../core/facts.js';
import { setOfNames } from '../set-of-names/index.js';

/**
 * Rails 5.2 to 8 (active_record/migration.rb): versions are the numbers that files begin with, in a
 * transaction each. Migrations are Ruby, of which only Rails knows what they do.
 */
export const rails = setOfNames({
  name: 'rails',
  title: 'Rails',
  command: 'bin/rails db:migrate',
  usualFolders: ['db/migrate'],
  files: /^\d[^]*_[^]*\.rb$/,
  nameOf: numberOf,
  order: (a, b) => Number(a.name) - Number(b.name),
  isSql: () => false,
  refuses,
  fits: (text) => /<\s*ActiveRecord::Migration\b/.test(text),
  atomicity: 'each migration',
  late: 'run',
  gone: 'ignore',
  history: {
    table: { schema: 'public', table: 'schema_migrations' },
    create: (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} ("version" character varying NOT NULL PRIMARY KEY)`,
    beside: () => ['ar_internal_metadata'],
    name: 'version',
    id: null,
    means: ({ name }) => numberOf(name),
  },
});

/** "20250101000000" of "20250101000000_create_users.rb", "1" of "001_create_users.rb". */
function numberOf(text: string): string {
  const digits = /^\d+/.exec(text)?.[0];
  return digits === undefined ? text : String(BigInt(digits));
}

function refuses(all: readonly Migration[]): string | null {
  const found = all.map(({ id, name = '', file }) => {
    const path = file?.path ?? `${id}.rb`;
    return { path, name, parts: /^\d+_([_a-z0-9]*)\.?[_a-z0-9]*\.rb$/.exec(path) };
  });
  const odd = found.find(({ parts }) => parts === null);
  if (odd !== undefined) return 'Illegal name for migration file';
  const classes = found.map(({ parts }) => camelCase(parts?.[1] ?? ''));
  const sameClass = classes.find((one, at) => classes.indexOf(one) < at);
  if (sameClass !== undefined) return `Multiple migrations have the name ${sameClass}.`;
  const twice = found.find(({ name }, at) => found[at - 1]?.name === name);
  return twice === undefined ? null : `Multiple migrations have the version number ${twice.name}.`;
}

/** As ActiveSupport does it, without the acronyms that a project may have. */
function camelCase(name: string): string {
  return name.replaceAll(/(?:^|_+)([a-z\d]?)/g, (_, first: string) => first.toUpperCase());
}
