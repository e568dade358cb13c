import type { Source } from '../ground.js';

// 0007 to 0014; 0004 to 0006 were lost before the incident. Some by drizzle-kit, some by hand.

const overjoyedVivisector = `CREATE TABLE "chart_data_sources" (
	"data_source_id" serial PRIMARY KEY NOT NULL,
	"name" varchar(255) NOT NULL,
	"schema_name" varchar(63) NOT NULL,
	"table_name" varchar(63) NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chart_data_source_columns" (
	"column_id" serial PRIMARY KEY NOT NULL,
	"data_source_id" integer NOT NULL,
	"column_name" varchar(63) NOT NULL,
	"display_name" varchar(255) NOT NULL,
	"data_type" varchar(50) NOT NULL
);
--> statement-breakpoint
ALTER TABLE "chart_data_source_columns" ADD CONSTRAINT "chart_data_source_columns_data_source_id_fk" FOREIGN KEY ("data_source_id") REFERENCES "public"."chart_data_sources"("data_source_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_chart_data_source_columns_source" ON "chart_data_source_columns" USING btree ("data_source_id");`;

const dropChartComponentConfigs = `ALTER TABLE "chart_component_configs" DISABLE ROW LEVEL SECURITY;--> statement-breakpoint
DROP TABLE "chart_component_configs" CASCADE;`;

const renameChartDisplayConfigs = `ALTER TABLE "chart_display_configs" RENAME TO "chart_display_configurations";--> statement-breakpoint
ALTER TABLE "chart_display_configurations" DROP CONSTRAINT "chart_display_configs_chart_type_unique";--> statement-breakpoint
ALTER TABLE "chart_display_configurations" ADD CONSTRAINT "chart_display_configurations_chart_type_unique" UNIQUE("chart_type");`;

const melodicAlbertCleary = `CREATE TABLE "color_palettes" (
	"palette_id" serial PRIMARY KEY NOT NULL,
	"palette_name" varchar(100) NOT NULL,
	"colors" jsonb NOT NULL,
	"is_default" boolean DEFAULT false NOT NULL,
	CONSTRAINT "color_palettes_palette_name_unique" UNIQUE("palette_name")
);
--> statement-breakpoint
CREATE TABLE "user_chart_favorites" (
	"user_id" uuid NOT NULL,
	"chart_definition_id" uuid NOT NULL,
	"favorited_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_chart_favorites_user_id_chart_definition_id_pk" PRIMARY KEY("user_id","chart_definition_id")
);
--> statement-breakpoint
ALTER TABLE "user_chart_favorites" ADD CONSTRAINT "user_chart_favorites_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_chart_favorites" ADD CONSTRAINT "user_chart_favorites_chart_definition_id_fk" FOREIGN KEY ("chart_definition_id") REFERENCES "public"."chart_definitions"("chart_definition_id") ON DELETE cascade ON UPDATE no action;`;

const uniqueMandrill = `ALTER TABLE "chart_data_sources" ADD COLUMN "requires_auth" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "chart_data_sources" ADD CONSTRAINT "chart_data_sources_schema_table_unique" UNIQUE("schema_name","table_name");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_chart_data_source_columns_name" ON "chart_data_source_columns" USING btree ("data_source_id","column_name");`;

const testDummyTable = `CREATE TABLE "dummy_table" (
	"id" serial PRIMARY KEY NOT NULL,
	"note" text
);`;

const dropDummyTable = `DROP TABLE "dummy_table" CASCADE;`;

const addChartColumnsBaseline = `ALTER TABLE "chart_definitions" ADD COLUMN "data_source_id" integer;--> statement-breakpoint
ALTER TABLE "chart_definitions" ADD COLUMN "description" text;--> statement-breakpoint
ALTER TABLE "chart_definitions" ADD COLUMN "updated_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "chart_definitions" ADD CONSTRAINT "chart_definitions_data_source_id_fk" FOREIGN KEY ("data_source_id") REFERENCES "public"."chart_data_sources"("data_source_id") ON DELETE set null ON UPDATE no action;`;

export const charts: readonly Source[] = [
  { tag: '0007_overjoyed_vivisector', when: 1757693011290, sql: overjoyedVivisector },
  {
    tag: '0008_drop_chart_component_configs',
    when: 1758041586733,
    sql: dropChartComponentConfigs,
  },
  {
    tag: '0009_rename_chart_display_configs_to_configurations',
    when: 1758044109421,
    sql: renameChartDisplayConfigs,
  },
  { tag: '0010_melodic_albert_cleary', when: 1758306655018, sql: melodicAlbertCleary },
  { tag: '0011_unique_mandrill', when: 1758567394876, sql: uniqueMandrill },
  { tag: '0012_test_dummy_table', when: 1759190403552, sql: testDummyTable },
  { tag: '0013_drop_dummy_table', when: 1759192280167, sql: dropDummyTable },
  { tag: '0014_add_chart_columns_baseline', when: 1759246741903, sql: addChartColumnsBaseline },
];
