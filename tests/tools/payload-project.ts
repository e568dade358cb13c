import { filesOf, program, release } from '../../src/drill/media-without-owner/migrations.js';

export { release };

export const migration = (up: string, down = ''): string => program({ up, down });

export const at = (name: string): string => `src/migrations/${name}.ts`;

export const init = '20250818_090014_initial';
export const media = '20250903_090202_media';

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

/** The release of incident 000. */
export const failing: Record<string, string> = {
  [at(release)]: filesOf([release])[`${release}.ts`] ?? '',
};
