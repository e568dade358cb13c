/** Small, and of each kind of thing that a dump holds something: what a flipped bit may meet. */
export const dumpShop = String.raw`
CREATE SCHEMA sales;
CREATE TYPE mood AS ENUM ('happy', 'so-so');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE SEQUENCE sales.numbers START 7 INCREMENT 3;
SELECT nextval('sales.numbers');
CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL DEFAULT 'nobody', how mood, doc jsonb,
  born date, upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
INSERT INTO users (name, how, doc, born)
  SELECT md5(g::text), 'happy', jsonb_build_object('n', g), date '2000-01-01' + g FROM generate_series(1, 150) g;
CREATE TABLE sales.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id int NOT NULL REFERENCES users ON DELETE CASCADE, amount numeric(10, 2) CHECK (amount >= 0),
  pieces positive, raw bytea, at timestamptz DEFAULT now());
INSERT INTO sales.orders (user_id, amount, pieces, raw, at)
  SELECT 1 + g % 150, g * 1.25, g, decode(md5(g::text), 'hex'), timestamptz '2024-01-01' + g * interval '1 hour'
  FROM generate_series(1, 200) g;
CREATE INDEX orders_at ON sales.orders (at DESC) WHERE amount > 3;
CREATE UNIQUE INDEX users_name ON users (lower(name));
CREATE VIEW busy AS SELECT u.name, count(*) AS n FROM users u JOIN sales.orders o ON o.user_id = u.id GROUP BY 1;
CREATE MATERIALIZED VIEW top AS SELECT user_id, sum(amount) AS total FROM sales.orders GROUP BY 1;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  NEW.name := coalesce(NEW.name, 'it''s nobody');
  RETURN NEW;
END $fn$;
CREATE TRIGGER note BEFORE UPDATE ON users FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION note();
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON users FOR SELECT USING (name = current_user);
ALTER TABLE users ALTER COLUMN doc SET STORAGE EXTERNAL;
ALTER TABLE users ALTER COLUMN name SET STATISTICS 250;
ALTER TABLE sales.orders SET (fillfactor = 70, autovacuum_enabled = false);
ALTER TABLE sales.orders CLUSTER ON orders_pkey;
ALTER TABLE users REPLICA IDENTITY FULL;
CREATE STATISTICS sales.related ON user_id, amount FROM sales.orders;
COMMENT ON TABLE users IS 'who buys; it''s all of them';
COMMENT ON COLUMN sales.orders.amount IS 'in euros';
GRANT SELECT, INSERT ON users TO PUBLIC;
GRANT USAGE ON SCHEMA sales TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT ON TABLES TO PUBLIC;
SELECT lo_from_bytea(4711, decode(repeat('c0ffee', 40), 'hex'));
`;
