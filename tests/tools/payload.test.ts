import { describe, expect, test } from 'vitest';
import { states } from '../playbooks/session.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf, type ToolProject } from '../support/tool-project.js';
import { at, base, failing, init, media, migration, release } from './payload-project.js';
import { runPayload } from './payload-run.js';
import { rollsBack, usingTool, type UsedTool } from './using-tool.js';

// Where PGMEDIC_PAYLOAD names a folder with the packages, the real one is beside it: payload-real.ts.
let project: ToolProject;
let session: UsedTool['session'];
usingTool(
  {
    column: 'name',
    table: 'payload_migrations',
    run: runPayload,
  },
  base(),
  (used) => ({ project, session } = used),
);

const reason = { reason: 'looked with psql' };
const batches = async (): Promise<unknown> =>
  (await project.sql('SELECT name, batch FROM payload_migrations ORDER BY created_at, id')).rows;
const notes = '20251001_000000_notes';
const notesFile = {
  [at(notes)]: migration('CREATE TABLE "notes" ("id" integer);', 'DROP TABLE "notes";'),
};

describe('what it does', () => {
  test('a fresh database, where the first file makes the history; then nothing is found', async () => {
    const { facts } = await project.agree(true);
    expect(facts.tool).toBe('payload');
    expect(facts.folder.migrations.map(({ id }) => id)).toEqual([init, media]);
    const healthy = await project.agree(true);
    expect(healthy.findings.flatMap((f) => [f.title, ...f.evidence])).toEqual([]);
    expect(healthy.board.map(({ history, schema }) => [history, schema])).toEqual([
      ['recorded', 'present'],
      ['recorded', 'present'],
    ]);
  });

  test('a late one runs; a file that is gone stops nothing; one that fails stops the rest', async () => {
    await project.put(notesFile);
    await project.run();
    await project.put({
      [at('20250901_000000_late')]: migration('CREATE TABLE "late" ("id" integer);'),
      [at(notes)]: null,
    });
    const late = await project.agree(true);
    expect(late.nextRun.runs).toEqual(['20250901_000000_late']);
    expect(late.board.find(({ id }) => id === notes)?.file).toBe('missing');
    await project.put({
      [at('20251101_000000_first')]: migration('CREATE TABLE "first" ("id" integer);'),
      [at('20251102_000000_wrong')]: migration(
        'CREATE TABLE "lost" ("id" integer);\n  ALTER TABLE "nowhere" ADD COLUMN "a" integer;',
      ),
      [at('20251103_000000_never')]: migration('CREATE TABLE "never" ("id" integer);'),
    });
    const failed = await project.agree(true);
    expect(failed.nextRun.fails).toMatchObject({ migration: '20251102_000000_wrong' });
    expect(failed.findings.find(({ code }) => code === 'will-fail-absent')?.evidence[0]).toContain(
      '20251102_000000_wrong.ts:6',
    );
    const { rows } = await project.sql(
      `SELECT to_regclass('first') AS a, to_regclass('lost') AS b`,
    );
    expect(rows).toEqual([{ a: 'first', b: null }]);
  });

  test('more than SQL is a program: unknown, said why, and only Payload runs it', async () => {
    await project.run();
    const code = migration('CREATE TABLE "seeds" ("id" integer);').replace(
      '\n}\n',
      '\n  for (const _ of []) await payload.create({})\n}\n',
    );
    await project.put({ [at(notes)]: code });
    const { board, evidence, nextRun } = await project.agree(true);
    expect(nextRun).toEqual({ runs: [notes], skips: [], fails: null });
    expect(board.at(-1)?.schema).toBe('unknown');
    expect(evidence?.migrations.get(notes)?.why).toContain('line 6: more than await db.execute');
    const { findings } = await project.agree(true);
    expect(findings).toEqual([]);
    await project.sql(`DELETE FROM payload_migrations WHERE name = '${notes}'`);
    const { plan, end } = await session.play('apply-manually', { migrations: [notes] });
    expect(plan).toBeNull();
    expect(JSON.stringify(end)).toMatch(/npx payload migrate.*Never migrate:fresh/);
  });

  deepTest('recorded, and nothing of it is there', async () => {
    await project.run();
    await project.put(notesFile);
    await project.sql(`INSERT INTO payload_migrations (name, batch) VALUES ('${notes}', 2)`);
    const diagnosis = await project.agree(true);
    expect(codesOf(diagnosis)).toContain('recorded-absent');
    expect(diagnosis.nextRun.runs).toEqual([]);
  });
});

deepTest(
  'a pushed schema: the row is told, taken out, and what is there is recorded as a batch',
  async () => {
    await project.run();
    await project.sql(`DELETE FROM payload_migrations;
    INSERT INTO payload_migrations (name, batch) VALUES ('dev', -1)`);
    const { nextRun, findings } = await project.agree(true);
    expect(nextRun).toMatchObject({ runs: [], fails: { migration: null } });
    const pushed = findings.filter(({ code }) => code === 'dev-push-row');
    expect(pushed).toMatchObject([
      { severity: 'error', playbooks: ['mark-unapplied', 'baseline'] },
    ]);
    expect(pushed[0]?.evidence.join('\n')).toMatch(/fresh drops the whole database/);
    expect(findings.some(({ code }) => code === 'history-row-unknown')).toBe(false);
    const taken = await session.play('mark-unapplied', { migrations: ['dev'], answers: reason });
    expect(states(taken)).toMatchObject({ 'mark:dev': 'done' });
    const recorded = await session.play('baseline');
    expect(states(recorded)).toMatchObject({ record: 'done', agree: 'done' });
    expect(await batches()).toEqual([
      { name: init, batch: '1' },
      { name: media, batch: '1' },
    ]);
    expect((await project.agree()).nextRun.runs).toEqual([]);
    expect(codesOf(await project.look())).toEqual([]);
  },
);

deepTest('incident 000, a media row and no admin: told before it fails, and repaired', async () => {
  await project.run();
  await project.sql(`INSERT INTO users (email) VALUES ('a@example.com');
    INSERT INTO media (filename) VALUES ('a.png')`);
  await project.put(failing);
  const broken = await project.agree(true);
  const found = broken.findings.find(({ code }) => code === 'will-fail-not-null');
  expect(found).toMatchObject({ migrations: [release], playbooks: ['backfill-not-null'] });
  expect(found?.evidence[0]).toContain(`src/migrations/${release}.ts:10`);
  const rule = '(SELECT id FROM users ORDER BY id LIMIT 1)';
  const repaired = await session.play('backfill-not-null', {
    migrations: [release],
    answers: { rule },
  });
  expect(states(repaired)).toMatchObject({ [`backfill:${release}`]: 'done', agree: 'done' });
  expect(codesOf(await project.agree(true))).toEqual([]);
  expect(await batches()).toEqual([
    { name: init, batch: '1' },
    { name: media, batch: '1' },
    { name: release, batch: '2' },
  ]);
  const { rows } = await project.sql('SELECT created_by_id FROM media');
  expect(rows).toEqual([{ created_by_id: 1 }]);
});

deepTest(
  'incident 000, no users at all: a rule has nothing to give, and the rows go by choice',
  async () => {
    await project.run();
    await project.sql(`INSERT INTO media (filename) VALUES ('a.png')`);
    await project.put(failing);
    expect(codesOf(await project.agree(true))).toContain('will-fail-not-null');
    const rule = '(SELECT id FROM users ORDER BY id LIMIT 1)';
    const wish = { migrations: [release], answers: { rule } };
    const stopped = await session.play('backfill-not-null', wish);
    expect(states(stopped)[`backfill:${release}`]).not.toBe('done');
    const deleted = await session.play('backfill-not-null', {
      migrations: [release],
      answers: { rule, 'no-value': 'delete' },
      targetName: new URL(project.url).pathname.slice(1),
    });
    expect(states(deleted)).toMatchObject({ [`backfill:${release}`]: 'done', agree: 'done' });
    expect(codesOf(await project.agree(true))).toEqual([]);
  },
);

deepTest('applied by hand, marked and unmarked, rolled back by its down; it agrees', async () => {
  await project.run();
  await project.put(notesFile);
  const applied = await session.play('apply-manually', { migrations: [notes] });
  expect(states(applied)).toMatchObject({ [`apply:${notes}`]: 'done', agree: 'done' });
  expect(codesOf(await project.agree(true))).toEqual([]);
  await session.play('mark-unapplied', { migrations: [notes], answers: reason });
  expect(await session.undo(`mark:${notes}`)).toMatchObject({ state: 'done' });
  await rollsBack({ project, session }, notes);
});

deepTest('ids that are UUIDs: marked applied, and taken back', async () => {
  await project.put(base('uuid DEFAULT gen_random_uuid()'));
  const made = migration('');
  await project.put({ [at(notes)]: made });
  for (const id of [init, media]) await session.play('apply-manually', { migrations: [id] });
  await session.play('mark-applied', { migrations: [notes], answers: reason });
  expect(await project.names()).toContain(notes);
  expect(await session.undo(`mark:${notes}`)).toMatchObject({ state: 'done' });
  expect(await project.names()).toEqual([init, media]);
});
