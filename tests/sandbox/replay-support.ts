import pg from 'pg';
import type { Replay } from '../../src/core/replay.js';
import { loadParser } from '../../src/postgres/parse.js';
import { makeDatabase, removeDatabase } from '../../src/sandbox/databases.js';
import { replay, type ReplayInput } from '../../src/sandbox/replay/replay.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { chunks } from '../../src/tools/drizzle/chunks.js';
import { testServer } from '../support/server.js';
import { randomBytes } from 'node:crypto';

/** The run's server as a sandbox. */
export function sharedSandbox(): Sandbox {
  const { adminUrl } = testServer();
  return {
    serverVersion: '18.4',
    adminUrl,
    createDatabase: () => makeDatabase(adminUrl, `replay_${randomBytes(6).toString('hex')}`),
    dropDatabase: (url) => removeDatabase(adminUrl, new URL(url).pathname.slice(1)),
    stop: async () => {},
  };
}

export async function inputOf(
  texts: readonly string[],
  more: Partial<ReplayInput> = {},
): Promise<ReplayInput> {
  return {
    sandbox: async () => sharedSandbox(),
    migrations: texts.map((text, index) => ({ id: `m${index}`, text, chunks: chunks(text) })),
    parser: await loadParser(),
    live: null,
    leaveOut: [],
    prelude: [],
    ...more,
  };
}

export async function replayOf(
  texts: readonly string[],
  more: Partial<ReplayInput> = {},
): Promise<Replay> {
  return replay(await inputOf(texts, more));
}

/** One line a change, a statement's in one list: "set table public.t", "drop column public.t.a". */
export function changesOf({ migrations }: Replay): string[][] {
  return migrations.flatMap(({ statements }) =>
    statements.map(({ changes }) =>
      changes
        .map((one) => (one.type === 'set' ? `set ${one.object.key}` : `drop ${one.key}`))
        .sort(),
    ),
  );
}

export function errorsOf({ migrations }: Replay): string[] {
  return migrations.flatMap(({ id, statements }) =>
    statements.flatMap(({ number, error }) =>
      error === null ? [] : [`${id} ${number}: ${error.sqlstate} ${error.message}`],
    ),
  );
}

/** What stands in the end by the changes alone. */
export function endOf({ base, migrations }: Replay): Map<string, unknown> {
  const objects = new Map<string, unknown>(base.map((object) => [object.key, object]));
  for (const { statements } of migrations) {
    for (const { changes } of statements) {
      for (const change of changes) {
        if (change.type === 'drop') objects.delete(change.key);
        else objects.set(change.object.key, change.object);
      }
    }
  }
  return objects;
}

export async function withClient<T>(
  url: string,
  run: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}
