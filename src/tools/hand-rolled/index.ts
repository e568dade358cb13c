import type { Tool } from '../contract.js';
import { byCodeUnit, type Named, setOfNames } from '../set-of-names/index.js';

/** What a home-made runner does, where it is not what most do; see pgmedic.config.yaml. */
export interface RunnerSettings {
  /** A regular expression for the names of its files: '\.up\.sql$'. */
  readonly files?: string | undefined;
  /** What of a file's name it records: all of it, without .up.sql, its leading digits, or these as a number. */
  readonly records?: 'file' | 'stem' | 'digits' | 'number' | undefined;
  /** Where it records it. */
  readonly column?: string | undefined;
  readonly order?: 'name' | 'number' | undefined;
  /** What becomes of a pending file that comes before an applied one. */
  readonly late?: 'run' | 'refuse' | undefined;
  /** What becomes of a run where a row has no file. */
  readonly gone?: 'ignore' | 'refuse' | undefined;
  readonly transaction?: 'each migration' | 'all pending' | 'none' | undefined;
  /** Parts of error messages for which it rolls a migration back, records it and goes on. */
  readonly swallows?: readonly string[] | undefined;
}

/**
 * `schema_migrations(version, applied_at)` and a loop over the files, as many projects have written
 * it (incident 002). Without settings: whole file names, sorted; a transaction each.
 */
export function handRolled(settings: RunnerSettings | null): Tool {
  const { files = '\\.up\\.sql$', records = 'file', column = 'version' } = settings ?? {};
  const { swallows = [], transaction = 'each migration' } = settings ?? {};
  return setOfNames({
    name: 'hand-rolled',
    title: 'the hand-rolled runner',
    usualFolders: ['migrations', 'db/migrations', 'database/migrations', 'sql/migrations'],
    files: new RegExp(files, 'u'),
    nameOf: namers[records],
    ...(settings?.order === 'number' && { order: byNumber }),
    downFile: (file) => (file.endsWith('.up.sql') ? file.replace(/\.up\.sql$/, '.down.sql') : null),
    atomicity: transaction === 'none' ? 'each statement' : transaction,
    late: settings?.late ?? 'run',
    gone: settings?.gone ?? 'ignore',
    swallows,
    history: {
      table: { schema: 'public', table: 'schema_migrations' },
      create: (table) =>
        `CREATE TABLE IF NOT EXISTS ${table} ("${column.replaceAll('"', '""')}" VARCHAR(255) PRIMARY KEY, applied_at TIMESTAMP WITH TIME ZONE DEFAULT NOW())`,
      name: column,
      id: null,
      // Who describes his runner may have any table; to be recognised it has to be the usual one.
      ...(settings === null ? { required: ['applied_at'] } : { others: 'any', nameType: /./ }),
    },
  });
}

const digits = (file: string): string => /^\d+/.exec(file)?.[0] ?? file;
const namers: Readonly<Record<NonNullable<RunnerSettings['records']>, (file: string) => string>> = {
  file: (file) => file,
  stem: (file) => file.replace(/(?:\.up)?\.\w+$/, ''),
  digits,
  number: (file) => digits(file).replace(/^0+(?=\d)/, ''),
};

/** "9_x" before "10_x". */
function byNumber({ file: a }: Named, { file: b }: Named): number {
  return Number(digits(a)) - Number(digits(b)) || byCodeUnit(a, b);
}
