import type { Source } from '../ground.js';

// 0015 to 0018: single sign-on, and what protects it. The last the journal knows.

const samlSupport = `CREATE TABLE "saml_identity_providers" (
	"provider_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"organization_id" uuid NOT NULL,
	"entity_id" varchar(255) NOT NULL,
	"sso_url" text NOT NULL,
	"certificate" text NOT NULL,
	"is_enabled" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "saml_identity_providers_entity_id_unique" UNIQUE("entity_id")
);
--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "auth_method" varchar(20) DEFAULT 'password' NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "external_id" varchar(255);--> statement-breakpoint
ALTER TABLE "saml_identity_providers" ADD CONSTRAINT "saml_identity_providers_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_users_external_id" ON "users" USING btree ("external_id") WHERE "users"."external_id" is not null;`;

const samlReplayPrevention = `CREATE TABLE "saml_replay_prevention" (
	"replay_id" varchar(255) PRIMARY KEY NOT NULL,
	"in_response_to" varchar(255) NOT NULL,
	"user_email" varchar(255) NOT NULL,
	"used_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "idx_saml_replay_expires_at" ON "saml_replay_prevention" USING btree ("expires_at");`;

const csrfFailureEvents = `CREATE TABLE "csrf_failure_events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"timestamp" timestamp with time zone DEFAULT now() NOT NULL,
	"ip_address" varchar(45) NOT NULL,
	"pathname" varchar(500) NOT NULL,
	"reason" varchar(200) NOT NULL,
	"severity" "audit_severity" DEFAULT 'medium' NOT NULL,
	"user_id" uuid
);
--> statement-breakpoint
ALTER TABLE "csrf_failure_events" ADD CONSTRAINT "csrf_failure_events_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_csrf_failures_timestamp" ON "csrf_failure_events" USING btree ("timestamp");`;

const oidcStateManagement = `CREATE TABLE "oidc_states" (
	"state" varchar(255) PRIMARY KEY NOT NULL,
	"nonce" varchar(255) NOT NULL,
	"code_verifier" varchar(255) NOT NULL,
	"return_url" text DEFAULT '/dashboard' NOT NULL,
	"is_used" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "oidc_nonces" (
	"nonce" varchar(255) PRIMARY KEY NOT NULL,
	"state" varchar(255) NOT NULL,
	"used_at" timestamp with time zone,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "oidc_nonces" ADD CONSTRAINT "oidc_nonces_state_oidc_states_state_fk" FOREIGN KEY ("state") REFERENCES "public"."oidc_states"("state") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_oidc_states_expires_at" ON "oidc_states" USING btree ("expires_at");`;

export const auth: readonly Source[] = [
  { tag: '0015_saml_support', when: 1759341085264, sql: samlSupport },
  { tag: '0016_saml_replay_prevention', when: 1759430167912, sql: samlReplayPrevention },
  { tag: '0017_csrf_failure_events', when: 1759498302685, sql: csrfFailureEvents },
  { tag: '0018_oidc_state_management', when: 1759584917340, sql: oidcStateManagement },
];
