/**
 * What hosting platforms put into every database, so that migrations use it and none makes it.
 * Only names, columns and signatures that DDL refers to; the live database's own definitions
 * are preferred where there are any.
 */
export interface PlatformPart {
  /** For the operator, in "… is not in the sandbox". */
  readonly title: string;
  /** "role anon", "schema auth", "relation auth.users", "function auth.uid": a refusal that misses one of these is mended by all of `statements`. */
  readonly makes: readonly string[];
  /** Each can be run where it has been run before, or where a migration made a part of it. */
  readonly statements: readonly string[];
}

const role = (name: string, platform: string, options = 'NOLOGIN'): PlatformPart => ({
  title: `the role ${name} of ${platform}`,
  makes: [`role ${name}`],
  statements: [
    `DO $$ BEGIN CREATE ROLE ${name} ${options}; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  ],
});

const schema = (name: string): PlatformPart => ({
  title: `the schema ${name} of Supabase`,
  makes: [`schema ${name}`],
  statements: [`CREATE SCHEMA IF NOT EXISTS ${name}`],
});

/** A function that answers NULL, or with the expression; what a migration replaced is left alone. */
function answers(signature: string, returns: string, expression = `NULL::${returns}`): string {
  return `DO $do$ BEGIN CREATE FUNCTION ${signature} RETURNS ${returns} LANGUAGE sql STABLE AS $body$ SELECT ${expression} $body$; EXCEPTION WHEN duplicate_function THEN NULL; END $do$`;
}

/** A claim of the request, as PostgREST hands it over. */
const claim = (name: string): string =>
  `nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> '${name}'`;

const supabaseAuth: PlatformPart = {
  title: "Supabase's schema auth (users, uid(), role(), email(), jwt())",
  makes: [
    'schema auth',
    'relation auth.users',
    ...['uid', 'role', 'email', 'jwt'].map((name) => `function auth.${name}`),
  ],
  statements: [
    'CREATE SCHEMA IF NOT EXISTS auth',
    `CREATE TABLE IF NOT EXISTS auth.users (
       instance_id uuid, id uuid NOT NULL PRIMARY KEY, aud varchar(255), role varchar(255), email varchar(255),
       encrypted_password varchar(255), email_confirmed_at timestamptz, invited_at timestamptz,
       confirmation_token varchar(255), confirmation_sent_at timestamptz, recovery_token varchar(255),
       recovery_sent_at timestamptz, email_change_token_new varchar(255), email_change varchar(255),
       email_change_sent_at timestamptz, last_sign_in_at timestamptz, raw_app_meta_data jsonb,
       raw_user_meta_data jsonb, is_super_admin boolean, created_at timestamptz, updated_at timestamptz,
       phone text UNIQUE, phone_confirmed_at timestamptz, phone_change text, phone_change_token varchar(255),
       phone_change_sent_at timestamptz,
       confirmed_at timestamptz GENERATED ALWAYS AS (LEAST(email_confirmed_at, phone_confirmed_at)) STORED,
       email_change_token_current varchar(255), email_change_confirm_status smallint DEFAULT 0,
       banned_until timestamptz, reauthentication_token varchar(255), reauthentication_sent_at timestamptz,
       is_sso_user boolean NOT NULL DEFAULT false, deleted_at timestamptz, is_anonymous boolean NOT NULL DEFAULT false)`,
    answers('auth.uid()', 'uuid', `(${claim('sub')})::uuid`),
    answers('auth.role()', 'text', claim('role')),
    answers('auth.email()', 'text', claim('email')),
    answers(
      'auth.jwt()',
      'jsonb',
      `nullif(current_setting('request.jwt.claims', true), '')::jsonb`,
    ),
  ],
};

const supabaseStorage: PlatformPart = {
  title: "Supabase's schema storage (buckets, objects, foldername())",
  makes: [
    'schema storage',
    'relation storage.buckets',
    'relation storage.objects',
    ...['foldername', 'filename', 'extension'].map((name) => `function storage.${name}`),
  ],
  statements: [
    'CREATE SCHEMA IF NOT EXISTS storage',
    `CREATE TABLE IF NOT EXISTS storage.buckets (
       id text NOT NULL PRIMARY KEY, name text NOT NULL UNIQUE, owner uuid, created_at timestamptz DEFAULT now(),
       updated_at timestamptz DEFAULT now(), public boolean DEFAULT false, avif_autodetection boolean DEFAULT false,
       file_size_limit bigint, allowed_mime_types text[], owner_id text)`,
    `CREATE TABLE IF NOT EXISTS storage.objects (
       id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY, bucket_id text REFERENCES storage.buckets (id), name text,
       owner uuid, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
       last_accessed_at timestamptz DEFAULT now(), metadata jsonb,
       path_tokens text[] GENERATED ALWAYS AS (string_to_array(name, '/')) STORED,
       version text, owner_id text, user_metadata jsonb)`,
    'ALTER TABLE storage.buckets ENABLE ROW LEVEL SECURITY',
    'ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY',
    answers(
      'storage.foldername(name text)',
      'text[]',
      `(string_to_array(name, '/'))[1:cardinality(string_to_array(name, '/')) - 1]`,
    ),
    answers('storage.filename(name text)', 'text', `split_part(name, '/', -1)`),
    answers('storage.extension(name text)', 'text', `split_part(name, '.', -1)`),
  ],
};

const supabaseRealtime: PlatformPart = {
  title: "Supabase's schema realtime (messages, topic(), send())",
  makes: [
    'schema realtime',
    'relation realtime.messages',
    'function realtime.topic',
    'function realtime.send',
  ],
  statements: [
    'CREATE SCHEMA IF NOT EXISTS realtime',
    `CREATE TABLE IF NOT EXISTS realtime.messages (
       topic text NOT NULL, extension text NOT NULL, payload jsonb, event text, private boolean DEFAULT false,
       updated_at timestamp NOT NULL DEFAULT now(), inserted_at timestamp NOT NULL DEFAULT now(),
       id uuid NOT NULL DEFAULT gen_random_uuid(), PRIMARY KEY (id, inserted_at))`,
    'ALTER TABLE realtime.messages ENABLE ROW LEVEL SECURITY',
    answers('realtime.topic()', 'text', `nullif(current_setting('realtime.topic', true), '')`),
    answers(
      'realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT true)',
      'void',
    ),
  ],
};

const neonAuth: PlatformPart = {
  title: "Neon's auth.user_id() and auth.session()",
  makes: ['function auth.user_id', 'function auth.session'],
  statements: [
    'CREATE SCHEMA IF NOT EXISTS auth',
    answers('auth.user_id()', 'text', claim('sub')),
    answers(
      'auth.session()',
      'jsonb',
      `nullif(current_setting('request.jwt.claims', true), '')::jsonb`,
    ),
  ],
};

const neonUsers: PlatformPart = {
  title: "Neon's schema neon_auth (users_sync)",
  makes: ['schema neon_auth', 'relation neon_auth.users_sync'],
  statements: [
    'CREATE SCHEMA IF NOT EXISTS neon_auth',
    `CREATE TABLE IF NOT EXISTS neon_auth.users_sync (
       raw_json jsonb NOT NULL, id text GENERATED ALWAYS AS (raw_json ->> 'id') STORED NOT NULL PRIMARY KEY,
       name text GENERATED ALWAYS AS (raw_json ->> 'display_name') STORED,
       email text GENERATED ALWAYS AS (raw_json ->> 'primary_email') STORED,
       created_at timestamptz, updated_at timestamptz, deleted_at timestamptz)`,
  ],
};

const realtimePublication: PlatformPart = {
  title: 'the publication supabase_realtime',
  makes: ['publication supabase_realtime'],
  statements: [
    `DO $$ BEGIN CREATE PUBLICATION supabase_realtime; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  ],
};

const supabaseRoles = [
  ...['anon', 'authenticated', 'dashboard_user', 'pgbouncer', 'supabase_functions_admin'],
  ...['supabase_auth_admin', 'supabase_storage_admin', 'supabase_realtime_admin'],
];

export const platformParts: readonly PlatformPart[] = [
  ...supabaseRoles.map((name) => role(name, 'Supabase')),
  role('authenticator', 'Supabase', 'NOLOGIN NOINHERIT'),
  ...['service_role', 'supabase_admin', 'supabase_read_only_user'].map((name) =>
    role(name, 'Supabase', 'NOLOGIN BYPASSRLS'),
  ),
  role('anonymous', 'Neon'),
  role('neon_superuser', 'Neon'),
  supabaseAuth,
  supabaseStorage,
  supabaseRealtime,
  neonAuth,
  neonUsers,
  realtimePublication,
  ...['extensions', 'graphql', 'graphql_public', 'vault', 'net', 'supabase_functions'].map(schema),
];
