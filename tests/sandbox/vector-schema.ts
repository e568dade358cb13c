/** Realistic schemas with pgvector: what public Drizzle and Supabase folders have in them. */

const classes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  hnsw: {
    embedding: ['vector_l2_ops', 'vector_ip_ops', 'vector_cosine_ops', 'vector_l1_ops'],
    half: ['halfvec_l2_ops', 'halfvec_ip_ops', 'halfvec_cosine_ops', 'halfvec_l1_ops'],
    sparse: ['sparsevec_l2_ops', 'sparsevec_ip_ops', 'sparsevec_cosine_ops', 'sparsevec_l1_ops'],
    bits: ['bit_hamming_ops', 'bit_jaccard_ops'],
  },
  ivfflat: {
    embedding: ['vector_l2_ops', 'vector_ip_ops', 'vector_cosine_ops'],
    half: ['halfvec_l2_ops', 'halfvec_ip_ops', 'halfvec_cosine_ops'],
    bits: ['bit_hamming_ops'],
  },
};

const everyClass = Object.entries(classes).flatMap(([method, columns]) =>
  Object.entries(columns).flatMap(([column, names]) =>
    names.map((name) => `CREATE INDEX ON docs USING ${method} (${column} ${name})`),
  ),
);

export const schema: readonly string[] = [
  'SET client_min_messages = error',
  'CREATE EXTENSION IF NOT EXISTS vector',
  `CREATE TABLE docs (id bigint PRIMARY KEY, embedding vector(3) NOT NULL, half halfvec(4), sparse sparsevec(5), bits bit(8),
     loose vector, list vector(2)[], zero vector(3) DEFAULT '[0,0,0]', cast_zero vector(3) DEFAULT '[0,0,0]'::vector(3),
     from_array vector(3) DEFAULT array[1,2,3]::vector, from_floats vector DEFAULT (array_fill(0, array[3]))::real[]::vector,
     dims integer GENERATED ALWAYS AS (vector_dims(embedding)) STORED,
     unit vector GENERATED ALWAYS AS (l2_normalize(embedding)) STORED,
     small halfvec(3) GENERATED ALWAYS AS (embedding::halfvec(3)) STORED,
     CONSTRAINT three CHECK (vector_dims(embedding) = 3), CONSTRAINT long CHECK (vector_norm(embedding) > 0 AND l2_norm(half) < 100))`,
  ...everyClass,
  `CREATE INDEX "docs_a" ON "docs" USING hnsw ("embedding" vector_cosine_ops)`,
  `CREATE INDEX IF NOT EXISTS docs_b ON docs USING "hnsw" (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 64)`,
  `CREATE INDEX docs_c ON docs USING ivfflat (embedding) WITH (lists='100') WHERE id > 3`,
  `CREATE INDEX docs_d ON docs USING hnsw ((embedding::halfvec(3)) halfvec_ip_ops) WITH (m=8);
   CREATE INDEX docs_e ON docs USING hnsw ((binary_quantize(embedding)::bit(3)) bit_hamming_ops) with -- few
     ( ef_construction = 40 /* enough */ , m=4); CREATE TABLE plain (id int) WITH (fillfactor = 70)`,
  `CREATE INDEX docs_f ON docs (embedding)`,
  `CREATE UNIQUE INDEX docs_g ON docs (half, sparse)`,
  `CREATE VIEW near AS SELECT id, embedding <=> '[1,2,3]' AS distance, (half <#> '[1,2,3,4]') * -1 AS score, sparse <-> '{1:1}/5' AS far,
     embedding <+> zero AS taxi, bits <~> B'10101010' AS ham, bits <%> B'11110000' AS jac FROM docs ORDER BY embedding <-> '[3,1,2]'::vector LIMIT 10`,
  `CREATE VIEW sums AS SELECT avg(embedding) AS middle, sum(half) AS total, max(vector_dims(half)) AS d FROM docs
     WHERE embedding + zero <> zero - embedding * zero AND subvector(embedding, 1, 2) < '[1,2]' GROUP BY dims HAVING count(*) > 1`,
  `CREATE VIEW turned AS SELECT embedding::real[] AS floats, embedding::text AS words, half::vector(4) AS hv, sparse::vector AS sv, embedding || zero AS both,
     cosine_distance(embedding, half::vector) AS c, l1_distance(half, embedding) AS h, inner_product(sparse, embedding) AS i, embedding::sparsevec AS thin FROM docs`,
  `CREATE FUNCTION match_documents(query_embedding vector(3), match_threshold float, match_count int DEFAULT 5, filter jsonb DEFAULT '{}')
     RETURNS TABLE (id bigint, similarity float) LANGUAGE sql STABLE AS
     $$ SELECT docs.id, 1 - (docs.embedding <=> query_embedding) FROM docs WHERE 1 - (docs.embedding <=> query_embedding) > match_threshold
        ORDER BY docs.embedding <=> query_embedding LIMIT match_count $$`,
  `CREATE FUNCTION atomic(q vector) RETURNS SETOF docs LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM docs ORDER BY embedding <-> q LIMIT 3; END`,
  `CREATE FUNCTION nearest(q halfvec, k int) RETURNS vector LANGUAGE plpgsql AS
     $$ DECLARE found vector(3); BEGIN SELECT embedding INTO found FROM docs ORDER BY half <#> q LIMIT 1; RETURN found; END $$`,
  `CREATE TABLE parted (id int, v vector(3)) PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)`,
  `CREATE INDEX parted_v ON parted USING hnsw (v vector_l2_ops) WITH (m = 10)`,
  'CREATE TABLE other PARTITION OF parted FOR VALUES FROM (9) TO (12)',
  `CREATE TABLE resized (v vector(3)); CREATE INDEX resized_v ON resized USING hnsw (v vector_ip_ops) WITH (m = 12)`,
  'ALTER TABLE resized ALTER COLUMN v TYPE vector(5)',
  `CREATE MATERIALIZED VIEW kept AS SELECT id, embedding FROM docs`,
  `CREATE INDEX kept_v ON kept USING ivfflat (embedding vector_cosine_ops) WITH (lists = 10)`,
  `INSERT INTO docs (id, embedding, half, sparse, bits) VALUES (1, '[1,2,3]', '[1,2,3,4]', '{1:1,3:2}/5', B'10101010')`,
  'ALTER TABLE plain ADD COLUMN later vector; ALTER TABLE plain ALTER COLUMN later TYPE vector(7)',
  `CREATE DOMAIN openai AS vector(1536) CHECK (vector_dims(VALUE) > 0)`,
  `CREATE TYPE pair AS (a vector(3), b halfvec)`,
];

/** Each is run in a transaction of its own, after the schema. */
export const refused: readonly string[] = [
  'CREATE TABLE t (v vector(3072)); CREATE INDEX ON t USING hnsw (v vector_l2_ops)',
  'CREATE TABLE t (v halfvec(4001)); CREATE INDEX ON t USING ivfflat (v halfvec_l2_ops)',
  'CREATE TABLE t (v vector); CREATE INDEX ON t USING hnsw (v vector_l2_ops)',
  'CREATE INDEX ON docs USING hnsw (embedding)',
  'CREATE INDEX ON docs USING hnsw (embedding halfvec_l2_ops)',
  'CREATE INDEX ON docs USING hnsw (embedding vector_l2_ops, half halfvec_l2_ops)',
  'CREATE INDEX ON docs USING hnsw (embedding vector_l2_ops) INCLUDE (id)',
  'CREATE INDEX ON docs USING hnsw (embedding vector_l2_ops DESC)',
  'CREATE UNIQUE INDEX ON docs USING hnsw (embedding vector_l2_ops)',
  'CREATE INDEX ON docs USING hnsw (embedding vector_l2_ops) WITH (lists = 100)',
  'CREATE INDEX ON docs USING hnsw (embedding vector_l2_ops) WITH (m = 1)',
  'CREATE INDEX ON docs USING ivfflat (embedding vector_l2_ops) WITH (fillfactor = 70)',
  "INSERT INTO docs (id, embedding) VALUES (9, '[1,2]')",
  'CREATE TABLE t (v vector(3, 4))',
  "CREATE TABLE t (v vector('a'))",
  'ALTER TABLE resized ALTER COLUMN v TYPE vector(2001)',
  "INSERT INTO parted VALUES (1, '[1,2,3]'); ALTER TABLE parted ALTER COLUMN v TYPE vector(4)",
  'SELECT embedding <-> half FROM docs WHERE embedding <~> embedding = 1',
];

/** What stands in the catalog, as text: of the schema, and of the extension itself. */
export const catalogQueries: Readonly<Record<string, string>> = {
  columns: `SELECT attrelid::regclass AS t, attname, format_type(atttypid, atttypmod), attgenerated, pg_get_expr(adbin, adrelid)
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum JOIN pg_class c ON c.oid = attrelid
    WHERE attnum > 0 AND relnamespace = 'public'::regnamespace AND relkind NOT IN ('i', 'I')`,
  indexes: `SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'public'::regnamespace`,
  views: `SELECT oid::regclass, pg_get_viewdef(oid) FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace`,
  constraints: `SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace`,
  functions: `SELECT pg_get_functiondef(oid) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')`,
  domains: `SELECT format_type(typbasetype, typtypmod) FROM pg_type WHERE typtype = 'd' AND typnamespace = 'public'::regnamespace`,
  rows: `SELECT embedding, half, sparse, dims, from_array, from_floats, small FROM docs`,
  distances: `SELECT score, distance::numeric(9,5), far::numeric(9,5), taxi, ham, jac FROM near`,
  'own functions': `SELECT p.oid::regprocedure, prorettype::regtype, provolatile, proisstrict, proparallel, prokind FROM pg_proc p
    JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND deptype = 'e'
    WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'vector')
      AND proname !~ '^stand_in|^(ivfflat|hnsw)_(halfvec|bit|sparsevec)_support$'`,
  'own operators': `SELECT oid::regoperator, oprresult::regtype, oprcode::regprocedure, oprcom::regoperator, oprnegate::regoperator FROM pg_operator WHERE oid >= 16384`,
  'own casts': `SELECT castsource::regtype, casttarget::regtype, castfunc::regprocedure, castcontext, castmethod FROM pg_cast WHERE oid >= 16384`,
  'own operator classes': `SELECT opcname, opcintype::regtype, opcdefault, amname FROM pg_opclass JOIN pg_am a ON a.oid = opcmethod WHERE pg_opclass.oid >= 16384`,
  'own types': `SELECT typname, typlen, typstorage, typcategory, typinput, typoutput FROM pg_type t JOIN pg_depend d ON d.objid = t.oid AND deptype = 'e'`,
  comment: `SELECT obj_description(oid), extrelocatable FROM pg_extension WHERE extname = 'vector'`,
};
