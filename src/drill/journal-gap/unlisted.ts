import type { Source } from '../ground.js';

// 0019 to 0021: written by hand, never added to the journal; of 0020 and 0021 the incident
// gives the size in bytes, and these have it.

const webauthnMfa = `-- WebAuthn / MFA: passkeys, their challenges, and the lock-out state of an account.
CREATE TABLE "webauthn_credentials" (
	"credential_id" varchar(1024) PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"public_key" text NOT NULL,
	"counter" bigint DEFAULT 0 NOT NULL,
	"credential_device_type" varchar(32) NOT NULL,
	"transports" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"aaguid" varchar(36),
	"credential_name" varchar(100) DEFAULT 'Passkey' NOT NULL,
	"backed_up" boolean DEFAULT false NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"last_used_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"registration_ip" varchar(45) NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webauthn_challenges" (
	"challenge_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"challenge" text NOT NULL,
	"challenge_type" varchar(20) NOT NULL,
	"ip_address" varchar(45) NOT NULL,
	"user_agent" text,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webauthn_challenges_type_check" CHECK ("challenge_type" IN ('registration', 'authentication'))
);
--> statement-breakpoint
CREATE TABLE "account_security" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"failed_login_attempts" integer DEFAULT 0 NOT NULL,
	"last_failed_attempt" timestamp with time zone,
	"locked_until" timestamp with time zone,
	"lockout_reason" varchar(100),
	"max_concurrent_sessions" integer DEFAULT 3 NOT NULL,
	"require_fresh_auth_minutes" integer DEFAULT 5 NOT NULL,
	"password_changed_at" timestamp with time zone,
	"mfa_enabled" boolean DEFAULT false NOT NULL,
	"mfa_enforced_at" timestamp with time zone,
	"mfa_method" varchar(20),
	"mfa_skips_remaining" integer DEFAULT 5 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "webauthn_credentials" ADD CONSTRAINT "webauthn_credentials_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "webauthn_challenges" ADD CONSTRAINT "webauthn_challenges_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "account_security" ADD CONSTRAINT "account_security_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "idx_webauthn_credentials_user" ON "webauthn_credentials" USING btree ("user_id");
--> statement-breakpoint
CREATE INDEX "idx_webauthn_credentials_active" ON "webauthn_credentials" USING btree ("user_id") WHERE "is_active";
--> statement-breakpoint
CREATE INDEX "idx_webauthn_challenges_user" ON "webauthn_challenges" USING btree ("user_id");
--> statement-breakpoint
CREATE INDEX "idx_webauthn_challenges_expires_at" ON "webauthn_challenges" USING btree ("expires_at");
--> statement-breakpoint
CREATE INDEX "idx_account_security_locked_until" ON "account_security" USING btree ("locked_until") WHERE "locked_until" IS NOT NULL;
`;

const addIconColumns = `-- Icons for navigation, the dashboard list and the chart picker.
-- Requires no back-fill; charts fall back to the icon of their type.
ALTER TABLE "dashboards" ADD COLUMN "icon" varchar(50) DEFAULT 'layout-dashboard' NOT NULL;
--> statement-breakpoint
ALTER TABLE "chart_definitions" ADD COLUMN "icon" varchar(50);
--> statement-breakpoint
ALTER TABLE "chart_data_source_columns" ADD COLUMN "display_icon" boolean DEFAULT false NOT NULL;
--> statement-breakpoint
ALTER TABLE "chart_data_source_columns" ADD COLUMN "icon_type" varchar(20);
--> statement-breakpoint
ALTER TABLE "chart_data_source_columns" ADD COLUMN "icon_color" varchar(20);
`;

const addDashboardDefault = `-- New dashboards begin with 12 columns; each organization gets one default
-- dashboard: its oldest active one (when several are equally old, by id).
ALTER TABLE "dashboards" ALTER COLUMN "layout_config" SET DEFAULT '{"columns": 12}'::jsonb;
--> statement-breakpoint
ALTER TABLE "dashboards" ADD COLUMN "is_default" boolean DEFAULT false NOT NULL;
--> statement-breakpoint
UPDATE "dashboards" SET "is_default" = true WHERE "dashboard_id" IN (
	SELECT DISTINCT ON ("organization_id") "dashboard_id" FROM "dashboards"
	WHERE "is_active" ORDER BY "organization_id", "created_at", "dashboard_id"
);
--> statement-breakpoint
CREATE UNIQUE INDEX "idx_dashboards_default" ON "dashboards" USING btree ("organization_id") WHERE "is_default";
`;

export const unlisted: readonly Source[] = [
  { tag: '0019_webauthn_mfa', when: null, sql: webauthnMfa },
  { tag: '0020_add_icon_columns', when: null, sql: addIconColumns },
  { tag: '0021_add_dashboard_default', when: null, sql: addDashboardDefault },
];
