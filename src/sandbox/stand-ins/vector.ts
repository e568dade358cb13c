import { computed, internal, type StandInExtension } from './extension.js';
import { bits, dense, measured, ordered } from './vector-functions.js';
import { vectorIndexes } from './vector-indexes.js';
import { dimensions, elements, textOf } from './vector-text.js';

/**
 * pgvector 0.8 without its C: the types keep their text, the operators and functions have the
 * real signatures, volatility and casts, and the distances are computed in SQL. Signatures from
 * its sql/vector.sql; the test compares with the real extension.
 */
export const vector: StandInExtension = {
  name: 'vector',
  version: '0.8.1',
  comment: 'vector data type and ivfflat and hnsw access methods',
  schema: null,
  requires: [],
  statements: [
    ...['vector', 'halfvec', 'sparsevec'].flatMap(baseType),
    ...['vector', 'halfvec'].flatMap(dense),
    ...['vector', 'halfvec', 'sparsevec'].flatMap(measured),
    ...['vector', 'halfvec', 'sparsevec'].flatMap(ordered),
    ...casts(),
    ...bits(),
    ...vectorIndexes,
  ],
  sentence:
    'pgvector is not in the sandbox: its types, operators and index methods are stood in for; nothing is searched with them',
};

/** Text under another name. Its modifier is read like bit's: one number, from 1, kept as it is. */
function baseType(type: string): string[] {
  return [
    `CREATE TYPE ${type}`,
    internal(`${type}_in(cstring, oid, integer)`, type, 'textin'),
    internal(`${type}_out(${type})`, 'cstring', 'textout'),
    internal(`${type}_typmod_in(cstring[])`, 'integer', 'bittypmodin'),
    internal(`${type}_recv(internal, oid, integer)`, type, 'textrecv'),
    internal(`${type}_send(${type})`, 'bytea', 'textsend'),
    `CREATE TYPE ${type} (INPUT = ${type}_in, OUTPUT = ${type}_out, TYPMOD_IN = ${type}_typmod_in, RECEIVE = ${type}_recv, SEND = ${type}_send, STORAGE = external)`,
    // What the length cast is: the one place where a row's dimensions are compared with its column's.
    `CREATE FUNCTION ${type}(${type}, integer, boolean) RETURNS ${type} LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
     DECLARE found integer := ${dimensions(type, '$1')};
     BEGIN
       IF $2 <> -1 AND $2 <> found THEN
         RAISE EXCEPTION USING ERRCODE = '22000', MESSAGE = format('expected %s dimensions, not %s', $2, found);
       END IF;
       RETURN $1;
     END $body$`,
    `CREATE CAST (${type} AS ${type}) WITH FUNCTION ${type}(${type}, integer, boolean) AS IMPLICIT`,
  ];
}

function casts(): string[] {
  const cast = (from: string, to: string, name: string, how: string, value: string): string[] => [
    computed(`${name}(${from}, integer, boolean)`, to, value),
    `CREATE CAST (${from} AS ${to}) WITH FUNCTION ${name}(${from}, integer, boolean) AS ${how}`,
  ];
  const arrays = ['integer[]', 'real[]', 'double precision[]', 'numeric[]'];
  const between = (from: string, to: string, how: string): string[] =>
    cast(from, to, `${from}_to_${to}`, how, textOf(to, elements(from, '$1')));
  return [
    ...['vector', 'halfvec', 'sparsevec'].flatMap((to) =>
      arrays.flatMap((from) => cast(from, to, `array_to_${to}`, 'ASSIGNMENT', textOf(to, '$1'))),
    ),
    ...cast('vector', 'real[]', 'vector_to_float4', 'IMPLICIT', elements('vector', '$1')),
    ...cast('halfvec', 'real[]', 'halfvec_to_float4', 'ASSIGNMENT', elements('halfvec', '$1')),
    ...between('halfvec', 'vector', 'ASSIGNMENT'),
    ...between('vector', 'halfvec', 'IMPLICIT'),
    ...between('sparsevec', 'vector', 'ASSIGNMENT'),
    ...between('vector', 'sparsevec', 'IMPLICIT'),
    ...between('sparsevec', 'halfvec', 'ASSIGNMENT'),
    ...between('halfvec', 'sparsevec', 'IMPLICIT'),
  ];
}
