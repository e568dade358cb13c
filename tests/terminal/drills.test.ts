import { expect, test } from 'vitest';
import { type Drill, drills } from '../../src/drill/drills.js';
import { inTurn } from '../../src/drill/from/drill.js';
import { drizzleFiles, sceneIn } from '../drill/from-support.js';
import { deepTest } from '../support/deep-test.js';
import type { Terminal } from './support.js';
import { lightWorld, type World } from './world.js';

/** A playbook to play by keys: its title, the migration to choose for it (its name may be cut in the middle: how it begins), and what its questions are answered that suggest nothing. */
interface Play {
  readonly title: string;
  readonly of?: string;
  readonly answer?: string;
  /** Keys for a question with choices where it is not the suggested one. */
  readonly choose?: { readonly question: string; readonly keys: readonly string[] };
}

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
      choose: { question: 'And the migration in the project?', keys: ['Down'] },
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

for (const { name, goodRun } of drills) {
  deepTest(`${name} by keys, from its page to "Solved."`, async () => {
    const world = await lightWorld();
    await playDrill(world, world.pgmedic(['drill', name]), { goodRun, way: ways[name] ?? [] });
  });
}

deepTest('one of a team’s own migrations by keys, while their database is elsewhere', async () => {
  const { dir, scene } = await sceneIn(drizzleFiles());
  const seed = Array.from({ length: 200 }, (_, at) => at).find((at) =>
    inTurn(scene, at)[0]?.happened.startsWith('Of 0003_states the first 2'),
  );
  const world = await lightWorld();
  const env = { DATABASE_URL: 'postgresql://app@127.0.0.1:1/shop' };
  const shell = world.pgmedic(['drill', '--from', dir, '--seed', String(seed)], { env });
  const goodRun = { playbooks: ['finish-partial'], writes: 1 };
  await playDrill(world, shell, { goodRun, way: [finish('0003_states')] });
  const said = shell.transcript().replaceAll(/\s+/g, ' ');
  expect(said).toContain('What had happened: Of 0003_states the first 2 of 3 statements');
});

async function playDrill(
  world: World,
  shell: Terminal,
  { goodRun, way }: { readonly goodRun: Drill['goodRun']; readonly way: readonly Play[] },
): Promise<void> {
  await shell.expectText('Goal: ');
  await shell.sendKeys('h');
  await shell.expectText('Hint 1 of ');
  await shell.sendKeys('Enter');
  for (const play of way) await playThrough(shell, play);
  await shell.sendKeys('q');
  await shell.expectExit(0);
  const said = shell.transcript().replaceAll(/\n {2,}/g, ' ');
  expect(said).toContain('\nSolved.\n');
  expect(said).toContain('with 1 of ');
  expect(said.replaceAll(/\s+/g, ' ')).toContain(
    `A good run: ${goodRun.playbooks.join(', then ')};`,
  );
  expect(said).not.toMatch(/A good run does without|more than a good run|fewer than a good run/);
  expect(said).toContain('The backup was proven before the first write.');
  await world.expectNothingLeft();
}

/** From the board to its end, and back to the board. */
async function playThrough(shell: Terminal, play: Play): Promise<void> {
  if (shell.screen().includes('enter board')) await shell.pressUntil('Enter', /migration +file/);
  await shell.waitFor(
    () => /migration +file/.test(shell.screen()) && !/Looking at the schema/.test(shell.screen()),
    'the board with its evidence',
  );
  if (play.of !== undefined) {
    await shell.sendKeys('Home');
    await shell.expectText(/migration +file.*\n▸/);
    await walkTo(shell, 'Down', `▸  ${play.of}`);
    await shell.sendKeys('Space');
    await shell.expectText(`▸■ ${play.of}`);
  }
  await shell.sendKeys('p');
  await shell.expectText(/▸ .*\n/);
  await walkTo(shell, 'Down', `▸ ${play.title}`);
  await shell.sendKeys('Enter');
  // The clock alone changes the screen once a second.
  for (let tries = 0; tries < 120; tries += 1) {
    const before = shell.screen();
    if (before.includes('enter board')) return;
    await answer(shell, before, play);
  }
  throw new Error(`${play.title} does not end. The screen:\n${shell.screen()}`);
}

/** One key after another until the window shows it. */
async function walkTo(shell: Terminal, key: string, text: string): Promise<void> {
  for (let tries = 0; !shell.screen().includes(text); tries += 1) {
    if (tries > 40) throw new Error(`No ${text} on the screen:\n${shell.screen()}`);
    // The clock changes the screen, too.
    const cursor = (): string | undefined => /^ ?▸.*$/m.exec(shell.screen())?.[0];
    const before = cursor();
    await shell.sendKeys(key);
    await shell.waitFor(() => cursor() !== before, `the cursor to move with ${key}`);
  }
}

const word = /Type (?:the database's name, )?(\S+), then Enter/;

/** What the screen asks for now. */
async function answer(shell: Terminal, screen: string, play: Play): Promise<void> {
  const changed = (): Promise<void> =>
    shell.waitFor(() => shell.screen() !== screen, 'the screen to go on');
  const step = /Step \d+ of \d+/.exec(screen)?.[0];
  const typed = word.exec(screen.replaceAll(/\s+/g, ' '))?.[1];
  if (step !== undefined && typed !== undefined) {
    await shell.typeWord(typed);
    await shell.sendKeys('Enter');
    await shell.waitFor(() => !shell.screen().includes(step), `${step} to end`);
  } else if (step !== undefined && screen.includes('Press y')) {
    await shell.sendKeys('y');
    await changed();
  } else if (step !== undefined && screen.includes('enter go on')) {
    await shell.sendKeys('Enter');
    await shell.waitFor(() => !shell.screen().includes(`${step} `), `${step} to end`);
  } else if (/question \d+ of \d+/.test(screen)) {
    const chosen = play.choose !== undefined && screen.includes(play.choose.question);
    if (chosen) await shell.sendKeys(...(play.choose?.keys ?? []));
    else if (play.answer !== undefined && /▸ ▏\n(?![^]*May be left empty)/.test(screen)) {
      shell.paste(play.answer);
      await shell.expectText(/\S▏/);
    }
    await shell.sendKeys('Enter');
    await changed();
  } else if (screen.includes('Plan: ')) {
    await shell.sendKeys('Enter');
    await changed();
  } else {
    await changed();
  }
}
