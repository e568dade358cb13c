import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { relayTo } from '../postgres/relay.js';
import { startServer } from '../support/server.js';
import { findPgBouncer, poolModes, startPgBouncer } from './pooler.js';
import { database, databasesOf, filesIn, folder, sql, taking } from './support.js';

const program = findPgBouncer();

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.stop());

/** Where no PgBouncer is, a relay does what tells a pooler: another process id at the start. */
async function through(url: string, mode: (typeof poolModes)[number]): Promise<string> {
  if (program === null) return (await relayTo(url, { keyDataPid: 1 })).url;
  const pooler = await startPgBouncer(program, url, mode);
  onTestFinished(() => pooler.stop());
  return pooler.url;
}

test.each(poolModes)(
  `a backup through ${program === null ? 'a relay in the place of' : ''} PgBouncer in %s mode is refused, and the direct URL offered`,
  async (mode) => {
    const url = await database('CREATE TABLE t AS SELECT 1 AS one');
    const pooled = await through(url, mode);
    const dir = await folder();
    const before = await databasesOf(sandbox);
    const direct = 'postgresql://app@db-7:5432/shop (DIRECT_URL in .env)';
    const error = await taking({ url: pooled, directUrl: direct, sandbox, folder: dir }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('pooler') as string,
    });
    expect((error as { next: string[] }).next.join('\n')).toContain(direct);
    expect(await filesIn(dir)).toEqual([]);
    expect(await databasesOf(sandbox)).toEqual(before);
    // Nothing of ours is left on the server, and no setting of a session is left in the pool.
    expect(await sql(url, 'SELECT count(*) FROM t')).toEqual([{ count: '1' }]);
    if (mode === 'statement') return;
    const path = await sql(pooled, `SELECT current_setting('search_path') AS path`);
    expect(path[0]?.['path']).toContain('public');
  },
);
