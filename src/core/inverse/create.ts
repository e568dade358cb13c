import type { CatalogObject } from '../catalog.js';
import { createRoutine } from './create-routine.js';
import { createTable, addColumn } from './create-table.js';
import { createType } from './create-type.js';
import { identsOf, keyName, nameOf, ownName, relationOf, says } from './names.js';
import { isOfDomain } from './order.js';
import { type Made, optionList } from './made.js';
import { reprintable } from './reprint.js';
import type { Catalog } from './states.js';

/** The statements that make an object as it stands in the catalog `prior`; a table with its columns, without what else stands on it. */
export function createSql(object: CatalogObject, prior: Catalog): Made {
  const { parts } = object;
  const name = nameOf(object);
  const definition = reprintable(parts['definition'] ?? '');
  switch (object.kind) {
    case 'table':
      return createTable(object, prior);
    case 'column':
      return addColumn(object, prior);
    case 'schema':
      return { sql: [`CREATE SCHEMA ${name}`] };
    case 'extension':
      return { sql: [`CREATE EXTENSION ${name} SCHEMA ${parts['schema'] ?? 'public'}`] };
    case 'enum':
    case 'domain':
    case 'type':
      return createType(object, name);
    case 'sequence':
      return createSequence(object, name);
    case 'function':
    case 'procedure':
      return createRoutine(object);
    case 'view':
    case 'materialized view':
      return createView(object);
    case 'constraint':
      return { sql: [addConstraint(object)] };
    case 'index':
      return createIndex(object, prior);
    case 'trigger':
    case 'rule':
      return {
        sql: [definition.replace(/;$/, ''), ...enable(object, parts['enabled'] ?? 'true', 'true')],
      };
    case 'policy':
      return { sql: [createPolicy(object)] };
    case 'statistics': {
      const target = parts['target'];
      return {
        sql: [
          definition,
          ...(target === undefined ? [] : [`ALTER STATISTICS ${name} SET STATISTICS ${target}`]),
        ],
      };
    }
    case 'publication':
      return { sql: [createPublication(object)] };
    case 'event trigger':
      return { sql: createEventTrigger(object) };
    case 'collation':
      return createCollation(object);
    case 'cast':
      return { sql: [createCast(object)] };
    default:
      return {
        why: 'how it was made is not known',
      };
  }
}

function createSequence({ parts }: CatalogObject, name: string): Made {
  const unlogged = parts['persistence'] === 'unlogged' ? 'UNLOGGED ' : '';
  const sql = `CREATE ${unlogged}SEQUENCE ${name} ${sequenceOptions(parts)}`;
  const owner = parts['owned by'];
  return {
    sql: [sql],
    ...(owner === undefined ? {} : { late: [`ALTER SEQUENCE ${name} OWNED BY ${owner}`] }),
    remarks: [`sequence ${name} begins anew: where it stood went with it`],
  };
}

export function sequenceOptions(parts: CatalogObject['parts']): string {
  const {
    type = 'bigint',
    increment = '1',
    min = '1',
    max = '',
    start = '1',
    cache = '1',
    cycle,
  } = parts;
  return `AS ${type} INCREMENT BY ${increment} MINVALUE ${min} MAXVALUE ${max} START WITH ${start} CACHE ${cache} ${cycle === 'true' ? 'CYCLE' : 'NO CYCLE'}`;
}

export function viewSql({ kind, key, parts }: CatalogObject, replace: boolean): string {
  const { options } = parts;
  const words = `CREATE ${replace ? 'OR REPLACE ' : ''}${keyName(key).noun}`;
  const with_ = options === undefined ? '' : ` WITH (${optionList(options)})`;
  const body = reprintable(parts['definition'] ?? '')
    .trim()
    .replace(/;$/, '');
  return `${words} ${nameOf({ key })}${with_} AS\n${body}${kind === 'view' ? '' : '\nWITH DATA'}`;
}

function createView(view: CatalogObject): Made {
  if (view.parts['defaults'] !== undefined)
    return { why: `columns of ${view.key} have defaults of their own` };
  return { sql: [viewSql(view, false)] };
}

function addConstraint(constraint: CatalogObject): string {
  const { definition = '', validated } = constraint.parts;
  const open = validated === 'false' && !definition.endsWith(' NOT ENFORCED') ? ' NOT VALID' : '';
  const noun = isOfDomain(constraint) ? 'DOMAIN' : 'TABLE';
  return `ALTER ${noun} ${relationOf(constraint)} ADD CONSTRAINT ${ownName(constraint)} ${reprintable(definition)}${open}`;
}

function createIndex({ key, parent, parts }: CatalogObject, prior: Catalog): Made {
  if (parts['valid'] === 'false')
    return { why: `${key} was invalid, and an invalid index cannot be made` };
  for (const fn of prior.values()) {
    if (fn.kind !== 'function' || fn.parts['volatility'] === 'immutable') continue;
    if (says(parts['definition'] ?? '', identsOf(nameOf(fn)).join('.'))) {
      return { why: `${fn.key} is not immutable any more, and PostgreSQL takes only such a one` };
    }
  }
  const table = nameOf({ key: parent ?? '' });
  const more = [
    ...(parts['clustered'] === undefined
      ? []
      : [`ALTER TABLE ${table} CLUSTER ON ${identOf(key)}`]),
    ...(parts['replica identity'] === undefined
      ? []
      : [`ALTER TABLE ${table} REPLICA IDENTITY USING INDEX ${identOf(key)}`]),
  ];
  // Of a partitioned table it is told without its partitions.
  const sql = reprintable(parts['definition'] ?? '').replace(/ ON ONLY /, ' ON ');
  return { sql: [sql, ...more] };
}

const identOf = (key: string): string => ownName({ key });

/** From one state of being enabled to another; of triggers, rules. */
export function enable(object: CatalogObject, to: string, from: string): string[] {
  if (to === from) return [];
  const how =
    { true: 'ENABLE', false: 'DISABLE', replica: 'ENABLE REPLICA', always: 'ENABLE ALWAYS' }[to] ??
    'ENABLE';
  const noun = keyName(object.key).noun;
  return [`ALTER TABLE ${relationOf(object)} ${how} ${noun} ${ownName(object)}`];
}

function createPolicy(policy: CatalogObject): string {
  const { permissive, command = 'all', roles = 'public', using, check } = policy.parts;
  const rules = [
    ...(using === undefined ? [] : [` USING (${reprintable(using)})`]),
    ...(check === undefined ? [] : [` WITH CHECK (${reprintable(check)})`]),
  ].join('');
  return `CREATE POLICY ${ownName(policy)} ON ${relationOf(policy)} AS ${permissive === 'false' ? 'RESTRICTIVE' : 'PERMISSIVE'} FOR ${command.toUpperCase()} TO ${roles}${rules}`;
}

function createPublication(publication: CatalogObject): string {
  const { parts } = publication;
  const of = [
    ...(parts['tables'] === undefined ? [] : [`TABLE ${parts['tables']}`]),
    ...(parts['schemas'] === undefined ? [] : [`TABLES IN SCHEMA ${parts['schemas']}`]),
  ].join(', ');
  const all =
    parts['all tables'] === undefined ? (of === '' ? '' : ` FOR ${of}`) : ' FOR ALL TABLES';
  const options = [
    `publish = '${parts['publish'] ?? ''}'`,
    ...(parts['via root'] === undefined ? [] : ['publish_via_partition_root = true']),
    ...(parts['generated columns'] === undefined
      ? []
      : [`publish_generated_columns = ${parts['generated columns']}`]),
  ];
  return `CREATE PUBLICATION ${nameOf(publication)}${all} WITH (${options.join(', ')})`;
}

function createEventTrigger(trigger: CatalogObject): string[] {
  const { event = '', tags, function: calls = '', enabled = 'true' } = trigger.parts;
  const name = nameOf(trigger);
  const when =
    tags === undefined
      ? ''
      : ` WHEN TAG IN (${tags
          .split(', ')
          .map((tag) => `'${tag}'`)
          .join(', ')})`;
  const made = `CREATE EVENT TRIGGER ${name} ON ${event}${when} EXECUTE FUNCTION ${calls}`;
  return enabled === 'true' ? [made] : [made, enableEventTrigger(trigger)];
}

export function enableEventTrigger({ key, parts }: CatalogObject): string {
  const how =
    { false: 'DISABLE', replica: 'ENABLE REPLICA', always: 'ENABLE ALWAYS' }[
      parts['enabled'] ?? ''
    ] ?? 'ENABLE';
  return `ALTER EVENT TRIGGER ${nameOf({ key })} ${how}`;
}

function createCollation({ key, parts }: CatalogObject): Made {
  const { provider = 'libc', locale, ctype, deterministic, rules } = parts;
  if (locale === undefined || provider === 'default')
    return { why: `the locale of ${key} is not known` };
  const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  const options = [
    `PROVIDER = ${provider}`,
    ...(ctype === undefined
      ? [`LOCALE = ${text(locale)}`]
      : [`LC_COLLATE = ${text(locale)}`, `LC_CTYPE = ${text(ctype)}`]),
    ...(deterministic === 'false' ? ['DETERMINISTIC = false'] : []),
    ...(rules === undefined ? [] : [`RULES = ${text(rules)}`]),
  ];
  return { sql: [`CREATE COLLATION ${nameOf({ key })} (${options.join(', ')})`] };
}

function createCast({ key, parts }: CatalogObject): string {
  const how =
    parts['method'] === 'function'
      ? `WITH FUNCTION ${parts['function']}`
      : parts['method'] === 'inout'
        ? 'WITH INOUT'
        : 'WITHOUT FUNCTION';
  const context =
    parts['context'] === 'explicit' ? '' : ` AS ${(parts['context'] ?? '').toUpperCase()}`;
  return `CREATE CAST ${nameOf({ key })} ${how}${context}`;
}
