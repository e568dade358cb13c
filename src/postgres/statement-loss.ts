import { blockText, findIn, nameParts } from './statement-tree.js';
import type { Node } from './write-kinds.js';

/** Statements that are lost data wherever they stand, also inside WITH. */
const ALWAYS: Readonly<Record<string, string>> = {
  DeleteStmt: 'DELETE',
  TruncateStmt: 'TRUNCATE',
  DropOwnedStmt: 'DROP OWNED',
  DropdbStmt: 'DROP DATABASE',
};

/** Dropped with CASCADE, these take no column with them. The rest may: a type, a function behind a generated column. */
const CARRIES_NOTHING = [
  'OBJECT_INDEX',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_TRIGGER',
  'OBJECT_POLICY',
  'OBJECT_RULE',
];

/**
 * What of a statement destroys data ("DROP COLUMN"), by its form alone; null when nothing
 * does. It says nothing of rows: a table that is dropped may be empty. A function that is
 * called may do anything and is not looked into (`unseenIn`); a DO block is searched for words.
 */
export function lossOf(type: string, node: Node): string | null {
  return findIn(type, node, (found, inner) => ALWAYS[found] ?? special(found, inner));
}

function special(type: string, node: Node): string | null {
  switch (type) {
    case 'DropStmt':
      return dropped(String(node['removeType']), node['behavior'] === 'DROP_CASCADE');
    case 'AlterTableCmd':
      return altered(node);
    case 'UpdateStmt':
      return node['whereClause'] === undefined ? 'UPDATE without WHERE' : null;
    case 'MergeWhenClause':
      return node['commandType'] === 'CMD_DELETE' ? 'MERGE ... DELETE' : null;
    case 'DoStmt':
      return inBlock(blockText(node));
    default:
      return null;
  }
}

function dropped(what: string, cascade: boolean): string | null {
  const name = what.replace('OBJECT_', '').replaceAll('_', ' ');
  if (what === 'OBJECT_TABLE' || what === 'OBJECT_SCHEMA') return `DROP ${name}`;
  return cascade && !CARRIES_NOTHING.includes(what) ? `DROP ${name} CASCADE` : null;
}

/** A type is changed with USING when the values do not fit as they are. */
function altered(node: Node): string | null {
  if (node['subtype'] === 'AT_DropColumn') return 'DROP COLUMN';
  if (node['subtype'] !== 'AT_AlterColumnType') return null;
  const column = (node['def'] as Node | undefined)?.['ColumnDef'] as Node | undefined;
  return column?.['raw_default'] === undefined ? null : 'ALTER COLUMN TYPE ... USING';
}

/**
 * What of a block's text keeps every value: DROP INDEX i, but not DROP index, which is a column,
 * and the actions of a foreign key.
 */
const HARMLESS =
  /\bdrop\s+(?:default|not\s+null)\b|\bdrop\s+(?:constraint|index|trigger|policy)\s+(?!(?:cascade|restrict)\b)(?=["\w])|\bon\s+(?:delete|update)\s+(?:cascade|restrict|no\s+action|set\s+(?:null|default))\b/gi;

/** EXECUTE counts, since what it runs cannot be read; comments count too, in case they are none. */
function inBlock(text: string): string | null {
  const word = /\b(?:drop|truncate|delete|update|execute)\b/i.exec(text.replaceAll(HARMLESS, ' '));
  return word === null ? null : `a DO block with ${word[0].toUpperCase()}`;
}

/** Functions of pg_catalog that migrations call in a SELECT; others are said to be unseen. */
const KNOWN = new Set(
  `abs array_agg array_length avg bool_and bool_or ceil char_length concat concat_ws count
  currval date_part date_trunc extract floor format gen_random_uuid generate_series
  json_agg json_build_object jsonb_agg jsonb_build_object lastval left length lower ltrim max
  md5 min nextval now nullif pg_advisory_lock pg_advisory_unlock pg_advisory_xact_lock
  pg_get_serial_sequence pg_notify pg_sleep position quote_ident quote_literal random
  regexp_replace replace right round row_number rtrim set_config setval split_part string_agg
  substr substring sum to_char to_json to_jsonb to_regclass to_timestamp trim trunc unnest upper
  version`.split(/\s+/),
);

/** What of a statement may do anything, and cannot be seen: "CALL refill", "refill()"; null when nothing. */
export function unseenIn(type: string, node: Node): string | null {
  if (type === 'CallStmt') {
    const called = (node['funccall'] as Node | undefined)?.['funcname'];
    return `CALL ${nameParts(called).join('.')}`;
  }
  if (type === 'ExecuteStmt') return `EXECUTE ${String(node['name'])}`;
  if (type !== 'SelectStmt') return null;
  return findIn(type, node, (found, inner) => {
    if (found !== 'FuncCall') return null;
    const parts = nameParts(inner['funcname']);
    const [first = '', second] = parts;
    const known = second === undefined ? KNOWN.has(first) : first === 'pg_catalog';
    return known ? null : `${parts.join('.')}()`;
  });
}
