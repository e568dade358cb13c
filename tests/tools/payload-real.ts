/**
 * Runs the migrations of a folder with the real Payload, which is too large to be installed with
 * the rest (174 MB with what it needs). Once, in a folder of its own:
 *
 *     npm init -y && npm install payload @payloadcms/db-postgres --legacy-peer-deps
 *
 * then `PGMEDIC_PAYLOAD=/that/folder npx vitest run tests/tools/payload.test.ts` has it for a judge.
 * Started as `node --import tsx payload-real.ts PACKAGES MIGRATIONS URL`; prints "went through" at
 * the end of a run that did: Payload's exit code does not tell.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages = '', migrationDir = '', connectionString = ''] = process.argv.slice(2);
const find = createRequire(join(packages, 'package.json'));
const load = async (name: string): Promise<Record<string, (options: unknown) => unknown>> =>
  import(pathToFileURL(find.resolve(name)).href);

const { buildConfig, getPayload } = await load('payload');
const { postgresAdapter } = await load('@payloadcms/db-postgres');
const config = await buildConfig?.({
  secret: 'of a test',
  telemetry: false,
  collections: [],
  typescript: { autoGenerate: false },
  db: postgresAdapter?.({ pool: { connectionString }, push: false, migrationDir }),
});
const payload = (await getPayload?.({ config, disableOnInit: true })) as {
  readonly db: { readonly migrate: () => Promise<void> };
};
await payload.db.migrate();
process.stdout.write('went through\n');
process.exit(0);
