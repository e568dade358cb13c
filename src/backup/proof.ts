import type pg from 'pg';
import type { DumperFacts } from '../core/facts.js';
import type { BackupFormat } from '../core/backup.js';
import { UserError } from '../core/errors.js';
import { quoteIdent } from '../core/tool.js';
import { withConnection } from '../postgres/connect.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { compare, type Difference } from './compare.js';
import { type LargeObjects, readLargeObjects } from './large-objects.js';
import { restoreWithNative } from './native.js';
import { restorePlain } from './plain.js';
import { sameBytes } from './read-back.js';
import { compareSchema, type DumpedSchema } from './schema.js';
import { readSequences, type Sequences } from './sequences.js';
import { jobsFor } from './shape.js';
import {
  countTables,
  type Hashing,
  isSampled,
  listTables,
  SAMPLE,
  sameText,
  type TableCount,
} from './tables.js';
import { withoutEventTriggers } from './ways-out.js';

/** What the dump has to hold, as read in the snapshot that was dumped. */
export interface Expected {
  readonly counts: readonly TableCount[];
  /** Which rows `counts` has hashes of; null where they were only counted. */
  readonly hashing: Hashing | null;
  readonly sequences: Sequences;
  readonly largeObjects: LargeObjects;
  readonly schema: DumpedSchema;
  /** Roles that the dump names: owners, grantees, those in policies. */
  readonly roles: readonly NamedRole[];
}

export interface NamedRole {
  readonly name: string;
  /** Then it may own event triggers, and reads what a materialised view of its own is made of. */
  readonly superuser: boolean;
}

/** How far the proof is; `table` as schema.name. */
export type OnProof = (progress: {
  phase: 'restoring' | 'comparing';
  table: string | null;
  tablesDone: number;
  rowsDone: number;
}) => void;

/**
 * Restores a dump into a fresh database of the sandbox and compares it with what was counted
 * when it was taken. The restored copy is dropped in every case. Resolves to the proof in
 * words ("restored into PostgreSQL 18.4 (sandbox); 12 tables, 345 rows equal").
 *
 * @throws UserError with each difference; any other error says why it could not be restored
 */
export async function prove(options: {
  file: string;
  format: BackupFormat;
  /** Of the dump as it was when pg_dump had ended. */
  sha256: string;
  expected: Expected;
  dumper: DumperFacts;
  sandbox: Sandbox;
  signal: AbortSignal;
  onProgress: OnProof;
  /** For tests: the restored copy, before it is compared. */
  onRestored?: (url: string) => Promise<void>;
}): Promise<string> {
  const { file, sandbox, expected, signal } = options;
  await sameBytes(file, options.sha256, signal);
  const roles = await lendRoles(sandbox, expected.roles);
  let url: string | null = null;
  try {
    url = await sandbox.createDatabase();
    signal.throwIfAborted();
    const copy = await withoutEventTriggers(url);
    await restore(options, copy, { owners: roles.owners, waysOut: false });
    await sameBytes(file, options.sha256, signal);
    await options.onRestored?.(copy);
    const differences = await compareCopy(options, copy, roles.owners);
    if (differences.length > 0) throw notEqual(differences);
  } finally {
    if (url !== null) await sandbox.dropDatabase(url);
    await roles.takeBack();
  }
  return inWords(sandbox, expected);
}

/** What is restored, and held against it. */
type Work = Omit<Parameters<typeof prove>[0], 'sandbox'>;

/** Into an empty database. `owners`: whether objects get the owners and privileges they had; `waysOut`: see ways-out.ts. */
export async function restore(
  options: Omit<Work, 'sha256' | 'expected'> & { readonly expected: Pick<Expected, 'counts'> },
  url: string,
  how: { readonly owners: boolean; readonly waysOut: boolean },
): Promise<void> {
  const { file, format, dumper, signal, expected, onProgress } = options;
  const rowsOf = new Map(expected.counts.map((one) => [`${one.schema}.${one.table}`, one.rows]));
  let tablesDone = -1;
  let rowsDone = 0;
  let last: string | null = null;
  const begin = (table: string): void => {
    if (table === last) return;
    last = table;
    tablesDone += 1;
  };
  const tell = (): void => {
    onProgress({ phase: 'restoring', table: last, tablesDone: Math.max(tablesDone, 0), rowsDone });
  };
  tell();
  if (format !== 'plain' && dumper.path !== null) {
    const onTable = (table: string): void => {
      rowsDone += last === null ? 0 : (rowsOf.get(last) ?? 0);
      begin(table);
      tell();
    };
    const jobs = format === 'directory' || expectedRows(expected) > manyRows ? jobsFor() : 1;
    await restoreWithNative({ program: dumper.path, url, file, jobs, ...how, signal, onTable });
  } else {
    const onRows = (table: string, rows: number): void => {
      begin(table);
      rowsDone += rows;
      tell();
    };
    await restorePlain({ url, file, ...how, signal, onRows });
  }
}

/** For fewer rows, to begin a process more takes longer than it saves. */
const manyRows = 100_000;

function expectedRows({ counts }: Pick<Expected, 'counts'>): number {
  return counts.reduce((sum, one) => sum + one.rows, 0);
}

export async function compareCopy(
  options: Pick<Work, 'expected' | 'signal' | 'onProgress'>,
  url: string,
  owners: boolean,
): Promise<Difference[]> {
  const { expected, signal, onProgress } = options;
  return withConnection(url, { purpose: 'proof', statementTimeout: 0 }, async ({ client }) => {
    const stop = (): void => void client.connection.stream.destroy();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await client.query('BEGIN TRANSACTION READ ONLY');
      await client.query(`SET LOCAL row_security = off; ${sameText}`);
      return [
        ...(await differences(client, expected, onProgress)),
        ...(await compareSchema(client, expected.schema, owners)),
      ];
    } finally {
      signal.removeEventListener('abort', stop);
    }
  });
}

async function differences(
  client: pg.Client,
  expected: Expected,
  onProgress: OnProof,
): Promise<Difference[]> {
  const there = new Set((await listTables(client)).map((one) => `${one.schema}.${one.table}`));
  // The same expressions as in the snapshot, so that the hashes speak of the same columns.
  const tables = expected.counts.filter((one) => there.has(`${one.schema}.${one.table}`));
  const counts = await countTables(client, tables, expected.hashing, (table, done, rows) => {
    onProgress({
      phase: 'comparing',
      table: `${table.schema}.${table.table}`,
      tablesDone: done,
      rowsDone: rows,
    });
  });
  const sequences = await readSequences(client);
  const largeObjects = await readLargeObjects(client);
  return compare(expected, { counts, sequences, largeObjects });
}

function notEqual(differences: readonly Difference[]): UserError {
  const shown = differences.slice(0, 5).map(({ object, what }) => `${object}: ${what}`);
  const more = differences.length - shown.length;
  if (more > 0) shown.push(`and ${more} more`);
  return new UserError(
    `The backup is not proven: restored, it differs from the database. ${shown.join('; ')}.`,
    ['Take the backup again, with another pg_dump (--pg-dump PATH) if it happens twice.'],
  );
}

function inWords(sandbox: Sandbox, expected: Expected): string {
  const { counts, hashing } = expected;
  const tables = counts.filter((one) => one.kind === 'table');
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  const views = counts.length - tables.length;
  const sampled = hashing === null ? 0 : tables.filter((one) => isSampled(one, hashing)).length;
  return [
    `restored into PostgreSQL ${sandbox.serverVersion} (sandbox); ${many(tables.length, 'table')}`,
    `${many(rows, 'row')} equal`,
    ...(hashing === null ? ['contents not compared'] : ['contents compared by hash']),
    ...(sampled === 0
      ? []
      : [`of ${many(sampled, 'large table')} by a sample of one row in ${SAMPLE}`]),
    ...(views > 0 ? [`${many(views, 'materialised view')} rebuilt`] : []),
    'schema equal',
  ].join(', ');
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Makes the roles that the sandbox lacks, without login. `owners` is false where the sandbox's role may not. */
async function lendRoles(
  sandbox: Sandbox,
  roles: readonly NamedRole[],
): Promise<{ owners: boolean; takeBack(): Promise<void> }> {
  const asAdmin = <T>(run: (client: pg.Client) => Promise<T>): Promise<T> =>
    withConnection(sandbox.adminUrl, { purpose: 'proof' }, ({ client }) => run(client));
  const lent: string[] = [];
  const owners = await asAdmin(async (client) => {
    const { rows } = await client.query<{ super: string }>(
      'SELECT rolsuper AS super FROM pg_catalog.pg_roles WHERE rolname = current_user',
    );
    if (rows[0]?.super !== 't') return false;
    const known = await client.query<{ rolname: string }>(
      'SELECT rolname FROM pg_catalog.pg_roles',
    );
    const there = new Set(known.rows.map((row) => row.rolname));
    for (const { name, superuser } of roles.filter((one) => !there.has(one.name))) {
      const rights = superuser ? 'SUPERUSER NOLOGIN' : 'NOLOGIN';
      // Another proof in the same sandbox may be quicker; then it is there just the same.
      const made = await client
        .query(`CREATE ROLE ${quoteIdent(name)} ${rights}`)
        .catch(() => null);
      if (made) lent.push(name);
    }
    return true;
  });
  return {
    owners,
    async takeBack() {
      if (lent.length === 0) return;
      await asAdmin(async (client) => {
        for (const name of lent) {
          // Still needed by another proof: that one did not make it, so it stays until the sandbox ends.
          await client.query(`DROP ROLE IF EXISTS ${quoteIdent(name)}`).catch(() => {});
        }
      }).catch(() => {});
    },
  };
}
