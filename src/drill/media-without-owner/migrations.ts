// A learning platform on Payload CMS, with its migrations as `payload migrate:create` writes them
// and the release of incident 000.

/** Where they lie in the project. */
export const folder = 'src/migrations';

/** A migration as Payload has it: statements of `up` and of `down`. */
interface PayloadMigration {
  readonly up: string;
  readonly down: string;
}

const initial: PayloadMigration = {
  up: `CREATE TYPE "public"."enum_users_role" AS ENUM('admin', 'instructor', 'student');
  CREATE TABLE "users" (
  	"id" serial PRIMARY KEY NOT NULL,
  	"email" varchar NOT NULL,
  	"role" "enum_users_role" DEFAULT 'student' NOT NULL,
  	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
  	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
  );
  
  CREATE TABLE "courses" (
  	"id" serial PRIMARY KEY NOT NULL,
  	"title" varchar NOT NULL,
  	"instructor_id" integer NOT NULL
  );
  
  CREATE TABLE "payload_migrations" (
  	"id" serial PRIMARY KEY NOT NULL,
  	"name" varchar,
  	"batch" numeric,
  	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
  	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
  );
  
  ALTER TABLE "courses" ADD CONSTRAINT "courses_instructor_id_users_id_fk" FOREIGN KEY ("instructor_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;
  CREATE UNIQUE INDEX "users_email_idx" ON "users" USING btree ("email");
  CREATE INDEX "payload_migrations_updated_at_idx" ON "payload_migrations" USING btree ("updated_at");
  CREATE INDEX "payload_migrations_created_at_idx" ON "payload_migrations" USING btree ("created_at");`,
  down: `DROP TABLE "users" CASCADE;
  DROP TABLE "courses" CASCADE;
  DROP TABLE "payload_migrations" CASCADE;
  DROP TYPE "public"."enum_users_role";`,
};

const media: PayloadMigration = {
  up: `CREATE TABLE "media" (
  	"id" serial PRIMARY KEY NOT NULL,
  	"alt" varchar,
  	"filename" varchar,
  	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
  );
  
  CREATE UNIQUE INDEX "media_filename_idx" ON "media" USING btree ("filename");`,
  down: `DROP TABLE "media" CASCADE;`,
};

/** As in the incident: files get an owner only where there is an administrator. */
const v060: PayloadMigration = {
  up: `ALTER TABLE "media" ADD COLUMN "created_by_id" integer;
  UPDATE "media"
  SET "created_by_id" = (SELECT "id" FROM "users" WHERE "role" = 'admin' ORDER BY "id" LIMIT 1)
  WHERE "created_by_id" IS NULL
  AND EXISTS (SELECT 1 FROM "users" WHERE "role" = 'admin' LIMIT 1);
  ALTER TABLE "media" ALTER COLUMN "created_by_id" SET NOT NULL;
  ALTER TABLE "media" ADD CONSTRAINT "media_created_by_id_users_id_fk" FOREIGN KEY ("created_by_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
  CREATE INDEX "media_created_by_idx" ON "media" USING btree ("created_by_id");`,
  down: `ALTER TABLE "media" DROP CONSTRAINT "media_created_by_id_users_id_fk";
  DROP INDEX "media_created_by_idx";
  ALTER TABLE "media" DROP COLUMN "created_by_id";`,
};

export const release = '20251112_215652_v0_6_0';

/** By name, in the order in which Payload runs them. */
export const migrations: Readonly<Record<string, PayloadMigration>> = {
  '20250818_090014_initial': initial,
  '20250903_090202_media': media,
  [release]: v060,
};

/** By file name: the migrations, their snapshots, and the index that Payload writes. */
export function filesOf(names: readonly string[]): Readonly<Record<string, string>> {
  const imports = names.map((name) => `import * as migration_${name} from './${name}';\n`);
  const listed = names.map(
    (name) => `  { up: migration_${name}.up, down: migration_${name}.down, name: '${name}' },\n`,
  );
  return {
    ...Object.fromEntries(
      names.flatMap((name) => [
        [`${name}.ts`, program(migrations[name] ?? { up: '', down: '' })],
        [`${name}.json`, '{}\n'],
      ]),
    ),
    'index.ts': `${imports.join('')}\nexport const migrations = [\n${listed.join('')}];\n`,
  };
}

/** As `payload migrate:create` writes it. */
export function program({ up, down }: PayloadMigration): string {
  const body = (sql: string): string =>
    sql === '' ? '  // Migration code' : `  await db.execute(sql\`\n   ${sql}\`)`;
  return `import { MigrateUpArgs, MigrateDownArgs, sql } from '@payloadcms/db-postgres'

export async function up({ db, payload, req }: MigrateUpArgs): Promise<void> {
${body(up)}
}

export async function down({ db, payload, req }: MigrateDownArgs): Promise<void> {
${body(down)}
}
`;
}
