import { randomBytes } from 'node:crypto';
import type { CatalogObject } from '../../src/core/catalog.js';
import type { Evidence } from '../../src/core/evidence/evidence.js';
import { weigh } from '../../src/core/evidence/weigh.js';
import type { Replay } from '../../src/core/replay.js';
import type { SqlParser } from '../../src/core/sql.js';
import { loadSameDefinition } from '../../src/postgres/catalog/same.js';
import { loadParser } from '../../src/postgres/parse.js';
import { makeDatabase, removeDatabase } from '../../src/sandbox/databases.js';
import { replay } from '../../src/sandbox/replay/replay.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { readRoles } from '../../src/postgres/read-roles.js';
import { defaultTable } from '../support/drizzle-project.js';
import type { GeneratedFolder } from '../support/generate/folder.js';
import { testServer } from '../support/server.js';
import type { LiveServer } from './live-server.js';
import { queryOf, withDatabase } from './support.js';

/** The run's server as a sandbox, so that a file of cases starts none. */
export function sharedSandbox(): Sandbox {
  const { adminUrl } = testServer();
  return {
    serverVersion: '18.4',
    adminUrl,
    createDatabase: (name = `sandbox_${randomBytes(6).toString('hex')}`) =>
      makeDatabase(adminUrl, name),
    dropDatabase: (url) => removeDatabase(adminUrl, new URL(url).pathname.slice(1)),
    stop: async () => {},
  };
}

export interface Engine {
  readonly parser: SqlParser;
  /** `live`: what the live database is, for what the sandbox has to be prepared with. */
  replayOf(made: GeneratedFolder, live: readonly CatalogObject[]): Promise<Replay>;
  /** `recorded`: the number of migrations, from the first, that the history has. */
  weighOf(
    made: GeneratedFolder,
    replayed: Replay,
    catalog: readonly CatalogObject[],
    recorded: number,
  ): Evidence;
}

/** For live databases of the server; the sandbox is always today's. */
export async function loadEngine(server: LiveServer): Promise<Engine> {
  const parser = await loadParser();
  const roles = await withDatabase(server, (client) => readRoles(queryOf(client)));
  const same = await loadSameDefinition();
  const sandbox = sharedSandbox();
  return {
    parser,
    replayOf: (made, live) =>
      replay({
        sandbox: async () => sandbox,
        migrations: made.migrations.map(({ id, text }) => ({
          id,
          text,
          chunks: drizzle.chunks(text),
        })),
        parser,
        live: {
          catalog: live,
          searchPath: '"$user", public',
          user: new URL(server.adminUrl).username,
          serverVersionNum: server.versionNum,
          roles,
          schemaDump: async () => '',
        },
        leaveOut: [defaultTable],
        prelude: drizzle.historySql.create(defaultTable),
      }),
    weighOf: (made, replayed, catalog, recorded) => {
      const order = made.migrations.map(({ id }) => id);
      return weigh({
        owners: [],
        replay: replayed,
        catalog,
        recorded: new Set(order.slice(0, recorded)),
        order,
        same,
      });
    },
  };
}
