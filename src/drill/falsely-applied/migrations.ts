import type { Source } from '../ground.js';

// The server of an update manager for a fleet of machines: agents, their commands, their logs.

const squashed = `CREATE TABLE "agents" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"hostname" varchar(255) NOT NULL,
	"os_type" varchar(50) NOT NULL,
	"agent_version" varchar(20) NOT NULL,
	"status" varchar(20) DEFAULT 'offline' NOT NULL,
	"last_seen" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "agent_commands" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"agent_id" uuid NOT NULL,
	"command_type" varchar(50) NOT NULL,
	"params" jsonb,
	"status" varchar(20) DEFAULT 'pending' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "update_logs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"agent_id" uuid NOT NULL,
	"action" varchar(50) NOT NULL,
	"result" varchar(20) NOT NULL,
	"stdout" text,
	"executed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"key" varchar(100) PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "agent_commands" ADD CONSTRAINT "agent_commands_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "update_logs" ADD CONSTRAINT "update_logs_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;`;

const updatePackages = `ALTER TABLE "agents" ADD COLUMN "machine_id" varchar(64);--> statement-breakpoint
CREATE TABLE "agent_update_packages" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"version" varchar(20) NOT NULL,
	"platform" varchar(50) NOT NULL,
	"checksum" varchar(64) NOT NULL,
	"file_size" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "agent_update_packages_version_platform_unique" UNIQUE("version","platform")
);`;

// Two branches added the same column. The migrator ran this one second.
const machineIndex = `CREATE UNIQUE INDEX "agents_machine_id_unique" ON "agents" USING btree ("machine_id") WHERE "agents"."machine_id" is not null;`;
const machineId = `ALTER TABLE "agents" ADD COLUMN "machine_id" varchar(64);--> statement-breakpoint
${machineIndex}`;

const registrationTokens = `CREATE TABLE "registration_tokens" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"token" varchar(64) NOT NULL,
	"max_seats" integer DEFAULT 1 NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "registration_tokens_token_unique" UNIQUE("token")
);`;

const commandSource = `ALTER TABLE "agent_commands" ADD COLUMN "source" varchar(20) DEFAULT 'manual' NOT NULL;--> statement-breakpoint
CREATE INDEX "agent_commands_status_idx" ON "agent_commands" USING btree ("status");`;

const subsystems = `CREATE TABLE "agent_subsystems" (
	"agent_id" uuid NOT NULL,
	"subsystem" varchar(50) NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"interval_minutes" integer DEFAULT 15 NOT NULL,
	CONSTRAINT "agent_subsystems_agent_id_subsystem_pk" PRIMARY KEY("agent_id","subsystem")
);
--> statement-breakpoint
ALTER TABLE "agent_subsystems" ADD CONSTRAINT "agent_subsystems_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;`;

const storageMetrics = `CREATE TABLE "storage_metrics" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"agent_id" uuid NOT NULL,
	"mountpoint" varchar(255) NOT NULL,
	"total_bytes" bigint NOT NULL,
	"used_bytes" bigint NOT NULL,
	"severity" varchar(20) DEFAULT 'low' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "storage_metrics" ADD CONSTRAINT "storage_metrics_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "storage_metrics_agent_id_created_at_idx" ON "storage_metrics" USING btree ("agent_id","created_at");--> statement-breakpoint
INSERT INTO "agent_subsystems" ("agent_id", "subsystem", "interval_minutes") SELECT "id", 'storage', 30 FROM "agents";`;

const logSubsystem = `ALTER TABLE "update_logs" ADD COLUMN "subsystem" varchar(50);--> statement-breakpoint
CREATE INDEX "update_logs_subsystem_idx" ON "update_logs" USING btree ("subsystem");`;

/** Those that the runner recorded although they failed, with what stopped each. */
export const falselyApplied = { '0017_add_machine_id': '42701', '0021_storage_metrics': '42P07' };

/** All are listed and recorded. What came before 0015 was squashed. */
export const migrations: readonly Source[] = [
  { tag: '0015_squashed', when: 1759132810442, sql: squashed },
  { tag: '0016_agent_update_packages', when: 1760524093817, sql: updatePackages },
  { tag: '0017_add_machine_id', when: 1760611274309, sql: machineId, runs: machineIndex },
  { tag: '0018_registration_tokens', when: 1761733420176, sql: registrationTokens },
  { tag: '0019_command_source', when: 1762340988541, sql: commandSource },
  { tag: '0020_agent_subsystems', when: 1763551207730, sql: subsystems },
  { tag: '0021_storage_metrics', when: 1764768315962, sql: storageMetrics },
  { tag: '0022_add_subsystem_to_logs', when: 1765887442205, sql: logSubsystem },
];
