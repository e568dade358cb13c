import { quoteLiteral } from '../../core/tool.js';
import { CLASS, type ClassName, nameOf } from './sql-parts.js';

/** An identifier as quote_ident() prints it, and names of several with dots between. */
const IDENTIFIER = String.raw`(?:"(?:[^"]|"")+"|[^\s".,()]+)`;
const NAMES = new RegExp(String.raw`${IDENTIFIER}(?:\.${IDENTIFIER})*`, 'g');
const PARTS = new RegExp(IDENTIFIER, 'g');

/** Kinds that are few: all of them are read where one is named. */
const FEW: readonly ClassName[] = [
  'pg_operator',
  'pg_cast',
  'pg_collation',
  'pg_ts_config',
  'pg_ts_dict',
  'pg_event_trigger',
  'pg_publication',
  'pg_default_acl',
];
const OF_FEW = /\b(?:operator|cast|collation|text search|event trigger|publication|privilege)\b/;

/**
 * The owners on which objects with these keys may stand, by every name that the keys have in them:
 * "constraint public.users.k" names public.users. One too many does no harm.
 */
export function namedCte(keys: readonly string[]): string {
  const names = `ARRAY[${namesIn(keys).map(quoteLiteral).join(', ')}]::text[]`;
  const is = (expression: string): string => `${expression} = ANY (${names})`;
  const owners = (className: ClassName, object: string, from: string): string =>
    `SELECT ${CLASS[className]}::oid AS class, ${object} AS object FROM ${from}`;
  const named = (catalog: string, prefix: string, alias: string): string =>
    `pg_catalog.${catalog} AS ${alias} JOIN pg_catalog.pg_namespace AS n ON n.oid = ${alias}.${prefix}namespace WHERE ${is(nameOf('n.nspname', `${alias}.${prefix}name`))}`;
  const standing = (catalog: string, column: string): string =>
    `pg_catalog.${catalog} AS x CROSS JOIN ${named('pg_class', 'rel', 'c')} AND c.oid = x.${column}`;
  const branches = [
    owners('pg_class', 'c.oid', named('pg_class', 'rel', 'c')),
    owners('pg_class', 'x.indrelid', standing('pg_index', 'indexrelid')),
    owners('pg_class', 's.stxrelid', named('pg_statistic_ext', 'stx', 's')),
    owners('pg_type', 't.oid', named('pg_type', 'typ', 't')),
    owners('pg_proc', 'p.oid', named('pg_proc', 'pro', 'p')),
    owners('pg_namespace', 'oid', `pg_catalog.pg_namespace WHERE ${is('quote_ident(nspname)')}`),
    owners('pg_extension', 'oid', `pg_catalog.pg_extension WHERE ${is('quote_ident(extname)')}`),
    ...(keys.some((key) => OF_FEW.test(key))
      ? FEW.map((one) => owners(one, 'oid', `pg_catalog.${one} WHERE oid >= 16384`))
      : []),
  ];
  return `named AS MATERIALIZED (\n${branches.join('\nUNION ALL\n')})`;
}

/** Every name in the keys, and what each begins with: "public.users.k", "public.users", "public". */
function namesIn(keys: readonly string[]): readonly string[] {
  const names = new Set<string>();
  for (const [chain] of keys.join('\n').matchAll(NAMES)) {
    const parts = chain.match(PARTS) ?? [];
    for (const end of parts.keys()) names.add(parts.slice(0, end + 1).join('.'));
  }
  return [...names].sort();
}
