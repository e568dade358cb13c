import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { folder, migrations, settings } from '../../src/drill/swallowed-error/migrations.js';
import { recovering, states, type Recovering } from '../playbooks/session.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf, openToolProject, type ToolProject } from '../support/tool-project.js';
import { handRolled, printed } from './subjects/hand-rolled.js';
import { marksAndRollsBack } from './using-tool.js';

const files = (wanted: (name: string) => boolean = () => true): Record<string, string> => ({
  'pgmedic.config.yaml': settings,
  ...Object.fromEntries(
    Object.entries(migrations)
      .filter(([name]) => wanted(name))
      .map(([name, sql]) => [`${folder}/${name}`, sql]),
  ),
});
const machine = '017_add_machine_id';
const storage = '021_create_storage_metrics';

let project: ToolProject;
let session: Recovering;
beforeAll(async () => {
  project = await openToolProject(handRolled);
  await project.put(files());
  session = await recovering(project);
});
afterAll(async () => {
  await session.close();
  await project.close();
});
beforeEach(async () => {
  await project.reset();
});

describe('what the runner does', () => {
  const sound = (name: string): boolean => !name.startsWith('017') && !name.startsWith('021');
  beforeEach(() => project.put(files(sound)));

  test('what is there already is swallowed: said before it happens, and it happens', async () => {
    await project.run();
    await project.put(files());
    const { nextRun, findings } = await project.agree(true);
    expect(nextRun).toEqual({ runs: [machine, storage], skips: [], fails: null });
    const swallowed = findings.filter(({ title }) => title.includes('records it as applied'));
    expect(swallowed.map(({ code, migrations: of }) => [code, of])).toEqual([
      ['will-fail-exists', [machine]],
      ['records-itself', [storage]],
    ]);
    expect(printed).toEqual([
      expect.stringMatching(/^completed with warnings: 017.*already exists/),
      expect.stringMatching(/^completed with warnings: 021.*duplicate key/),
    ]);
  });

  deepTest(
    'marked, unmarked, and rolled back by its down file: the runner agrees each time',
    async () => {
      await project.run();
      const id = '022_add_subsystem_to_logs';
      const reason = { reason: 'for the test' };
      const rows = async (): Promise<unknown> =>
        (await project.sql('SELECT version, applied_at::text FROM schema_migrations ORDER BY 1'))
          .rows;
      const before = await rows();
      await session.play('mark-unapplied', { migrations: [id], answers: reason });
      expect(await project.names()).not.toContain(`${id}.up.sql`);
      expect(await session.undo(`mark:${id}`)).toMatchObject({ state: 'done' });
      expect(await rows()).toEqual(before);
      await marksAndRollsBack({ project, session }, id);
    },
  );
});

// In tests/drill the same way is gone by default.
deepTest('incident 002: found whole, repaired, and the evidence is clean', async () => {
  await project.put(files());
  await project.run();
  expect(await project.names()).toHaveLength(6);

  const broken = await project.agree(true);
  expect(broken.nextRun).toEqual({ runs: [], skips: [], fails: null });
  const absent = broken.findings.filter(({ code }) => code === 'recorded-absent');
  expect(absent.map(({ migrations: of, playbooks }) => [of, playbooks])).toEqual([
    [[machine], ['finish-partial']],
    [[storage], ['mark-unapplied']],
  ]);
  expect(broken.board.filter(({ schema }) => schema !== 'present').map(({ id }) => id)).toEqual([
    machine,
    storage,
  ]);

  const finished = await session.play('finish-partial', { migrations: [machine] });
  expect(Object.values(states(finished))).not.toContain('failed');
  await session.play('mark-unapplied', { migrations: [storage] });
  // The server must not start now: it would swallow the error again, and pgmedic says so.
  const between = await project.look();
  expect(between.findings.map(({ code }) => code)).toContain('records-itself');
  const applied = await session.play('apply-manually', { migrations: [storage] });
  expect(states(applied)).toMatchObject({ [`apply:${storage}`]: 'done', agree: 'done' });
  expect(JSON.stringify(applied.plan)).toContain('with which the file records itself');

  const whole = await project.agree(true);
  expect(codesOf(whole)).toEqual([]);
  expect(whole.board.map(({ history, schema }) => [history, schema])).toEqual(
    whole.board.map(() => ['recorded', 'present']),
  );
});
