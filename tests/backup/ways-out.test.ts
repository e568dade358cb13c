import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { restoreInto } from '../../src/backup/restore-into.js';
import { readManifest } from '../../src/backup/manifest.js';
import { leadsOut } from '../../src/backup/ways-out.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startServer } from '../support/server.js';
import { type Native, findNative, startNative } from './native-server.js';
import { proveAgain } from './prove-again.js';
import { backup, database, databasesOf, folder, sql, wasm } from './support.js';

const found = await findNative();
const reason = 'lacks' in found ? ` (not run: ${found.lacks})` : '';

const waysOut = `CREATE TABLE t AS SELECT 1 AS one;
  CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w;
  CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS ("user" 'app', password 'not for a copy');
  CREATE SUBSCRIPTION away CONNECTION 'host=127.0.0.1 port=1 user=x password=y' PUBLICATION p
    WITH (connect = false, slot_name = 'away');
  COMMENT ON SUBSCRIPTION away IS 'from the other one'`;
const noSubscription = `ALTER SUBSCRIPTION away SET (slot_name = NONE); DROP SUBSCRIPTION away`;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.stop());

/** What the copy has of it while it is compared: subscriptions and mappings. */
async function inCopy(given: Parameters<typeof proveAgain>[0]): Promise<unknown> {
  let there: unknown;
  await proveAgain({
    ...given,
    onRestored: async (copy) => {
      there = await sql(
        copy,
        `SELECT umuser, NULL FROM pg_user_mapping UNION ALL
        SELECT oid, subname FROM pg_subscription
          WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
    },
  });
  return there;
}

test('a copy has no subscription and no password for another server, and is dropped', async () => {
  const url = await database(waysOut);
  onTestFinished(async () => void (await sql(url, noSubscription)));
  const before = await databasesOf(sandbox);
  const proven = await backup({ url, sandbox, folder: await folder() });
  const { path: file, sha256 } = proven;
  const common = { url, file, sha256, sandbox, dumper: wasm } as const;
  expect(await inCopy({ ...common, format: 'plain' })).toEqual([]);
  expect(await databasesOf(sandbox)).toEqual(before);
  expect(leadsOut('TABLE public.USER MAPPING')).toBe(false);
});

describe.runIf('bin' in found)(`with the native pg_dump${reason}`, () => {
  let native: Native;
  beforeAll(async () => {
    native = await startNative('bin' in found ? found.bin : '');
  });
  afterAll(() => native?.stop());

  test('a copy has none either, in both formats', async () => {
    await sql(native.url, waysOut);
    for (const largeFrom of [Infinity, 0]) {
      const common = { url: native.url, sandbox, dumper: native.dumper };
      const proven = await backup({ ...common, folder: await folder(), largeFrom });
      const { path: file, format, sha256 } = proven;
      expect(await inCopy({ ...common, file, format, sha256 })).toEqual([]);
    }
  });
});

test('an event trigger on login changes no copy, and no database that stays', async () => {
  const url = await database(`CREATE TABLE logins (at timestamptz);
    CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      IF current_setting('transaction_read_only') = 'off' THEN
        INSERT INTO public.logins VALUES (now());
      END IF;
    END $$;
    CREATE EVENT TRIGGER note ON login EXECUTE FUNCTION note();
    ALTER EVENT TRIGGER note ENABLE ALWAYS`);
  await sql(url, 'SELECT 1');
  const proven = await backup({ url, sandbox, folder: await folder() });
  expect(proven.rows).toBeGreaterThan(0);
  const { path: file, format, sha256 } = proven;
  const expected = (await readManifest(file))?.manifest.expected ?? null;
  const signal = new AbortController().signal;
  const restored = await restoreInto({
    ...{ url: await database(), file, format, sha256, expected, dumper: wasm, signal },
    onProgress: () => {},
  });
  expect(restored).toContain(`${proven.rows} row`);
});
