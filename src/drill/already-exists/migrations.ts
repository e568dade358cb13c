import type { Source } from '../ground.js';

// A service through which people collect files from others: workspaces, links, batches, files.

const init = `CREATE TYPE "public"."plan" AS ENUM('free', 'pro', 'business');--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"email" varchar(255) NOT NULL,
	"username" varchar(100) NOT NULL,
	"plan" "plan" DEFAULT 'free' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"name" varchar(255) NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;`;

const links = `CREATE TABLE "links" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"slug" varchar(100) NOT NULL,
	"title" varchar(255) NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "links_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "files" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"link_id" uuid NOT NULL,
	"file_name" varchar(255) NOT NULL,
	"file_size" bigint NOT NULL,
	"uploaded_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_link_id_links_id_fk" FOREIGN KEY ("link_id") REFERENCES "public"."links"("id") ON DELETE cascade ON UPDATE no action;`;

const branding = `CREATE TABLE "workspace_branding" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"color" varchar(7) DEFAULT '#6c47ff' NOT NULL,
	"logo_url" text
);
--> statement-breakpoint
ALTER TABLE "workspace_branding" ADD CONSTRAINT "workspace_branding_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "workspaces_user_id_idx" ON "workspaces" USING btree ("user_id");`;

const storage = `ALTER TABLE "users" ADD COLUMN "storage_used" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "files_link_id_idx" ON "files" USING btree ("link_id");`;

const expiry = `ALTER TABLE "links" ADD COLUMN "expires_at" timestamp with time zone;`;

// workspace_id is the column of the incident.
const subscriptions = `ALTER TABLE "links" ADD COLUMN "workspace_id" uuid;--> statement-breakpoint
UPDATE "links" SET "workspace_id" = (SELECT "w"."id" FROM "workspaces" "w" WHERE "w"."user_id" = "links"."user_id" ORDER BY "w"."created_at" LIMIT 1);--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE TABLE "subscription_tiers" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tier_key" "plan" NOT NULL,
	"storage_limit_gb" integer NOT NULL,
	"is_popular" boolean DEFAULT false NOT NULL,
	"features" jsonb DEFAULT '{"custom_branding": false}'::jsonb NOT NULL,
	CONSTRAINT "subscription_tiers_tier_key_unique" UNIQUE("tier_key")
);
--> statement-breakpoint
CREATE TABLE "user_subscriptions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"tier_id" uuid NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"is_current" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "subscription_events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"event" varchar(50) NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "user_subscriptions" ADD CONSTRAINT "user_subscriptions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_subscriptions" ADD CONSTRAINT "user_subscriptions_tier_id_subscription_tiers_id_fk" FOREIGN KEY ("tier_id") REFERENCES "public"."subscription_tiers"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "subscription_events" ADD CONSTRAINT "subscription_events_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "user_subscriptions_current_unique" ON "user_subscriptions" USING btree ("user_id") WHERE "user_subscriptions"."is_current";--> statement-breakpoint
INSERT INTO "subscription_tiers" ("tier_key", "storage_limit_gb", "is_popular", "features") VALUES
	('free', 50, false, '{"custom_branding": false}'),
	('pro', 500, true, '{"custom_branding": true}'),
	('business', 2000, false, '{"custom_branding": true, "priority_support": true}');--> statement-breakpoint
INSERT INTO "user_subscriptions" ("user_id", "tier_id") SELECT "u"."id", "t"."id" FROM "users" "u" JOIN "subscription_tiers" "t" ON "t"."tier_key" = "u"."plan";--> statement-breakpoint
INSERT INTO "subscription_events" ("user_id", "event") SELECT "user_id", 'migrated' FROM "user_subscriptions";`;

/** As it was before the review: features with JSON that is none. Where it was pasted, it stopped there. */
export const pasted = subscriptions.replace(
  `'{"custom_branding": false}'::jsonb`,
  `'{"custom_branding": no}'::jsonb`,
);

/** All are listed. 0006 was pasted into a console whole, 0009 up to where it stopped; the migrator ran the rest. */
export const migrations: readonly Source[] = [
  { tag: '0004_init', when: 1733993441098, sql: init },
  { tag: '0005_links_and_files', when: 1734518272610, sql: links },
  { tag: '0006_workspace_branding', when: 1735208117345, sql: branding },
  { tag: '0007_storage_used', when: 1735894006218, sql: storage },
  { tag: '0008_link_expiry', when: 1736511900754, sql: expiry },
  { tag: '0009_flexible_subscription_system', when: 1737706215833, sql: subscriptions },
];
