import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seeded } from '../../src/drill/journal-gap/data.js';
import { defaultHistoryTable, runMigrator } from '../../src/drill/migrator.js';
import type { RunningDrill } from '../../src/drill/run.js';
import {
  agrees,
  editJournal,
  entriesOf,
  markApplied,
  onDatabase,
  one,
  runFile,
  start,
} from './support.js';
import { deepTest } from '../support/deep-test.js';

const unlisted = ['0019_webauthn_mfa', '0020_add_icon_columns', '0021_add_dashboard_default'];
const history = 'drizzle.__drizzle_migrations';

const folderOf = (drill: RunningDrill): string => join(drill.dir, 'lib/db/migrations');

const migrate = (drill: RunningDrill): Promise<void> =>
  onDatabase(drill, (client) => runMigrator(client, folderOf(drill), defaultHistoryTable));

/** Lists the three, the first with the stamp given. */
const list = (drill: RunningDrill, first: number): Promise<void> =>
  editJournal(folderOf(drill), (entries) => {
    for (const [i, tag] of unlisted.entries()) {
      entries.push({ idx: 16 + i, version: '7', when: first + i, tag, breakpoints: true });
    }
  });

/** After the stamp of 0018. */
const safe = 1759655100000;

const rows = (drill: RunningDrill): Promise<string | null> =>
  onDatabase(drill, (client) => one(client, `SELECT count(*) FROM ${history}`));

test('is broken as the incident says: the migrator succeeds, applies nothing, and objects are absent', async () => {
  const drill = await start('journal-gap');
  const names = await readdir(folderOf(drill));
  expect(names.filter((name) => name.endsWith('.sql'))).toHaveLength(19);
  const entries = await entriesOf(folderOf(drill));
  expect(entries.map(({ idx }) => idx)).toEqual([...Array(16).keys()]);
  expect(names).toEqual(expect.arrayContaining(unlisted.map((tag) => `${tag}.sql`)));
  expect(entries.some(({ tag }) => unlisted.includes(tag))).toBe(false);
  expect(await readdir(join(folderOf(drill), 'meta'))).toEqual([
    ...entries.map(({ tag }) => `${tag.slice(0, 4)}_snapshot.json`),
    '_journal.json',
  ]);
  // Sizes as in the incident's listing.
  expect((await stat(join(folderOf(drill), '0020_add_icon_columns.sql'))).size).toBe(642);
  expect((await stat(join(folderOf(drill), '0021_add_dashboard_default.sql'))).size).toBe(734);

  await migrate(drill);
  expect(await rows(drill)).toBe('16');
  await onDatabase(drill, async (client) => {
    for (const table of ['webauthn_credentials', 'webauthn_challenges', 'account_security']) {
      expect(await one(client, `SELECT to_regclass('${table}')`)).toBeNull();
    }
    expect(
      await one(
        client,
        `SELECT count(*) FROM information_schema.columns
         WHERE column_name IN ('icon', 'icon_type', 'is_default') AND table_name <> 'color_palettes'`,
      ),
    ).toBe('0');
    for (const [table, count] of Object.entries(seeded)) {
      expect([table, await one(client, `SELECT count(*) FROM ${table}`)]).toEqual([
        table,
        String(count),
      ]);
    }
  });
});

test('is solved by entries with safe stamps and a run of the migrator', async () => {
  const drill = await start('journal-gap');
  const before = await drill.judge();
  expect(before.solved).toBe(false);
  expect(before.facts).toContainEqual(
    expect.stringContaining('The journal does not list 0019_webauthn_mfa, 0020'),
  );
  await list(drill, safe);
  const halfway = await drill.judge();
  expect(halfway.solved).toBe(false);
  expect(halfway.facts).toContain(
    `The migrator does not agree: it would run ${unlisted.join(', ')}.`,
  );
  await migrate(drill);
  const after = await drill.judge();
  expect(after).toEqual({ solved: true, facts: expect.anything() });
  // The judge left the database as it was.
  expect(await rows(drill)).toBe('19');
});

deepTest(
  'is solved by entries, the SQL by hand and the rows the migrator would write',
  async () => {
    const drill = await start('journal-gap');
    await list(drill, safe);
    await onDatabase(drill, async (client) => {
      for (const tag of unlisted) {
        await runFile(client, folderOf(drill), tag);
        await markApplied(client, history, folderOf(drill), tag);
      }
    });
    expect((await drill.judge()).solved).toBe(true);
  },
);

deepTest('is not solved by rows without the SQL', async () => {
  const drill = await start('journal-gap');
  await list(drill, safe);
  await onDatabase(drill, async (client) => {
    for (const tag of unlisted) await markApplied(client, history, folderOf(drill), tag);
  });
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContain(agrees);
  expect(facts).toContainEqual(expect.stringMatching(/^The schema is not what .* missing/));
});

deepTest('is not solved by entries with old stamps: the migrator passes them over', async () => {
  const drill = await start('journal-gap');
  const newest = (await entriesOf(folderOf(drill))).at(-1)!.when;
  await list(drill, newest - 1000);
  await migrate(drill);
  expect(await rows(drill)).toBe('16');
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContainEqual(
    expect.stringContaining('The stamp of 0019_webauthn_mfa is not above the one before it'),
  );
  expect(facts).toContainEqual(expect.stringMatching(/missing 0019_webauthn_mfa at \d+, 0020/));
});

test('is not solved when the UPDATE was left out, a sequence stays behind, or rows are lost', async () => {
  const drill = await start('journal-gap');
  await list(drill, safe);
  await migrate(drill);
  const broken = async (spoil: string, fact: RegExp, mend: string): Promise<void> => {
    await onDatabase(drill, (client) => client.query(spoil));
    const { solved, facts } = await drill.judge();
    expect(solved).toBe(false);
    expect(facts).toContainEqual(expect.stringMatching(fact));
    await onDatabase(drill, (client) => client.query(mend));
    expect((await drill.judge()).solved).toBe(true);
  };
  await broken(
    'CREATE TABLE kept AS SELECT dashboard_id FROM dashboards WHERE is_default; UPDATE dashboards SET is_default = false',
    /^The UPDATE of 0021 did not run/,
    'UPDATE dashboards d SET is_default = true FROM kept WHERE kept.dashboard_id = d.dashboard_id; DROP TABLE kept',
  );
  await broken(
    `SELECT setval('drizzle.__drizzle_migrations_id_seq', 16)`,
    /^The sequence of .* is behind/,
    `SELECT setval('drizzle.__drizzle_migrations_id_seq', 19)`,
  );
  await broken(
    'CREATE TABLE kept AS SELECT * FROM oidc_states; DELETE FROM oidc_states',
    /^Rows are lost: oidc_states had 45 rows and has 0\.$/,
    'INSERT INTO oidc_states SELECT * FROM kept; DROP TABLE kept',
  );
});

deepTest('is not solved by emptying the files', async () => {
  const drill = await start('journal-gap');
  await list(drill, safe);
  for (const tag of unlisted) await writeFile(join(folderOf(drill), `${tag}.sql`), '');
  await migrate(drill);
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContainEqual(expect.stringMatching(/^Migration files were changed.*0019/));
});
