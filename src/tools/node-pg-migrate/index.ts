import { sqlInCode } from '../sql-in-code/index.js';
import type { Parts } from '../set-of-names/index.js';
import { byCodeUnit, type Named, setOfNames } from '../set-of-names/index.js';

/** Two parameters would tell it to wait for a callback. */
const inCode = sqlInCode({
  calls: ['pgm.sql(...)'],
  given: 'pgm',
  parameters: 1,
  bare: /pgm\s*\.\s*noTransaction\s*\(\s*\)\s*(?:;|(?=[\n\r}]))/y,
  ignores:
    /(?:(?:module\.)?exports\.shorthands|export\s+const\s+shorthands\s*(?::[\w\s|]*)?)\s*=\s*undefined;?/y,
});

/** node-pg-migrate 9 (src/runner.ts, sqlMigration.ts), as its command line runs it: all in one transaction. */
export const nodePgMigrate = setOfNames({
  name: 'node-pg-migrate',
  title: 'node-pg-migrate',
  usualFolders: ['migrations', 'db/migrations'],
  files: /^[^.]/,
  nameOf: (file) => file.replace(/\.[^.]*$/, ''),
  isSql: (file, text) => /\.sql$/i.test(file) || inCode.isSql(file, text),
  whyCode: inCode.whyCode,
  order: byPrefix,
  refuses: (all) => {
    const files = all.map(({ id, file }) => file?.path ?? id);
    const odd = files.length > 1 ? files.find((file) => !/^\d/.test(file)) : undefined;
    return odd === undefined ? null : `Cannot determine numeric prefix for "${odd}"`;
  },
  parts: (text) => (inCode.isSql('', text) ? inCode.parts(text) : parts(text)),
  downPlace: 'behind "-- Down Migration" in its file, or as pgm.sql(`...`) in its down',
  fits: (text) => marker('up').test(text) || /\bpgm\b/.test(text),
  atomicity: 'all pending',
  late: 'by place',
  gone: 'ignore',
  words: {
    late: (name, row) => `Not run migration ${name} is preceding already run migration ${row}`,
  },
  history: {
    table: { schema: 'public', table: 'pgmigrations' },
    create: (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)`,
    name: 'name',
    id: 'id',
    writes: { run_on: () => 'now()' },
    rowOrder: ['run_on', 'id'],
  },
});

function marker(direction: 'up' | 'down'): RegExp {
  return new RegExp(`^\\s*--[\\s-]*${direction}\\s+migration`, 'im');
}

/** Each marker's part goes to the other marker; without one for up, the whole file is up. */
function parts(text: string): Parts {
  const [up, down] = [text.search(marker('up')), text.search(marker('down'))];
  const upEnd = down < up ? text.length : down;
  const downEnd = up < down ? text.length : up;
  const whole = { text, offset: 0 };
  return {
    up: [up < 0 ? whole : { text: text.slice(up, upEnd), offset: up }],
    down: down < 0 ? null : { text: text.slice(down, downEnd), offset: down },
    bare: false,
  };
}

/** By the number a name begins with; 17 digits are a date. */
function byPrefix({ file: a }: Named, { file: b }: Named): number {
  return prefix(a) - prefix(b) || a.localeCompare(b, undefined, collation) || byCodeUnit(a, b);
}

const collation = { numeric: true, sensitivity: 'variant', ignorePunctuation: true } as const;

function prefix(file: string): number {
  const digits = /^\d+/.exec(file)?.[0] ?? '';
  if (digits.length !== 17) return Number(digits);
  const [, y, mo, d, h, mi, s, ms] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/.exec(digits) ?? [];
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`);
}
