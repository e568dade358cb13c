import type { Source } from '../ground.js';

// A shop for candles: customers, products, orders. The last release brings coupons, and "tidies" an index away.

const opening = `CREATE TYPE "public"."order_status" AS ENUM('placed', 'paid', 'shipped', 'returned');--> statement-breakpoint
CREATE TABLE "customers" (
	"id" serial PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "customers_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "products" (
	"id" serial PRIMARY KEY NOT NULL,
	"sku" text NOT NULL,
	"title" text NOT NULL,
	"cents" integer NOT NULL,
	CONSTRAINT "products_sku_unique" UNIQUE("sku")
);`;

const orders = `CREATE TABLE "orders" (
	"id" serial PRIMARY KEY NOT NULL,
	"customer_id" integer NOT NULL,
	"status" "order_status" DEFAULT 'placed' NOT NULL,
	"cents" integer NOT NULL,
	"placed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "order_lines" (
	"order_id" integer NOT NULL,
	"product_id" integer NOT NULL,
	"quantity" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "order_lines_order_id_product_id_pk" PRIMARY KEY("order_id","product_id")
);
--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "public"."orders"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE restrict ON UPDATE no action;`;

const openOrders = `CREATE INDEX "orders_open_idx" ON "orders" USING btree ("placed_at") WHERE "orders"."status" <> 'shipped';--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "phone" text;`;

const coupons = `CREATE TABLE "coupons" (
	"code" text PRIMARY KEY NOT NULL,
	"percent" integer NOT NULL,
	CONSTRAINT "coupons_percent_check" CHECK ("coupons"."percent" between 1 and 100)
);
--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "coupon" text;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_coupon_coupons_code_fk" FOREIGN KEY ("coupon") REFERENCES "public"."coupons"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customers" RENAME COLUMN "phone" TO "telephone";--> statement-breakpoint
DROP INDEX "orders_open_idx";`;

/** All are listed, and the migrator ran all of them; the last is to go. */
export const migrations: readonly Source[] = [
  { tag: '0000_opening', when: 1757062814341, sql: opening },
  { tag: '0001_orders', when: 1758011243512, sql: orders },
  { tag: '0002_open_orders', when: 1760437115204, sql: openOrders },
  { tag: '0003_coupons', when: 1763377420118, sql: coupons },
];
