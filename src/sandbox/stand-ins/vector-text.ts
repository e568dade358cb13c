/** How the stand-ins for pgvector's types read and write their text, in SQL. */

/** The number of elements. */
export function dimensions(type: string, value: string): string {
  return type === 'sparsevec'
    ? `split_part(${value}::text, '/', 2)::integer`
    : `cardinality(string_to_array(btrim(${value}::text, ' []'), ','))`;
}

/** A float8[] of all elements. */
export function elements(type: string, value: string): string {
  if (type !== 'sparsevec')
    return `string_to_array(btrim(${value}::text, ' []'), ',')::double precision[]`;
  const given = `string_to_table(btrim(split_part(${value}::text, '/', 1), ' {}'), ',')`;
  return `(SELECT array_agg(coalesce(g.v, 0) ORDER BY i) FROM generate_series(1, ${dimensions(type, value)}) i
    LEFT JOIN (SELECT split_part(e, ':', 1)::integer AS n, split_part(e, ':', 2)::double precision AS v FROM ${given} e WHERE e <> '') g ON g.n = i)`;
}

/** The text of a value, from an array of all elements. */
export function textOf(type: string, array: string): string {
  if (type !== 'sparsevec') return `'[' || array_to_string(${array}, ',') || ']'`;
  return `(SELECT '{' || coalesce(string_agg(n || ':' || v, ',' ORDER BY n) FILTER (WHERE v <> 0), '') || '}/' || count(*) FROM unnest(${array}) WITH ORDINALITY AS e (v, n))`;
}
