import type { Drill, Source } from '../ground.js';
import { judgeProject } from '../judge.js';
import type { DataRule } from '../judge-database.js';
import { kitProject } from '../kit-project.js';
import { makeProject } from '../project.js';

// A bakery that takes orders: some customers have signed up twice, once with a capital letter.

const customers = `CREATE TABLE "customers" (
	"id" serial PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);`;

const orders = `CREATE TABLE "orders" (
	"id" serial PRIMARY KEY NOT NULL,
	"customer_id" integer NOT NULL,
	"cents" integer NOT NULL,
	"baked_on" date NOT NULL
);
--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE cascade ON UPDATE no action;`;

const unique = `ALTER TABLE "customers" ADD COLUMN "confirmed_at" timestamp with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "customers_email_unique" ON "customers" USING btree (lower("email"));`;

const pending = '0002_one_account_per_address';

const migrations: readonly Source[] = [
  { tag: '0000_customers', when: 1737021600000, sql: customers },
  { tag: '0001_orders', when: 1737540000000, sql: orders },
  { tag: pending, when: 1747029600000, sql: unique },
];

/** 61 to 66 are 1 to 6 again; both have orders. */
const data: readonly string[] = [
  `INSERT INTO customers (email, name, created_at)
   SELECT CASE WHEN n > 60 THEN 'Guest' ELSE 'guest' END || 1 + (n - 1) % 60 || '@example.com', 'Guest ' || 1 + (n - 1) % 60,
          timestamptz '2025-01-20 08:00+00' + n * interval '1 day' FROM generate_series(1, 66) n`,
  `INSERT INTO orders (customer_id, cents, baked_on)
   SELECT 1 + n % 66, 300 + n % 9 * 50, date '2025-04-01' + n % 30 FROM generate_series(1, 330) n`,
];

/** The team's own playbook: what support has agreed on, waiting for somebody to run it. */
const playbook = `name: merge-accounts
title: Merge accounts with one address
summary: >-
  For addresses that have several accounts: gives all orders to the oldest account, and removes the others.
tools: []
treats: [will-fail-duplicates]
migrations: none
steps:
  - tell: Hold the sign-up
    id: hold
    text: Stop the web shop, or an account may come in twice while this runs.
  - write: sql
    id: orders
    title: Give the orders to the oldest account
    sql: >-
      update orders o set customer_id = k.keep
      from (select id, min(id) over (partition by lower(email)) as keep from customers) k
      where k.id = o.customer_id and k.keep <> k.id
    risk: ddl
  - write: sql
    id: accounts
    title: Remove the accounts that have none left
    sql: >-
      delete from customers c where exists
      (select 1 from customers k where lower(k.email) = lower(c.email) and k.id < c.id)
      and not exists (select 1 from orders o where o.customer_id = c.id)
    risk: destructive
`;

const seeded = { orders: 330 };

const project = kitProject({
  name: 'bakery',
  version: '0.14.0',
  sources: migrations,
  // It was tried and rolled back.
  without: pending,
  data,
  files: { 'pgmedic/playbooks/merge-accounts.yaml': playbook },
});

const rules: readonly DataRule[] = [
  {
    sql: `SELECT count(*) = 60 AND count(DISTINCT lower(email)) = 60 AND max(id) = 60 FROM customers`,
    right: 'Every address has its oldest account, and no other.',
    wrong: 'There are addresses with two accounts, or without the oldest one.',
  },
  {
    sql: `SELECT sum(cents) = 164850 AND bool_and(customer_id = 1 + id % 66 % 60) FROM orders`,
    right: 'Every order is there, and belongs to the account of its address.',
    wrong: 'Orders are lost, or belong to another address than before.',
  },
];

export const duplicateAccounts: Drill = {
  name: 'duplicate-accounts',
  title: 'A unique index over addresses that are there twice',
  project: 'bakery',
  incident: null,
  page: `PAGE 05:10  release 0.14.0 does not go out; the ovens need the order list at 06:00
could not create unique index "customers_email_unique" (23505)
0002 wants one account per address. Some customers have signed up twice, and
ordered with both. Support has agreed: the oldest account stays and gets all
their orders. Somebody proposed to delete the newer ones; mind that orders go
with their customer (ON DELETE cascade).`,
  goal: 'Get 0002_one_account_per_address applied and recorded; every order kept, by the oldest account of its address.',
  hints: [
    'The whole of 0002 was rolled back: customers.confirmed_at is not there either. Marking it applied leaves 0.14.0 without both.',
    'Look for what is there twice: SELECT lower(email), count(*), min(id) FROM customers GROUP BY 1 HAVING count(*) > 1.',
    'Orders first, accounts second: a customer who is deleted takes the orders along.',
    "The team's own playbook merge-accounts (pgmedic/playbooks in the project) does it in this order; then apply-manually runs 0002.",
  ],
  goodRun: { playbooks: ['merge-accounts', 'apply-manually'], writes: 3 },
  make: (ground) => makeProject(ground, project),
  judge: (ground) => judgeProject(ground, project, seeded, rules),
};
