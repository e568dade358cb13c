import { computed, internal } from './extension.js';
import { dimensions, elements, textOf } from './vector-text.js';

/** An aggregate over the elements of both arguments, a and b. */
function overBoth(type: string, aggregate: string): string {
  return `SELECT ${aggregate} FROM unnest(${elements(type, '$1')}, ${elements(type, '$2')}) WITH ORDINALITY AS e (a, b, n)`;
}

const distances: readonly (readonly [string, string])[] = [
  ['l2_distance', 'sqrt(sum((a - b) ^ 2))'],
  ['inner_product', 'sum(a * b)'],
  ['cosine_distance', '1 - sum(a * b) / nullif(sqrt(sum(a * a) * sum(b * b)), 0)'],
  ['l1_distance', 'sum(abs(a - b))'],
];

const innerDistances: readonly (readonly [string, string])[] = [
  ['l2_squared_distance', 'sum((a - b) ^ 2)'],
  ['negative_inner_product', '-sum(a * b)'],
];

/** Distances and norms, which all three types have. */
export function measured(type: string): string[] {
  const both = `(${type}, ${type})`;
  const distance = ([name, aggregate]: readonly [string, string]): string =>
    computed(`${name}${both}`, 'double precision', overBoth(type, aggregate));
  const norm = `SELECT sqrt(sum(a * a)) FROM unnest(${elements(type, '$1')}) a`;
  const unit = `(SELECT array_agg(a / (SELECT nullif(sqrt(sum(x * x)), 0) FROM unnest(${elements(type, '$1')}) x)) FROM unnest(${elements(type, '$1')}) a)`;
  const operator = (name: string, procedure: string): string =>
    `CREATE OPERATOR ${name} (LEFTARG = ${type}, RIGHTARG = ${type}, PROCEDURE = ${procedure}, COMMUTATOR = ${name})`;
  return [
    ...distances.map(distance),
    ...innerDistances.map(([name, aggregate]) => distance([`${type}_${name}`, aggregate])),
    computed(`${type === 'vector' ? 'vector_norm' : 'l2_norm'}(${type})`, 'double precision', norm),
    computed(`l2_normalize(${type})`, type, textOf(type, unit)),
    operator('<->', 'l2_distance'),
    operator('<#>', `${type}_negative_inner_product`),
    operator('<=>', 'cosine_distance'),
    operator('<+>', 'l1_distance'),
  ];
}

/** What vector and halfvec have and sparsevec has not: arithmetic, parts, aggregates. */
export function dense(type: string): string[] {
  const both = `(${type}, ${type})`;
  const all = elements(type, '$1');
  const each = (expression: string): string =>
    textOf(type, `(${overBoth(type, `array_agg(${expression} ORDER BY n)`)})`);
  const operator = (name: string, procedure: string, commutes: boolean): string =>
    `CREATE OPERATOR ${name} (LEFTARG = ${type}, RIGHTARG = ${type}, PROCEDURE = ${type}_${procedure}${commutes ? `, COMMUTATOR = ${name}` : ''})`;
  const bitsOf = `(SELECT string_agg(CASE WHEN a > 0 THEN '1' ELSE '0' END, '' ORDER BY n) FROM unnest(${all}) WITH ORDINALITY AS e (a, n))::varbit`;
  const sums = `(SELECT array_agg(coalesce(s, 0) + v ORDER BY n) FROM unnest($1, array[1] || ${elements(type, '$2')}) WITH ORDINALITY AS e (s, v, n))`;
  const combined = `(SELECT array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY n) FROM unnest($1, $2) WITH ORDINALITY AS e (a, b, n))`;
  const mean = `(SELECT array_agg(s / $1[1] ORDER BY n) FROM unnest($1[2:]) WITH ORDINALITY AS e (s, n))`;
  return [
    computed(`vector_dims(${type})`, 'integer', dimensions(type, '$1')),
    computed(`binary_quantize(${type})`, 'bit', bitsOf),
    computed(
      `subvector(${type}, integer, integer)`,
      type,
      textOf(type, `(${all})[$2:$2 + $3 - 1]`),
    ),
    computed(`${type}_add${both}`, type, each('a + b')),
    computed(`${type}_sub${both}`, type, each('a - b')),
    computed(`${type}_mul${both}`, type, each('a * b')),
    computed(`${type}_concat${both}`, type, textOf(type, `${all} || ${elements(type, '$2')}`)),
    computed(
      `${type}_spherical_distance${both}`,
      'double precision',
      overBoth(type, 'acos(greatest(-1, least(1, sum(a * b)))) / pi()'),
    ),
    operator('+', 'add', true),
    operator('-', 'sub', false),
    operator('*', 'mul', true),
    operator('||', 'concat', false),
    computed(`${type}_accum(double precision[], ${type})`, 'double precision[]', sums),
    computed(
      `${type}_avg(double precision[])`,
      type,
      `CASE WHEN $1[1] > 0 THEN ${textOf(type, mean)} END`,
    ),
    computed(
      `${type}_combine(double precision[], double precision[])`,
      'double precision[]',
      combined,
    ),
    `CREATE AGGREGATE avg(${type}) (SFUNC = ${type}_accum, STYPE = double precision[], FINALFUNC = ${type}_avg, COMBINEFUNC = ${type}_combine, INITCOND = '{0}', PARALLEL = SAFE)`,
    `CREATE AGGREGATE sum(${type}) (SFUNC = ${type}_add, STYPE = ${type}, COMBINEFUNC = ${type}_add, PARALLEL = SAFE)`,
  ];
}

/** Comparison, byte by byte: another order than the real one, but a total one that needs no collation. */
export function ordered(type: string): string[] {
  const operators = [
    ['<', 'lt', '>', '>=', 'scalarlt'],
    ['<=', 'le', '>=', '>', 'scalarle'],
    ['=', 'eq', '=', '<>', 'eq'],
    ['<>', 'ne', '<>', '=', 'eq'],
    ['>=', 'ge', '<=', '<', 'scalarge'],
    ['>', 'gt', '<', '<=', 'scalargt'],
  ] as const;
  const both = `(${type}, ${type})`;
  return [
    ...operators.map(([, name]) => internal(`${type}_${name}${both}`, 'boolean', `bytea${name}`)),
    internal(`${type}_cmp${both}`, 'integer', 'byteacmp'),
    ...operators.map(
      ([name, procedure, commutator, negator, selectivity]) =>
        `CREATE OPERATOR ${name} (LEFTARG = ${type}, RIGHTARG = ${type}, PROCEDURE = ${type}_${procedure}, COMMUTATOR = ${commutator}, NEGATOR = ${negator}, RESTRICT = ${selectivity}sel, JOIN = ${selectivity}joinsel)`,
    ),
    `CREATE OPERATOR CLASS ${type}_ops DEFAULT FOR TYPE ${type} USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 ${type}_cmp(${type}, ${type})`,
  ];
}

/** Operators that pgvector adds to bit. */
export function bits(): string[] {
  const counted = (of: string): string => `length(replace((${of})::text, '0', ''))`;
  const operator = (name: string, procedure: string): string =>
    `CREATE OPERATOR ${name} (LEFTARG = bit, RIGHTARG = bit, PROCEDURE = ${procedure}, COMMUTATOR = ${name})`;
  return [
    computed('hamming_distance(bit, bit)', 'double precision', counted('$1 # $2')),
    computed(
      'jaccard_distance(bit, bit)',
      'double precision',
      `1 - coalesce(${counted('$1 & $2')}::double precision / nullif(${counted('$1 | $2')}, 0), 0)`,
    ),
    operator('<~>', 'hamming_distance'),
    operator('<%>', 'jaccard_distance'),
  ];
}
