import { expect, test } from 'vitest';
import { type Drill, drills } from '../../src/drill/drills.js';
import { inTurn } from '../../src/drill/from/drill.js';
import { drizzleFiles, sceneIn } from '../drill/from-support.js';
import { deepTest } from '../support/deep-test.js';
import { playInLines } from './play-lines.js';
import { playOnScreen } from './play-screen.js';
import type { Play } from './plays.js';
import type { Terminal } from './support.js';
import { lightWorld, type World } from './world.js';

const byHand = (of: string): Play => ({ title: 'Apply by hand', of });
const finish = (of: string): Play => ({ title: 'Finish a half-run migration', of });
const backfill = (of: string, answer: string): Play => ({
  ...{ title: 'Backfill a NOT NULL column', of, answer },
});
const firstOfSchool = '(SELECT min(id) FROM users u WHERE u.school_id = media.school_id)';
const registrar = "(SELECT id FROM users WHERE email = 'registrar@academy.example')";
const unmark = (of: string): Play => ({ title: 'Mark unapplied', of });

/** The way of a good run, for each drill. */
const ways: Readonly<Record<string, readonly Play[]>> = {
  'journal-gap': [{ title: 'Reconcile the journal' }],
  'push-then-migrate': [{ title: 'Baseline' }],
  'not-null-without-backfill': [backfill('0005_v0_6_0', firstOfSchool)],
  'media-without-owner': [backfill('20251112_215652_v0_6_0', registrar)],
  'falsely-applied': [
    finish('0017_add_machine_id'),
    unmark('0021_storage_metrics'),
    byHand('0021_storage_metrics'),
  ],
  'swallowed-error': [
    finish('017_add_machine_id'),
    unmark('021_create_storage_metrics'),
    byHand('021_create_storage_metrics'),
  ],
  'already-exists': [{ title: 'Baseline' }, finish('0009_flexible_')],
  'bad-release': [
    {
      ...{ title: 'Roll back', of: '0003_coupons' },
      choose: { question: 'And the migration in the project?', choice: 'remove' },
    },
  ],
  'out-of-order': [{ title: 'Reconcile the journal' }],
  'snapshot-collision': [{ title: 'Chain the snapshots' }, byHand('0003_seats')],
  'pulled-baseline': [{ title: 'Baseline' }, byHand('0001_reminders')],
  'dirty-version': [
    { title: 'Clear a failed migration', of: '000004_fares' },
    byHand('000004_fares'),
  ],
  'history-lost': [{ title: 'Baseline' }, byHand('0003_due_dates')],
  'duplicate-accounts': [
    { title: 'Merge accounts with one address' },
    byHand('0002_one_account_per_address'),
  ],
  'enum-too-early': [byHand('0002_resting_contracts')],
  'blocked-alter': [{ title: 'End the weekly report' }, byHand('0002_insurance')],
  'two-operators': [finish('0001_payouts')],
  'lost-commit': [byHand('0002_birthday_bonus')],
};

test('there is a way for each drill', () => {
  expect(Object.keys(ways).toSorted()).toEqual(drills.map(({ name }) => name).toSorted());
});

const faces = [
  { how: 'by keys', args: [], size: {}, play: playOnScreen },
  // So wide that no question is broken before its sign.
  { how: 'by prompts', args: ['--plain'], size: { columns: 200, rows: 40 }, play: playInLines },
] as const;

/** Always played; the same drill by keys is in screen.test.ts. */
const always = 'journal-gap by prompts';

for (const { name, goodRun } of drills) {
  for (const { how, args, size, play } of faces) {
    const one = `${name} ${how}` === always ? test : deepTest;
    one(`${name} ${how}, from its page to "Solved."`, async () => {
      const world = await lightWorld();
      const shell = world.pgmedic(['drill', name, ...args], size);
      await play(shell, ways[name] ?? []);
      await expectSolved(world, shell, goodRun);
    });
  }
}

deepTest('one of a team’s own migrations by keys, while their database is elsewhere', async () => {
  const { dir, scene } = await sceneIn(drizzleFiles());
  const seed = Array.from({ length: 200 }, (_, at) => at).find((at) =>
    inTurn(scene, at)[0]?.happened.startsWith('Of 0003_states the first 2'),
  );
  const world = await lightWorld();
  const env = { DATABASE_URL: 'postgresql://app@127.0.0.1:1/shop' };
  const shell = world.pgmedic(['drill', '--from', dir, '--seed', String(seed)], { env });
  await playOnScreen(shell, [finish('0003_states')]);
  await expectSolved(world, shell, { playbooks: ['finish-partial'], writes: 1 });
  const said = shell.transcript().replaceAll(/\s+/g, ' ');
  expect(said).toContain('What had happened: Of 0003_states the first 2 of 3 statements');
});

async function expectSolved(
  world: World,
  shell: Terminal,
  { playbooks }: Drill['goodRun'],
): Promise<void> {
  await shell.expectExit(0);
  const said = shell.transcript().replaceAll(/\n {2,}/g, ' ');
  expect(said).toContain('\nSolved.\n');
  expect(said).toContain('with 1 of ');
  expect(said.replaceAll(/\s+/g, ' ')).toContain(`A good run: ${playbooks.join(', then ')};`);
  expect(said).not.toMatch(/A good run does without|more than a good run|fewer than a good run/);
  expect(said).toContain('The backup was proven before the first write.');
  await world.expectNothingLeft();
}
