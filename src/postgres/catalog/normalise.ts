/** Any part of a syntax tree of libpg-query. */
type Tree = null | boolean | number | string | readonly Tree[] | { readonly [name: string]: Tree };
type Fields = { readonly [name: string]: Tree };

/**
 * A syntax tree without what only the printing of a server decides: positions in the text, and
 * - `EXTRACT(year FROM x)`, `x AT TIME ZONE z`, `SUBSTRING(a FROM b)` and their like, which 13 prints as
 *   function calls (of EXTRACT, which it does not have, as date_part: the same but for the type of its result);
 * - the table in front of a column in the outermost query of one table (`SELECT t.a FROM t`), which 13 to 15 print.
 * Nothing else is taken off: a name without its qualifier may mean something else.
 */
export function normalise(statements: unknown): unknown {
  return clean(statements as Tree, null);
}

/** `only`: the name by which the one table of the outermost query is called; null elsewhere. */
function clean(tree: Tree, only: string | null): Tree {
  if (tree === null || typeof tree !== 'object') return tree;
  if (Array.isArray(tree)) return tree.map((item: Tree) => clean(item, only));
  const entries = Object.entries(tree as Fields).flatMap(([name, value]) => {
    if (DROPPED.has(name)) return [];
    return [[name, cleanNode(name, value, only)] as const];
  });
  return Object.fromEntries(entries);
}

const DROPPED = new Set([
  'location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'stmt_location',
  'stmt_len',
  'name_location',
  'type_location',
  'funcformat',
  'coerceformat',
]);

function cleanNode(name: string, value: Tree, only: string | null): Tree {
  if (!isFields(value)) return clean(value, only);
  if (name === 'stmt') return cleanStatement(value);
  // Inside another query, names are always printed with their table.
  if (name === 'SelectStmt') return clean(value, null);
  if (name === 'ColumnRef') return cleanColumn(value, only);
  if (name === 'FuncCall') return cleanCall(value, only);
  return clean(value, only);
}

/** The outermost query, of a view or by itself. */
function cleanStatement(value: Fields): Tree {
  const select = value['SelectStmt'];
  return isFields(select) ? { SelectStmt: clean(select, onlyTable(select)) } : clean(value, null);
}

function onlyTable(select: Fields): string | null {
  const from = select['fromClause'];
  if (!Array.isArray(from) || from.length !== 1) return null;
  const [item] = Object.values(from[0] as Fields);
  if (!isFields(item)) return null;
  const alias = item['alias'];
  const name = isFields(alias) ? alias['aliasname'] : item['relname'];
  return typeof name === 'string' ? name : null;
}

function cleanColumn(value: Fields, only: string | null): Tree {
  const fields = value['fields'];
  if (!Array.isArray(fields)) return clean(value, only);
  const names = fields.map(textOf);
  return {
    fields: clean(
      only !== null && names.length === 2 && names[0] === only && names[1] !== null
        ? fields.slice(1)
        : fields,
      only,
    ),
  };
}

/** Functions behind SQL's own syntax: the parser names them in pg_catalog, 13 prints them without. */
const SYNTAX = new Set([
  'btrim',
  'extract',
  'is_normalized',
  'like_escape',
  'ltrim',
  'normalize',
  'overlaps',
  'overlay',
  'pg_collation_for',
  'position',
  'rtrim',
  'similar_to_escape',
  'substring',
  'timezone',
  'xmlexists',
]);

function cleanCall(value: Fields, only: string | null): Tree {
  const call = clean(value, only) as Fields;
  const parts = call['funcname'];
  if (!Array.isArray(parts)) return call;
  const names = parts.map(textOf);
  const name = names.at(-1) ?? '';
  const ofSystem = names.length === 1 || (names.length === 2 && names[0] === 'pg_catalog');
  if (!ofSystem || !(SYNTAX.has(name) || name === 'date_part')) return call;
  if (name !== 'extract' && name !== 'date_part') return { ...call, funcname: [name] };
  const args = call['args'];
  return {
    ...call,
    funcname: ['extract'],
    args: Array.isArray(args) ? args.map((arg: Tree, at) => (at === 0 ? uncast(arg) : arg)) : [],
  };
}

/** 'year'::text is what the field of EXTRACT stands for. */
function uncast(arg: Tree): Tree {
  const cast = isFields(arg) ? arg['TypeCast'] : undefined;
  return isFields(cast) && cast['arg'] !== undefined ? cast['arg'] : arg;
}

function textOf(item: Tree): string | null {
  const text = isFields(item) ? item['String'] : undefined;
  return isFields(text) && typeof text['sval'] === 'string' ? text['sval'] : null;
}

function isFields(tree: Tree | undefined): tree is Fields {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree);
}
