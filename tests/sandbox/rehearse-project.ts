import type { Folder, History } from '../../src/core/facts.js';
import type { Rehearsal } from '../../src/core/rehearsal.js';
import { dumpSchema } from '../../src/backup/schema-dump.js';
import { loadParser } from '../../src/postgres/parse.js';
import { readRoles, readSession } from '../../src/postgres/read-roles.js';
import { readSizes } from '../../src/postgres/read-sizes.js';
import { readingTransactions } from '../../src/postgres/reading-transaction.js';
import { rehearse } from '../../src/sandbox/rehearsal/rehearse.js';
import type { LiveRows } from '../../src/sandbox/rehearsal/types.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import type { Query } from '../../src/tools/contract.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { wasm } from '../backup/support.js';

/** As the program wires it: the drizzle folder's pending migrations against the database of `url`. */
export async function rehearseProject(given: {
  readonly url: string;
  readonly folder: Folder;
  readonly history: History;
  readonly sandbox: Sandbox;
  /** A dump of the same schema that was made before. */
  readonly dump?: () => Promise<string>;
  readonly limits?: Pick<LiveRows, 'rowLimit' | 'byteLimit' | 'timeout'>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (doing: string) => void;
}): Promise<Rehearsal> {
  const { url, folder, history, sandbox, limits } = given;
  const signal = given.signal ?? new AbortController().signal;
  const next = drizzle.nextRun(folder, history);
  const table = history.table ?? history.expected;
  const parser = await loadParser();
  return readingTransactions(url, { purpose: 'test' }, async (look) => {
    const live = await look(async (query) => ({
      serverVersionNum: await versionNum(query),
      roles: await readRoles(query),
      session: await readSession(query),
      sizes: await readSizes(query),
    }));
    return rehearse({
      sandbox: async () => sandbox,
      runs: next.runs.map((id) => {
        const migration = folder.migrations.find((one) => one.id === id);
        const text = migration?.file?.text ?? '';
        const row = migration === undefined ? null : drizzle.historyRow(migration, null);
        return {
          id,
          path: migration?.file?.path ?? '',
          text,
          chunks: drizzle.chunks(text),
          bare: false,
          record: row === null ? null : drizzle.historySql.insert(table, row),
        };
      }),
      atomicity: drizzle.atomicity,
      history: { table, create: drizzle.historySql.create(table) },
      parser,
      live: {
        schemaDump: given.dump ?? (() => dumpSchema({ url, dumper: wasm, signal })),
        ...live,
      },
      ask: { look, ...limits },
      signal,
      onProgress: given.onProgress ?? (() => {}),
    });
  });
}

async function versionNum(query: Query): Promise<number> {
  const [row] = await query(`SELECT current_setting('server_version_num') AS number`);
  return Number(row?.['number']);
}
