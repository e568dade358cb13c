// Rows of a shop in use; the same in every run. The last forty orders came in after the release.

const customers = `
INSERT INTO customers (email, name, telephone, created_at)
SELECT lower(name) || n || '@example.com', name, CASE WHEN n % 3 = 0 THEN '+31 20 555 ' || lpad(n::text, 4, '0') END,
       timestamptz '2025-09-06 09:00+00' + n * interval '7 hours'
FROM generate_series(1, 90) n,
     LATERAL (SELECT (ARRAY['Anouk', 'Bashir', 'Carla', 'Dylan', 'Esra', 'Femke'])[1 + n % 6] AS name) one`;

const products = `
INSERT INTO products (sku, title, cents)
SELECT 'CND-' || lpad(n::text, 3, '0'), (ARRAY['Beeswax', 'Soy', 'Pillar', 'Taper'])[1 + n % 4] || ' ' || n, 450 + n * 35
FROM generate_series(1, 24) n`;

const coupons = `INSERT INTO coupons (code, percent) VALUES ('ADVENT10', 10), ('ADVENT25', 25)`;

const orders = `
INSERT INTO orders (customer_id, status, cents, placed_at)
SELECT 1 + (n * 7) % 90, (ARRAY['shipped', 'shipped', 'paid', 'returned'])[1 + n % 4]::order_status, 900 + (n * 137) % 9000,
       timestamptz '2025-09-10 10:00+00' + n * interval '4 hours'
FROM generate_series(1, 400) n`;

const since = `
INSERT INTO orders (customer_id, status, cents, placed_at, coupon)
SELECT 1 + (n * 11) % 90, (ARRAY['placed', 'paid'])[1 + n % 2]::order_status, 900 + (n * 211) % 9000,
       timestamptz '2025-11-17 11:10+00' + n * interval '2 minutes',
       CASE WHEN n % 5 = 0 THEN 'ADVENT25' WHEN n % 3 = 0 THEN 'ADVENT10' END
FROM generate_series(1, 40) n`;

const lines = `
INSERT INTO order_lines (order_id, product_id, quantity)
SELECT o.id, 1 + (o.id * 5 + k * 7) % 24, 1 + (o.id + k) % 3 FROM orders o, generate_series(0, 1) k`;

/** In an order that the foreign keys allow. */
export const data: readonly string[] = [customers, products, coupons, orders, since, lines];

/** Rows by table once `data` is in; of those that stay. */
export const seeded: Readonly<Record<string, number>> = {
  customers: 90,
  products: 24,
  orders: 440,
  order_lines: 880,
};
