/** A database with a bit of everything that can trip a dump, a splitter of SQL, or a comparison. */
export const rich = String.raw`
CREATE SCHEMA "Odd ""Schema""";
CREATE SCHEMA accounting;
CREATE EXTENSION citext;
CREATE TYPE mood AS ENUM ('happy', 'so-so', 'it''s bad', 'back\slash');
CREATE TYPE accounting.money_range AS RANGE (subtype = numeric);
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE TABLE everything (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bytes bytea, list text[], grid int[][], doc jsonb, raw json, how mood, many mood[],
  span accounting.money_range, "both" pair, pos positive, ci citext, f float8, r real, n numeric,
  t timestamptz, d date, i interval, u uuid, x xml, bits bit varying, net inet, p point, m money,
  doubled int GENERATED ALWAYS AS (pos * 2) STORED, c char(5), flag boolean, vec tsvector
);
INSERT INTO everything (bytes, list, grid, doc, raw, how, many, span, "both", pos, ci, f, r, n, t, d, i,
  u, x, bits, net, p, m, c, flag, vec)
VALUES ('\x00ff27225c0a', '{"a,b","q\"uote",NULL,"back\\slash",""}', '{{1,2},{3,4}}',
  '{"k": "v\u00e9\n\"q\" \\ ''"}', '{"a" : 1,  "a":2}', 'it''s bad', '{happy,"back\\slash"}', '[1.5,2)',
  '(1,"x, y")', 7, 'MiXed', 0.1, 1e-30, 'NaN', '2024-02-29 12:34:56.789+05:30', 'infinity', '1 mon -3 days',
  '5b4f0d2c-9c35-4f6b-8d6e-2d2b3f1f9e11', '<a b="c">d</a>', B'101', '10.0.0.0/8', '(1.1,2.2)', 12.34, 'ab',
  true, 'a fat cat'),
 (NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'-Infinity',NULL,1e100,NULL,NULL,NULL,NULL,NULL,
  NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE "Odd ""Schema"""."TABLE; with $odd$ 'name'" ("a ""col"" ünï" text, "select" int, "x	y" text DEFAULT 'ü;--');
INSERT INTO "Odd ""Schema"""."TABLE; with $odd$ 'name'" VALUES
  (E'tab\there\nnewline\\backslash \'quote\' "double" $$dollar$$ $a$', 1, E'日本語 🎉 \u2028 line'),
  (E'\n--\n-- Name: fake; Type: TABLE; Schema: public; Owner: postgres\n--\n;\n', 2, E'ends with backslash\\'),
  (E'\\restrict abc\n\\restrict abc\n\\.\nSET x;\n-- PostgreSQL database dump complete\n', 3, E'/* not a comment'),
  ('INSERT INTO x VALUES (1);', 4, ''), (NULL, NULL, NULL);
CREATE TABLE empty (id int);
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
CREATE UNLOGGED TABLE unlogged AS SELECT 1 AS one;
CREATE TABLE accounting.parted (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE accounting.parted_2023 PARTITION OF accounting.parted FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE accounting.parted_rest PARTITION OF accounting.parted DEFAULT;
INSERT INTO accounting.parted SELECT g, date '2023-12-01' + g FROM generate_series(1, 60) g;
CREATE TABLE parent (id int); CREATE TABLE child (extra text) INHERITS (parent);
INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 'x'), (3, 'y');
CREATE TABLE orders (id serial PRIMARY KEY, parent_id int REFERENCES orders DEFERRABLE, who text NOT NULL CHECK (who <> ''));
INSERT INTO orders (parent_id, who) VALUES (2, 'a'), (1, 'b'), (NULL, 'c');
CREATE VIEW busy AS SELECT who, count(*) AS n, 'a;b' AS s FROM orders GROUP BY who HAVING count(*) > 0;
CREATE MATERIALIZED VIEW stale AS SELECT * FROM orders;
CREATE MATERIALIZED VIEW never AS SELECT * FROM orders WITH NO DATA;
INSERT INTO orders (who) VALUES ('after the view');
CREATE INDEX orders_who ON orders (lower(who)) WHERE who <> 'a;b';
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  -- Name: fake; Type: FUNCTION; Schema: public; Owner: x
  IF NEW.who = 'a;b' THEN RAISE NOTICE 'it''s "%"; $$', NEW.who; END IF;
  RETURN NEW;
END $fn$;
CREATE TRIGGER note BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note();
CREATE FUNCTION atomic(v int) RETURNS int LANGUAGE sql BEGIN ATOMIC
  SELECT CASE WHEN v > 1 THEN v ELSE 0 END; SELECT v + 1;
END;
CREATE PROCEDURE odd(IN "p;q" text DEFAULT E'x\\y;') LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE RULE keep AS ON DELETE TO orders WHERE old.who = 'keep' DO INSTEAD (SELECT 1; SELECT 2);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON orders FOR SELECT USING (who = current_user);
COMMENT ON TABLE orders IS E'it''s; a "comment"\n-- with lines\n\\ and a backslash';
COMMENT ON COLUMN orders.who IS '$$';
ALTER TABLE everything ALTER COLUMN doc SET DEFAULT '{"a": "b\\c"}';
SELECT lo_from_bytea(0, '\x000102');
CREATE SEQUENCE counter START 5; SELECT nextval('counter');
`;
