import type { FindingCode } from '../../core/finding.js';

const bySqlstate: Readonly<Record<string, FindingCode>> = {
  // duplicate_table, _column, _object, _schema, _function, invalid_table_definition (a second primary key), duplicate_database
  '42P07': 'will-fail-exists',
  '42701': 'will-fail-exists',
  '42710': 'will-fail-exists',
  '42P06': 'will-fail-exists',
  '42723': 'will-fail-exists',
  '42P16': 'will-fail-exists',
  '42P04': 'will-fail-exists',
  // undefined_table, _column, _object, _function, invalid_schema_name
  '42P01': 'will-fail-absent',
  '42703': 'will-fail-absent',
  '42704': 'will-fail-absent',
  '42883': 'will-fail-absent',
  '3F000': 'will-fail-absent',
  '23502': 'will-fail-not-null',
  '23505': 'will-fail-duplicates',
  '23503': 'will-fail-orphans',
  '22P02': 'will-fail-cast',
  '42804': 'will-fail-cast',
  '42846': 'will-fail-cast',
  '55P04': 'will-fail-enum-in-transaction',
  '25001': 'will-fail-in-transaction',
  '42601': 'will-fail-syntax',
};

/** 42P16 is many things; this is the one that says that something is there already. */
const secondPrimaryKey = /^multiple primary keys for table/;
const changesType = /\bALTER\s+(?:COLUMN\s+)?\S+\s+(?:SET\s+DATA\s+)?TYPE\b/i;

/** The finding for an error of the server in this statement. */
export function codeOf(sqlstate: string, message: string, statement: string): FindingCode {
  if (sqlstate === '42P16' && !secondPrimaryKey.test(message)) return 'will-fail-other';
  // A value that does not fit its new type: too long, out of range, no date.
  if (sqlstate.startsWith('22') && changesType.test(statement)) return 'will-fail-cast';
  return bySqlstate[sqlstate] ?? 'will-fail-other';
}

const absent = new Set(['42P01', '42703', '42704', '42883', '3F000']);

/** Where the copy is not as the live database is. */
export interface Unlike {
  /** Names of what it should have and has not. */
  readonly lacks: readonly string[];
  /** Of the live server. */
  readonly roles: ReadonlySet<string>;
  /** A statement of the run before this one was left out, and may have made something. */
  readonly leftOut: boolean;
}

/** Why an error of the sandbox says nothing of the live server; null where it does. */
export function foundHereOnly(
  sqlstate: string,
  message: string,
  { lacks, roles, leftOut }: Unlike,
): string | null {
  if (sqlstate === '57014' && message.includes('statement timeout'))
    return 'it did not end within a minute';
  // 08, HV: another server, which the sandbox is not let in at.
  if (/^(08|53|58|HV|XX)/.test(sqlstate) || /extension "[^"]*" is not available/.test(message))
    return `the sandbox cannot run it (${message})`;
  // Roles are of the whole server, which has others than the live one.
  const [, role, state] = /^role "(.*)" (already exists|does not exist)/s.exec(message) ?? [];
  if (role !== undefined && roles.has(role) !== (state === 'already exists'))
    return `the sandbox's server ${state === 'already exists' ? 'has' : 'lacks'} a role ${role}`;
  if (!absent.has(sqlstate) && sqlstate !== '55000') return null;
  if (leftOut) return `an earlier statement was not tried (${message})`;
  const quoted = [...message.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
  const whole = [...quoted, ...message.split(/[\s(),"]+/)];
  const words = [...whole, ...whole.map((word) => word.slice(word.lastIndexOf('.') + 1))];
  // The server names things with their schema or without it, as the statement does.
  const missing = lacks.find(
    (name) => words.includes(name) || words.includes(name.slice(name.indexOf('.') + 1)),
  );
  return missing === undefined ? null : `the copy in the sandbox lacks ${missing} (${message})`;
}
