/** Any part of a syntax tree of libpg-query. */
type Tree = null | boolean | number | string | readonly Tree[] | { readonly [name: string]: Tree };
type Fields = { readonly [name: string]: Tree };

/**
 * A syntax tree without what only the printing of a server decides: positions in the text, and
 * - `EXTRACT(year FROM x)`, `x AT TIME ZONE z`, `SUBSTRING(a FROM b)` and their like, which 13 prints as
 *   function calls (of EXTRACT, which it does not have, as date_part: the same but for the type of its result);
 * - the table in front of a column in the outermost query of one table (`SELECT t.a FROM t`), which 13 to 15 print,
 * - the name of a column that it has by itself (`SELECT 'x'::text AS text`), which is printed in the body of a
 *   function once that was made of what was printed before.
 * - a list that is cast as a whole, which is printed with the cast in each item once it was restored from a
 *   dump: `(ARRAY['a'::varchar])::text[]`, as `IN` makes it of a column of type varchar.
 * Nothing else is taken off: a name without its qualifier may mean something else.
 */
export function normalise(statements: unknown): unknown {
  return clean(statements as Tree, null);
}

/** `only`: the name by which the one table of the outermost query is called; null elsewhere. */
function clean(tree: Tree, only: string | null): Tree {
  if (tree === null || typeof tree !== 'object') return tree;
  if (Array.isArray(tree)) return tree.map((item: Tree) => clean(item, only));
  const items = castItems(tree as Fields);
  if (items !== null) return clean(items, only);
  const entries = Object.entries(tree as Fields).flatMap(([name, value]) => {
    if (DROPPED.has(name)) return [];
    return [[name, cleanNode(name, value, only)] as const];
  });
  return Object.fromEntries(entries);
}

/** A list whose items are cast, of one that is cast: the same to PostgreSQL. A list of lists stays. */
function castItems({ TypeCast: cast }: Fields): Tree | null {
  if (!isFields(cast) || !isFields(cast['arg']) || !isFields(cast['typeName'])) return null;
  const list = cast['arg']['A_ArrayExpr'];
  const { arrayBounds, ...typeName } = cast['typeName'];
  if (!isFields(list) || !Array.isArray(arrayBounds) || arrayBounds.length !== 1) return null;
  const items = list['elements'];
  if (!Array.isArray(items)) return null;
  if (items.some((item: Tree) => !isFields(item) || 'A_ArrayExpr' in item)) return null;
  const elements = items.map((arg: Tree): Tree => ({ TypeCast: { arg, typeName } }));
  return { A_ArrayExpr: { elements } };
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
  if (name === 'FuncCall') return asNumbers(cleanCall(value, only));
  if (name === 'FunctionParameter') return cleanParameter(value, only);
  if (name === 'ResTarget') return cleanTarget(value, only);
  return NUMERIC.has(name) ? asNumbers(clean(value, only)) : clean(value, only);
}

/** IN is what a parameter is without it. */
function cleanParameter(value: Fields, only: string | null): Tree {
  const mode = value['mode'] === 'FUNC_PARAM_IN' ? 'FUNC_PARAM_DEFAULT' : value['mode'];
  return { ...(clean(value, only) as Fields), ...(mode === undefined ? {} : { mode }) };
}

/** PostgreSQL calls a constant, or the result of an operator, by the type it is cast to. */
function cleanTarget(value: Fields, only: string | null): Tree {
  const { name, ...unnamed } = value;
  const cast = isFields(value['val']) ? value['val']['TypeCast'] : undefined;
  if (typeof name !== 'string' || !isFields(cast)) return clean(value, only);
  const arg = isFields(cast['arg']) ? cast['arg'] : {};
  const expression = arg['A_Expr'];
  const nameless = 'A_Const' in arg || (isFields(expression) && expression['kind'] === 'AEXPR_OP');
  const type = isFields(cast['typeName']) ? cast['typeName']['names'] : undefined;
  const own = Array.isArray(type) ? textOf(type.at(-1) ?? null) : null;
  return clean(nameless && own === name ? unnamed : value, only);
}

/** The outermost query, of a view or by itself. */
function cleanStatement(value: Fields): Tree {
  const select = value['SelectStmt'];
  return isFields(select) ? { SelectStmt: clean(select, onlyTable(select)) } : clean(value, null);
}

function onlyTable(select: Fields): string | null {
  const from = select['fromClause'];
  if (!Array.isArray(from) || from.length !== 1) return null;
  const [first] = Object.values(from[0] as Fields);
  const sampled = isFields(first) ? first['relation'] : undefined;
  const item = isFields(sampled) ? (sampled['RangeVar'] ?? first) : first;
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
  const args = Array.isArray(call['args']) ? (call['args'] as readonly Tree[]) : [];
  if (name === 'extract' || name === 'date_part') {
    return {
      ...call,
      funcname: ['extract'],
      args: args.map((arg, at) => (at === 0 ? word(arg) : arg)),
    };
  }
  if (name === 'normalize' || name === 'is_normalized') {
    return { ...call, funcname: [name], args: args.map((arg, at) => (at === 1 ? word(arg) : arg)) };
  }
  return { ...call, funcname: [name] };
}

/** Expressions whose operands are given one type. */
const NUMERIC = new Set([
  'A_Expr',
  'CaseExpr',
  'CoalesceExpr',
  'MinMaxExpr',
  'NullIfExpr',
  'TypeCast',
]);

/**
 * EXTRACT gives numeric, date_part (all that 13 has) double precision, and what stands beside it is
 * cast to that: `= (2)::numeric`. Beside one of them, and only there, the two casts count as none.
 */
function asNumbers(tree: Tree): Tree {
  return JSON.stringify(tree).includes(EXTRACT) ? withoutNumbers(tree) : tree;
}

const EXTRACT = JSON.stringify({ funcname: ['extract'] }).slice(1, -1);

function withoutNumbers(tree: Tree): Tree {
  if (tree === null || typeof tree !== 'object') return tree;
  if (Array.isArray(tree)) return tree.map(withoutNumbers);
  const fields = tree as Fields;
  const cast = fields['TypeCast'];
  if (isFields(cast) && cast['arg'] !== undefined && isNumber(cast['typeName'])) {
    return withoutNumbers(cast['arg']);
  }
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, withoutNumbers(value)]),
  );
}

/** numeric or double precision, with no number of digits. */
function isNumber(type: Tree | undefined): boolean {
  if (!isFields(type) || type['typmods'] !== undefined || type['arrayBounds'] !== undefined) {
    return false;
  }
  const names = Array.isArray(type['names']) ? type['names'].map(textOf) : [];
  return names[0] === 'pg_catalog' && ['numeric', 'float8'].includes(names[1] ?? '');
}

/** A word of the syntax (EXTRACT's field, NORMALIZE's form), which 13 prints as 'year'::text. */
function word(arg: Tree): Tree {
  const cast = isFields(arg) ? arg['TypeCast'] : undefined;
  const inner = isFields(cast) ? cast['arg'] : arg;
  const constant = isFields(inner) ? inner['A_Const'] : undefined;
  const text = isFields(constant) ? constant['sval'] : undefined;
  const value = isFields(text) ? text['sval'] : undefined;
  return typeof value === 'string' ? value.toLowerCase() : arg;
}

function textOf(item: Tree): string | null {
  const text = isFields(item) ? item['String'] : undefined;
  return isFields(text) && typeof text['sval'] === 'string' ? text['sval'] : null;
}

function isFields(tree: Tree | undefined): tree is Fields {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree);
}
