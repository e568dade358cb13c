/** Migrations as `payload migrate:create` writes them; incident 000 is the last of them. */
export function migration(up: string, down = ''): string {
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

export const at = (name: string): string => `src/migrations/${name}.ts`;

export const init = '20250818_090014_initial';
export const media = '20250903_090202_media';
export const release = '20251112_215652_v0_6_0';

/** Payload's own table is made by the first migration, as it generates it. */
export const historyTable = (id = 'serial'): string => `CREATE TABLE "payload_migrations" (
  	"id" ${id} PRIMARY KEY NOT NULL,
  	"name" varchar,
  	"batch" numeric,
  	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
  	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
  )`;

const initial = (
  id: string,
): string => `CREATE TYPE "public"."enum_users_role" AS ENUM('admin', 'instructor', 'student');
  CREATE TABLE "users" (
  	"id" serial PRIMARY KEY NOT NULL,
  	"email" varchar NOT NULL,
  	"role" "enum_users_role" DEFAULT 'student' NOT NULL,
  	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
  	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
  );
  
  ${historyTable(id)};
  
  CREATE UNIQUE INDEX "users_email_idx" ON "users" USING btree ("email");
  CREATE INDEX "payload_migrations_updated_at_idx" ON "payload_migrations" USING btree ("updated_at");
  CREATE INDEX "payload_migrations_created_at_idx" ON "payload_migrations" USING btree ("created_at");`;

const dropped = `DROP TABLE "users" CASCADE;
  DROP TABLE "payload_migrations" CASCADE;
  DROP TYPE "public"."enum_users_role";`;

const mediaLibrary = `CREATE TABLE "media" (
  	"id" serial PRIMARY KEY NOT NULL,
  	"alt" varchar DEFAULT 'a \\\`quoted\\\` word',
  	"filename" varchar
  );
  
  CREATE UNIQUE INDEX "media_filename_idx" ON "media" USING btree ("filename");`;

/** As in the incident: rows get a value only where there is an administrator. */
const v060 = `ALTER TABLE "media" ADD COLUMN "created_by_id" integer;
  UPDATE "media"
  SET "created_by_id" = (SELECT "id" FROM "users" WHERE "role" = 'admin' ORDER BY "id" LIMIT 1)
  WHERE "created_by_id" IS NULL
  AND EXISTS (SELECT 1 FROM "users" WHERE "role" = 'admin' LIMIT 1);
  ALTER TABLE "media" ALTER COLUMN "created_by_id" SET NOT NULL;
  ALTER TABLE "media" ADD CONSTRAINT "media_created_by_id_users_id_fk" FOREIGN KEY ("created_by_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
  CREATE INDEX "media_created_by_idx" ON "media" USING btree ("created_by_id");`;

const v060Down = `ALTER TABLE "media" DROP CONSTRAINT "media_created_by_id_users_id_fk";
  DROP INDEX "media_created_by_idx";
  ALTER TABLE "media" DROP COLUMN "created_by_id";`;

const index = `import * as migration_${init} from './${init}';

export const migrations = [
  { up: migration_${init}.up, down: migration_${init}.down, name: '${init}' },
];
`;

/** A healthy project up to the release. */
export const base = (id = 'serial'): Record<string, string> => ({
  // As Payload's templates have it.
  'package.json': '{ "type": "module" }\n',
  [at(init)]: migration(initial(id), dropped),
  [`src/migrations/${init}.json`]: '{}\n',
  [at(media)]: migration(mediaLibrary, 'DROP TABLE "media" CASCADE;'),
  [`src/migrations/${media}.json`]: '{}\n',
  'src/migrations/index.ts': index,
});

export const failing: Record<string, string> = { [at(release)]: migration(v060, v060Down) };
