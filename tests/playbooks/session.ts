import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CountingBackup } from '../../src/core/backup.js';
import type { Plan, StepOutcome } from '../../src/core/plan.js';
import { reportMarkdown } from '../../src/core/report/markdown.js';
import type { RunLogRecord } from '../../src/core/run-log.js';
import type { Verdict } from '../../src/core/session/state.js';
import { currentRun } from '../../src/core/session/state.js';
import { openRunLog, readRunLog } from '../../src/files/run-log.js';
import type { DriveEnd } from '../../src/runtime/drive.js';
import { drive, settled } from '../../src/runtime/drive.js';
import { openGround } from '../../src/runtime/ground.js';
import type { Ground } from '../../src/runtime/ground.js';
import { openSession } from '../../src/runtime/open-session.js';
import { runLock } from '../../src/postgres/run-lock.js';
import { type SessionPlace, sessionPlace } from '../../src/runtime/session-record.js';
import { planUndo, undoStep } from '../../src/runtime/undo.js';
import { writeGround } from '../../src/runtime/write-ground.js';
import { sandboxServer } from '../support/server.js';
import type { Shop } from './shop.js';

/** What became of one playbook. */
export interface Recovery {
  /** null when none could be made. */
  readonly plan: Plan | null;
  readonly end: DriveEnd;
  /** By step id. */
  readonly outcomes: Readonly<Record<string, StepOutcome>>;
  readonly verdict: Verdict | null;
}

export interface Wish {
  readonly migrations?: readonly string[];
  readonly answers?: Readonly<Record<string, string>>;
  /** Ids of the steps that are confirmed; all of them when not given. */
  readonly confirm?: readonly string[];
  readonly targetName?: string;
}

/** One session over a shop: its backup is proven once, as for an operator who goes on. */
export interface Recovering {
  readonly ground: Ground;
  readonly place: SessionPlace;
  play(playbook: string, wish?: Wish): Promise<Recovery>;
  /** Takes back a step of the session, confirmed as it is shown. */
  undo(step: string, proof?: CountingBackup): Promise<StepOutcome>;
  records(): Promise<readonly RunLogRecord[]>;
  report(): Promise<string>;
  close(): Promise<void>;
}

/** A session over the shop for a whole test file; its sandbox is the run's one server. */
export async function recovering(shop: Pick<Shop, 'dir' | 'url'>): Promise<Recovering> {
  const state = await realpath(await mkdtemp(join(tmpdir(), 'pgmedic-test-')));
  const environment = { XDG_STATE_HOME: state };
  const options = { dir: shop.dir, databaseUrl: shop.url, sandboxUrl: sandboxServer().adminUrl };
  const ground = await openGround(options, environment);
  const session = openSession({ openGround: async () => ground, environment });
  const { handle } = session;
  const place = sessionPlace(await ground.places(), session.id);
  let undos = 0;
  await settled(handle);

  /** The test has changed the world since the last look. */
  const lookAgain = async (): Promise<void> => {
    const { scene } = await settled(handle);
    const at = handle.now();
    if (scene.name === 'ended') handle.dispatch({ type: 'enter', at });
    else if (scene.name === 'board') handle.dispatch({ type: 'reread', at });
    else if (scene.name === 'cannot-look') throw new Error(scene.message);
    else handle.dispatch({ type: 'back', at });
    if ((await settled(handle)).scene.name !== 'board') await lookAgain();
  };

  return {
    ground,
    place,
    async play(playbook, { migrations = [], answers = {}, confirm, targetName } = {}) {
      await lookAgain();
      const runs = handle.getState().runs.length;
      const confirms = new Map<string, string>();
      let plan: Plan | null = null;
      const accept = (made: Plan): boolean => {
        plan = made;
        for (const { id, digest } of made.steps) {
          if (confirm === undefined || confirm.includes(id)) confirms.set(id, digest);
        }
        return true;
      };
      const script = { playbook, migrations, answers, accept, confirms };
      const end = await drive(handle, { ...script, targetName: targetName ?? null }, () => {});
      const state = handle.getState();
      const run = state.runs.length > runs ? currentRun(state) : null;
      const outcomes = Object.fromEntries(
        (run?.plan.steps ?? []).map(({ id }, index) => [
          id,
          run?.outcomes[index] ?? { state: 'notRun', why: 'it was not reached' },
        ]),
      ) as Recovery['outcomes'];
      return { plan, end, outcomes, verdict: run?.verdict ?? null };
    },
    async undo(step, proven) {
      if ((await settled(handle)).scene.name === 'step') await lookAgain();
      // The session has its log open: the undo reads and continues a copy.
      const copy = join(state, `undo-${++undos}`);
      await cp(place.logPath, join(copy, 'run.jsonl'));
      const log = await openRunLog(join(copy, 'run.jsonl'));
      try {
        const started = log.records.find((record) => record.type === 'session-started');
        if (started === undefined) throw new Error('the session did not start');
        const { target } = started;
        const planned = planUndo(log.records, step, target);
        const { id, digest } = planned;
        const at = new Date().toISOString();
        const confirmation = { step: id, digest, at, by: 'test', typed: null };
        const proof = proven ?? handle.getState().backup;
        const lock = runLock();
        const base = await writeGround({ ground, log, folder: place.folder, lock });
        const outcome = await undoStep({ ...base, planned, target, confirmation, proof });
        await lock.release();
        return outcome;
      } finally {
        await log.close();
      }
    },
    records: async () => (await readRunLog(place.logPath)).records,
    report: async () => reportMarkdown(session.id, (await readRunLog(place.logPath)).records),
    close: async () => {
      await settled(handle);
      handle.dispatch({ type: 'leave' });
      await handle.ended;
      await session.close();
      await rm(state, { recursive: true, force: true });
    },
  };
}

/** Each step's state by its id. */
export function states({ outcomes }: Recovery): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(outcomes).map(([id, { state }]) => [id, state]));
}
