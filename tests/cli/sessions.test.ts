import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { incidentOf } from '../../src/core/report/incident.js';
import type { State } from '../../src/core/session/state.js';
import { currentRun } from '../../src/core/session/state.js';
import { readRunLog } from '../../src/files/run-log.js';
import { settled } from '../../src/runtime/drive.js';
import { openGround } from '../../src/runtime/ground.js';
import { openSession, type OpenSession } from '../../src/runtime/open-session.js';
import { sessionPlace } from '../../src/runtime/session-record.js';
import { entriesOf, base, openShop, type Shop, sqlFiles } from '../playbooks/shop.js';
import { sandboxServer } from '../support/server.js';
import { plan as contract } from './contract.js';
import { at, json, makeHome, type Home } from './program.js';
import { deepTest } from '../support/deep-test.js';

// Seen to fail: an undo whose step has a digest of its own; a resume that writes nothing down; an
// undo that is written into the log of the session that does it.

let home: Home;
let shop: Shop;
beforeAll(async () => {
  home = makeHome();
  shop = await openShop();
});
beforeEach(() => shop.reset());
afterAll(async () => {
  await shop.close();
  await home.remove();
});

const notes = { '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);' };

/** A plan of the real program, with all its steps confirmed. */
async function confirmed(playbook: string): Promise<string[]> {
  const path = join(home.path, 'plan.json');
  await home.run(['plan', playbook, '0002_notes', '--out', path, ...at(shop)]);
  const { steps } = contract.parse(JSON.parse(await readFile(path, 'utf8')));
  const confirms = steps
    .filter(({ kind }) => kind === 'write')
    .flatMap(({ id, digest }) => ['--confirm', `${id}:${digest}`]);
  return ['apply', path, ...at(shop), ...confirms];
}

interface Guided extends OpenSession {
  /** What the run log of a session has, as it stands on the disk. */
  logOf(id: string): ReturnType<typeof readRunLog>;
}

/** The guided session over the shop, whose state folder is that of the program's runs. */
async function guided(): Promise<Guided> {
  const environment = { XDG_STATE_HOME: home.state };
  const { dir, url: databaseUrl } = shop;
  const options = { dir, databaseUrl, sandboxUrl: sandboxServer().adminUrl };
  const ground = await openGround(options, environment);
  const session = openSession({ openGround: () => Promise.resolve(ground), environment });
  const places = await ground.places();
  onTestFinished(async () => {
    session.handle.dispatch({ type: 'leave' });
    await session.handle.ended;
    await session.close();
  });
  await settled(session.handle);
  return { ...session, logOf: (id) => readRunLog(sessionPlace(places, id).logPath) };
}

/** Waits until it has come to this scene, and all that the scene asks for is there. */
function reached({ handle }: OpenSession, name: State['scene']['name']): Promise<State> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const state = handle.getState();
      const { scene } = state;
      if (scene.name === 'cannot-look') reject(new Error(scene.message));
      if (scene.name !== name || Object.values(scene).includes(null)) return;
      stop();
      resolve(state);
    };
    const stop = handle.subscribe(look);
    look();
  });
}

/** Opens the session of the program's last run, which is listed first. */
async function openFirst(session: OpenSession) {
  const { handle } = session;
  handle.dispatch({ type: 'show-sessions' });
  await reached(session, 'sessions');
  handle.dispatch({ type: 'enter', at: handle.now() });
  const { scene } = await reached(session, 'session');
  if (scene.name !== 'session' || scene.details === null) throw new Error('it is not there');
  return scene.details;
}

test('a step that was killed is resumed from the board: told, written down, and done once at the most', async () => {
  await shop.put(sqlFiles(notes));
  await shop.list(entriesOf([...Object.keys(base), ...Object.keys(notes)]));
  const args = await confirmed('apply-manually');
  await shop.client.query('BEGIN; LOCK TABLE drizzle.__drizzle_migrations IN ROW EXCLUSIVE MODE');
  const running = home.start(args);
  await running.said(/waits for/);
  running.child.kill('SIGKILL');
  await running.ended;
  await shop.client.query('ROLLBACK');
  const before = await shop.database();

  const session = await guided();
  const { handle } = session;
  const [killed] = handle.getState().unfinished;
  expect(killed).toMatchObject({ standing: 'unfinished', open: ['apply:0002_notes'] });
  const { summary, undo } = await openFirst(session);
  expect(summary).toEqual(killed);
  expect(undo).toMatchObject({ why: expect.stringContaining('is not known') as string });

  handle.dispatch({ type: 'resume-session', at: handle.now() });
  const { scene } = await reached(session, 'resume');
  expect(scene).toMatchObject({
    resumed: {
      steps: [
        { step: 'apply:0002_notes', state: 'not done', why: 'COMMIT had not been sent' },
        { step: 'agree', state: 'not done' },
      ],
    },
  });
  expect(await shop.database()).toBe(before);
  const { records } = await session.logOf(killed!.session);
  expect(records.slice(-2)).toMatchObject([
    { type: 'resolved', step: 'apply:0002_notes', state: { state: 'not done' } },
    { type: 'session-ended' },
  ]);

  handle.dispatch({ type: 'enter', at: handle.now() });
  await reached(session, 'board');
  await expect.poll(() => handle.getState().unfinished).toEqual([]);
  expect(await openFirst(session)).toMatchObject({
    summary: { standing: 'over', result: expect.stringContaining('not verified') as string },
    undo: { why: expect.stringContaining('was not done') as string },
  });
});

deepTest(
  'what an earlier session wrote is taken back from the board, with the digest of `pgmedic undo`',
  async () => {
    await shop.put(sqlFiles(notes));
    await shop.list(entriesOf([...Object.keys(base), ...Object.keys(notes)]));
    await shop.client.query(Object.values(notes).join(''));
    const rows = await shop.rows();
    expect(await home.run(await confirmed('mark-applied'))).toMatchObject({ code: 0 });
    expect(await shop.rows()).toHaveLength(rows.length + 1);
    const shown = await home.run(['undo', '--json', ...at(shop)]);
    const { digest } = json(shown) as { digest: string };

    const session = await guided();
    const { handle } = session;
    const { summary } = await openFirst(session);
    handle.dispatch({ type: 'undo-session' });
    const { scene } = await reached(session, 'plan');
    if (scene.name !== 'plan') throw new Error('there is no plan');
    const step = scene.plan.steps[0]!;
    expect(step).toMatchObject({ id: 'undo:mark:0002_notes', digest, risk: 'reversible' });
    handle.dispatch({ type: 'enter', at: handle.now() });
    await reached(session, 'step');
    const yes = { type: 'confirm', step: step.id, digest, typed: null, by: 'prompt' } as const;
    handle.dispatch({ ...yes, at: handle.now() });
    const ended = await reached(session, 'ended');
    expect(currentRun(ended)).toMatchObject({
      outcomes: [{ state: 'done' }],
      verdict: { agrees: true, words: expect.stringContaining('Taken back. Next run') as string },
    });
    expect(await shop.rows()).toEqual(rows);

    // The log of the session that was taken back has it all; that of this one a word of it.
    const types = async (id: string) => (await session.logOf(id)).records.map(({ type }) => type);
    expect((await types(summary.session)).slice(-5)).toEqual([
      ...['backup-proven', 'undo-intent', 'xid', 'undo-outcome', 'diagnosed'],
    ]);
    expect(await types(session.id)).toContain('took-back');
    expect(await types(session.id)).not.toContain('undo-intent');
    expect(await types(session.id)).not.toContain('plan');
    const { records } = await session.logOf(summary.session);
    expect(incidentOf(summary.session, records).result).toMatch(
      /^taken back afterwards: mark:0002/,
    );

    // Once.
    handle.dispatch({ type: 'enter', at: handle.now() });
    await reached(session, 'board');
    await settled(handle);
    expect((await openFirst(session)).undo).toMatchObject({
      why: expect.stringContaining('taken back already') as string,
    });
  },
);
