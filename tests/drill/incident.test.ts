import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import type { NamedRow } from '../../src/core/facts.js';
import { drillOfIncident } from '../../src/drill/incident/drill.js';
import { bareRow } from '../../src/drill/incident/export.js';
import { readRecorded } from '../../src/drill/incident/recorded.js';
import { startDrillOf } from './from-support.js';
import { operatorOf } from './recover.js';
import { onDatabase, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

/** In every column that takes a text, and nowhere else. */
const canary = 'canary-7f3a';

const refusalOf = async (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => 'not refused',
    (error: unknown) =>
      error instanceof UserError
        ? [error.message, ...error.next].join('\n')
        : Promise.reject(error),
  );

deepTest(
  'a finished incident is a drill with the same findings, and no row of it goes along',
  async () => {
    const drill = await start('out-of-order');
    await onDatabase(drill, async (client) => {
      const { rows } = await client.query<{ sql: string }>(
        `SELECT format('UPDATE %s SET %I = %I || %L', attrelid::regclass, attname, attname, '${canary}') AS sql
       FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
       WHERE c.relkind = 'r' AND relnamespace = 'public'::regnamespace AND atttypid = 'text'::regtype`,
      );
      expect(rows.length).toBeGreaterThan(1);
      for (const { sql } of rows) await client.query(sql);
    });
    const operator = await operatorOf(drill);
    const before = await operator.diagnose();
    expect(await refusalOf(operator.asDrill())).toContain('it is not finished');
    // It edits the journal, too: in the drill that is as it was.
    const way = { answers: { apply: 'yes' } };
    await operator.play('reconcile-journal', way);
    const recorded = await operator.asDrill();

    const text = JSON.stringify(recorded);
    expect(text).not.toContain(canary);
    const url = new URL(drill.databaseUrl);
    for (const secret of [url.password, url.host, drill.dir]) expect(text).not.toContain(secret);
    expect(recorded.goodRun.playbooks).toEqual(['reconcile-journal']);

    const file = join(drill.dir, '..', 'incident.json');
    await writeFile(file, text);
    const again = drillOfIncident(await readRecorded(file));
    const running = await startDrillOf(again);
    expect((await running.judge()).solved).toBe(false);
    const other = await operatorOf(running);
    const found = await other.diagnose();
    const codes = ({ findings }: typeof found): string[] =>
      [...new Set(findings.map(({ code }) => code))]
        .filter((code) => code !== 'blocked')
        .toSorted();
    expect(codes(found)).toEqual(codes(before));
    expect(found.nextRun).toEqual(before.nextRun);
    await other.play('reconcile-journal', way);
    expect(await running.judge()).toEqual({ solved: true, facts: expect.anything() });
  },
);

test('of a history row stays what the tool goes by, and no text that it has noted', () => {
  const said = `Key (email)=(${canary}) already exists.`;
  const row: NamedRow = {
    id: 'f9a3b0c2-0000-4000-8000-0123456789ab',
    name: '20250101000000_users',
    columns: {
      checksum: 'ab'.repeat(32),
      finished_at: null,
      logs: said,
      started_at: '2025-01-01 00:00:00.1+00',
      applied_steps_count: '0',
    },
    state: 'failed',
    checksum: 'ab'.repeat(32),
    said,
  };
  const { said: _, ...rest } = row;
  expect(bareRow(row)).toEqual({ ...rest, columns: { ...row.columns, logs: '(left out)' } });
  expect(bareRow({ id: '1', hash: canary, stamp: '1' })).toMatchObject({ hash: '(left out)' });
});
