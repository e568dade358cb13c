import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { standIn } from '../../src/sandbox/stand-ins/index.js';
import { platformParts } from '../../src/sandbox/stand-ins/platform.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startServer } from '../support/server.js';

/** Its own: roles belong to the whole server, and other tests count on their absence. */
let server: Sandbox;
let client: pg.Client;

beforeAll(async () => {
  server = await startServer();
  client = new pg.Client({ connectionString: await server.createDatabase() });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await server.stop();
});

/** Tries as the replay does: each refusal is mended once. Returns the sentences. */
async function run(statement: string): Promise<string[]> {
  const sentences: string[] = [];
  for (;;) {
    try {
      await client.query(statement);
      return sentences;
    } catch (error) {
      const { code: sqlstate = '', message } = error as pg.DatabaseError;
      const sentence = await standIn(client, { sqlstate, message });
      if (sentence === null || sentences.includes(sentence)) throw error;
      sentences.push(sentence);
    }
  }
}

test('what migrations of Supabase and Neon projects refer to is made when a statement misses it', async () => {
  await run(
    'CREATE TABLE notes (id bigint PRIMARY KEY, owner uuid DEFAULT auth.uid() REFERENCES auth.users (id) ON DELETE CASCADE)',
  );
  await run('ALTER TABLE notes ENABLE ROW LEVEL SECURITY');
  await run(
    'CREATE POLICY own ON notes FOR ALL TO authenticated, anon, service_role USING ((SELECT auth.uid()) = owner)',
  );
  await run(
    `CREATE POLICY admins ON notes TO authenticated USING (auth.jwt() -> 'app_metadata' ->> 'role' = 'admin' AND auth.role() = 'authenticated' AND auth.email() <> '')`,
  );
  await run(
    `CREATE POLICY avatars ON storage.objects FOR INSERT WITH CHECK (bucket_id = 'avatars' AND (storage.foldername(name))[1] = auth.uid()::text AND storage.extension(name) = 'png')`,
  );
  await run(
    `INSERT INTO storage.buckets (id, name, public, file_size_limit, allowed_mime_types) VALUES ('avatars', 'avatars', true, 1, '{image/png}')`,
  );
  await run('ALTER PUBLICATION supabase_realtime ADD TABLE notes');
  await run(
    'GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role, supabase_auth_admin',
  );
  await run('CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA extensions');
  await run(
    `CREATE POLICY heard ON realtime.messages FOR SELECT TO authenticated USING (realtime.topic() = 'room')`,
  );
  await run(
    `CREATE FUNCTION handle_new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO notes VALUES (1, NEW.id); RETURN NEW; END $$`,
  );
  await run(
    'CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION handle_new_user()',
  );
  await run(`CREATE POLICY mine ON notes TO anonymous USING (auth.user_id() = owner::text)`);
  await run('CREATE TABLE posts (author text REFERENCES neon_auth.users_sync (id))');
});

test('each part is what it says it makes, and can be made twice', async () => {
  for (const { makes, statements } of platformParts) {
    for (const statement of [...statements, ...statements]) await client.query(statement);
    for (const each of makes) {
      const [kind = '', name = ''] = each.split(' ');
      const found = {
        role: 'SELECT FROM pg_roles WHERE rolname = $1',
        schema: 'SELECT FROM pg_namespace WHERE nspname = $1',
        relation: 'SELECT FROM pg_class WHERE oid = to_regclass($1)',
        function: 'SELECT FROM pg_proc WHERE oid = to_regproc($1)',
        publication: 'SELECT FROM pg_publication WHERE pubname = $1',
      }[kind];
      expect((await client.query(found!, [name])).rowCount, each).toBe(1);
    }
  }
});

test('what no platform has stays missing', async () => {
  await expect(run('GRANT SELECT ON notes TO nobody_known')).rejects.toThrow(
    'role "nobody_known" does not exist',
  );
  await expect(run('SELECT auth.unknown()')).rejects.toThrow('does not exist');
});
