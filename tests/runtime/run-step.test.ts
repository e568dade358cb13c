import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import type { Check, Undo } from '../../src/core/plan.js';
import type { RunLogEntry } from '../../src/core/run-log.js';
import { sha256Of } from '../../src/files/edit.js';
import type { RunLog } from '../../src/files/run-log.js';
import { resolveSteps, stateOfSteps } from '../../src/runtime/resume-state.js';
import { planUndo } from '../../src/runtime/undo.js';
import { insertTwo, rowsOf, transaction } from '../postgres/write-support.js';
import type { Session } from './step-support.js';
import {
  planOf,
  proofOf,
  run,
  startSession,
  undo,
  worldFor,
  writeStep,
  yesTo,
} from './step-support.js';

let session: Session;
beforeAll(async () => {
  session = await startSession();
});
beforeEach(() => session.reset());
afterAll(() => session.close());

const types = (): string[] => session.log().records.map(({ type }) => type);
const mark = () => planOf(session.target, [writeStep(transaction())]);

describe('a step runs only as it was shown and confirmed', () => {
  const refusals: [string, (plan: ReturnType<typeof mark>) => Parameters<typeof run>[2]][] = [
    ['a session that is read-only', () => ({ readOnly: true })],
    ['no proven backup', () => ({ proof: null })],
    [
      'a proven backup of another server under the same name',
      ({ target }) => ({ proof: proofOf({ ...target, identity: '7/1' }) }),
    ],
    [
      'a proven backup of nobody knows which server',
      ({ target }) => ({ proof: proofOf({ ...target, identity: null }) }),
    ],
    ['no confirmation', () => ({ confirmation: null })],
    [
      'a confirmation of another step',
      ({ steps: [step] }) => ({ confirmation: yesTo({ id: 'x', digest: step?.digest ?? '' }) }),
    ],
    [
      'a confirmation of something else',
      () => ({ confirmation: yesTo({ id: 'w', digest: '0123456789abcdef' }) }),
    ],
    [
      'other SQL under the same digest',
      ({ steps: [step] }) => ({
        step: {
          ...(step as Extract<typeof step, { kind: 'write' }>),
          write: transaction({ statements: [insertTwo, insertTwo] }),
        },
      }),
    ],
    [
      'a step with a good digest that is not the plan’s',
      () => {
        const write = transaction({ statements: [insertTwo, insertTwo] });
        const [step] = planOf(session.target, [writeStep(write)]).steps;
        return step && { step, confirmation: yesTo(step) };
      },
    ],
    [
      'a confirmation made for another target',
      () => {
        const other = { ...session.target, host: 'staging' };
        const [step] = planOf(other, [writeStep(transaction())]).steps;
        return step && { step, confirmation: yesTo(step) };
      },
    ],
  ];
  test.each(refusals)('%s: nothing is begun', async (_, more) => {
    const plan = mark();
    expect(await run(session, plan, more(plan))).toMatchObject({ state: 'notRun' });
    expect(types()).toEqual([]);
    expect(await session.ground.count()).toBe('1');
  });

  test('what destroys needs the name of the database', async () => {
    const plan = planOf(session.target, [writeStep(transaction(), { risk: 'destructive' })]);
    const [step] = plan.steps;
    if (step === undefined) throw new Error('no step');
    for (const typed of [null, '', 'yes', step.id]) {
      const outcome = await run(session, plan, { confirmation: yesTo(step, typed) });
      expect(outcome.state).toBe('notRun');
    }
    expect(await session.ground.count()).toBe('1');
    const confirmation = yesTo(step, session.target.database);
    expect((await run(session, plan, { confirmation })).state).toBe('done');
  });

  test('once', async () => {
    const plan = mark();
    expect((await run(session, plan)).state).toBe('done');
    expect(await run(session, plan)).toMatchObject({ state: 'notRun' });
    expect(await session.ground.count()).toBe('2');
  });

  test('again after it failed, for then nothing of it is there', async () => {
    const plan = mark();
    await session.ground.other.query(`INSERT INTO drizzle.history (hash) VALUES ('two')`);
    expect((await run(session, plan)).state).toBe('failed');
    await session.ground.other.query(`DELETE FROM drizzle.history WHERE hash = 'two'`);
    expect((await run(session, plan)).state).toBe('done');
  });

  test('not while an earlier try is unsettled; looking settles it', async () => {
    const plan = mark();
    const [step] = plan.steps;
    const intent = { type: 'intent', step: 'w', digest: step?.digest ?? '' } as const;
    await session.log().append({ ...intent, confirmation: null, write: transaction() });
    expect(await run(session, plan)).toMatchObject({ state: 'notRun' });
    await resolveSteps(session.log(), await worldFor(session));
    expect((await run(session, plan)).state).toBe('done');
  });
});

describe('the run log', () => {
  /** The session's log, watched; a record it may refuse. */
  function watched(each: (entry: RunLogEntry) => Promise<void>): RunLog {
    const log = session.log();
    return {
      ...log,
      append: async (entry) => {
        const record = await log.append(entry);
        await each(entry);
        return record;
      },
    };
  }

  test('has the intent before anything happens, the number before COMMIT, the outcome after', async () => {
    const seen: string[] = [];
    const log = watched(async (entry) => {
      // While the transaction is open nobody can read the history; the server tells of it.
      const seenThen =
        entry.type === 'xid'
          ? await session.ground.count(`SELECT pg_xact_status('${entry.xid}')`)
          : await session.ground.count();
      seen.push(`${entry.type} ${seenThen}`);
    });
    expect((await run(session, mark(), { log })).state).toBe('done');
    expect(seen).toEqual(['intent 1', 'xid in progress', 'outcome 2']);
  });

  test('that cannot take the intent, or the number, stops the step', async () => {
    for (const type of ['intent', 'xid']) {
      const log = watched((entry) =>
        entry.type === type ? Promise.reject(new UserError('full')) : Promise.resolve(),
      );
      const outcome = await run(session, mark(), { log }).catch((error: unknown) => error);
      expect(outcome).toSatisfy(
        (value) => value instanceof UserError || (value as { state: string }).state === 'failed',
      );
      expect(await session.ground.count()).toBe('1');
      await session.reset();
    }
  });

  test('that cannot take the outcome does not change it', async () => {
    const log = watched((entry) =>
      entry.type === 'outcome' ? Promise.reject(new UserError('full')) : Promise.resolve(),
    );
    const outcome = await run(session, mark(), { log });
    expect(outcome).toMatchObject({ state: 'done' });
    expect(outcome).toHaveProperty('note', expect.stringContaining('full'));
  });
});

describe('steps that write nothing', () => {
  const base = { id: 's', title: 'step', text: '', risk: 'none' } as const;
  const sql = (text: string, expected: string): Check => ({
    type: 'sql',
    title: 'a check',
    sql: text,
    expect: [[expected]],
  });

  test('a check holds or not, and cannot write', async () => {
    await session.ground.other.query(`CREATE FUNCTION sly() RETURNS int LANGUAGE sql AS
      $$ INSERT INTO drizzle.history (hash) VALUES ('sly') RETURNING 1 $$`);
    for (const [check, state] of [
      [sql('SELECT count(*) FROM drizzle.history', '1'), 'done'],
      [sql('SELECT count(*) FROM drizzle.history', '2'), 'failed'],
      [sql('SELECT sly()', '1'), 'failed'],
      [sql('SELECT nix', '1'), 'failed'],
      [{ type: 'next-run', title: 'agrees', runs: [], skips: [] }, 'done'],
      [{ type: 'next-run', title: 'agrees', runs: ['0001'], skips: [] }, 'failed'],
    ] as const) {
      const plan = planOf(session.target, [{ ...base, kind: 'check', check }]);
      const outcome = await run(session, plan, { confirmation: null, proof: null });
      expect(outcome, check.title).toMatchObject({ state });
    }
    expect(await session.ground.count()).toBe('1');
  });

  test('what is told and answered is written down', async () => {
    const plan = planOf(session.target, [{ ...base, kind: 'ask', answer: 'yes, it is stopped' }]);
    expect((await run(session, plan, { confirmation: null, proof: null })).state).toBe('done');
    expect(types()).toEqual(['intent', 'outcome']);
  });

  test('a command of the team needs its confirmation and the backup as well', async () => {
    const plan = planOf(session.target, [{ ...base, kind: 'command', command: ['true'] }]);
    expect((await run(session, plan, { confirmation: null })).state).toBe('notRun');
    expect((await run(session, plan, { proof: null })).state).toBe('notRun');
    expect((await run(session, plan)).state).toBe('done');
  });
});

describe('undo', () => {
  const row = (count: string): Check => ({
    type: 'sql',
    title: 'the row is as written',
    sql: `SELECT count(*) FROM drizzle.history WHERE id = {{returned:id}} AND hash = 'two' AND created_at = 2`,
    expect: [[count]],
  });
  const takeOut: Undo = {
    type: 'sql',
    lock: '"drizzle"."history"',
    before: [row('1')],
    statements: [{ sql: `DELETE FROM drizzle.history WHERE id = {{returned:id}}`, source: null }],
  };
  const marked = () => planOf(session.target, [writeStep(transaction({ undo: takeOut }))]);
  const all = () =>
    session.ground.count(`SELECT json_agg(h ORDER BY id)::text FROM drizzle.history h`);

  test('takes out the very row that was put in', async () => {
    const before = await all();
    await run(session, marked());
    await session.ground.other.query(`INSERT INTO drizzle.history (hash) VALUES ('later')`);
    expect(await undo(session, 'w')).toMatchObject({ state: 'done' });
    await session.ground.other.query(`DELETE FROM drizzle.history WHERE hash = 'later'`);
    expect(await all()).toBe(before);
    // Which backup it rested on stands in the log of the session that it takes back.
    const back = ['backup-proven', 'undo-intent', 'xid', 'undo-outcome'];
    expect(types()).toEqual(['intent', 'xid', 'outcome', ...back]);
    expect(() => planUndo(session.log().records, 'w', session.target)).toThrow('already');
  });

  test('puts back the very row that was taken out, its id included', async () => {
    const before = await all();
    const remove = transaction({
      before: [rowsOf('one', 1)],
      statements: [{ sql: `DELETE FROM drizzle.history WHERE id = 1`, source: null }],
      after: [rowsOf('one', 0)],
      undo: {
        type: 'sql',
        lock: '"drizzle"."history"',
        before: [rowsOf('one', 0)],
        statements: [{ sql: `INSERT INTO drizzle.history VALUES (1, 'one', 1)`, source: null }],
      },
    });
    await run(session, planOf(session.target, [writeStep(remove)]));
    expect(await session.ground.count()).toBe('0');
    expect(await undo(session, 'w')).toMatchObject({ state: 'done' });
    expect(await all()).toBe(before);
  });

  test('refuses when the world moved on', async () => {
    await run(session, marked());
    await session.ground.other.query(
      `UPDATE drizzle.history SET created_at = 3 WHERE hash = 'two'`,
    );
    expect(await undo(session, 'w')).toMatchObject({ state: 'failed' });
    expect(await session.ground.count()).toBe('2');
    await session.ground.other.query(
      `UPDATE drizzle.history SET created_at = 2 WHERE hash = 'two'`,
    );
    expect(await undo(session, 'w')).toMatchObject({ state: 'done' });
  });

  test('needs a confirmation of its own, and the backup', async () => {
    await run(session, marked());
    const step = yesTo({ id: 'w', digest: marked().steps[0]?.digest ?? '' });
    const elsewhere = { proof: proofOf({ ...session.target, identity: '7/1' }) };
    for (const more of [
      { confirmation: null },
      { confirmation: step },
      { proof: null },
      { readOnly: true },
      elsewhere,
    ]) {
      expect(await undo(session, 'w', more)).toMatchObject({ state: 'notRun' });
    }
    const planned = planUndo(session.log().records, 'w', session.target);
    const other = { ...planned, digest: '0123456789abcdef' };
    const confirmation = yesTo(other);
    expect(await undo(session, 'w', { planned: other, confirmation })).toMatchObject({
      state: 'notRun',
    });
    expect(await session.ground.count()).toBe('2');
  });

  test('is for what was done only', async () => {
    const { log, target } = session;
    expect(() => planUndo(log().records, 'w', target)).toThrow('ran no step');
    await session.ground.other.query(`INSERT INTO drizzle.history (hash) VALUES ('two')`);
    await run(session, marked());
    expect(() => planUndo(log().records, 'w', target)).toThrow('was not done');
    await log().append({ type: 'intent', step: 'w', digest: '', confirmation: null, write: null });
    expect(() => planUndo(log().records, 'w', target)).toThrow('not known');
  });

  test('takes only digits from what was returned', async () => {
    const text = { sql: `SELECT '1; DROP TABLE app' AS id`, source: null };
    const write = transaction({ statements: [text, insertTwo], undo: takeOut });
    await run(session, planOf(session.target, [writeStep(write)]));
    const planned = planUndo(session.log().records, 'w', session.target);
    expect(JSON.stringify(planned.undo)).toContain('id = 2');
    expect(JSON.stringify(planned)).not.toContain('DROP TABLE');
  });

  test('of a file brings back its bytes, only from what was written', async () => {
    const path = join(session.root, 'j.json');
    await writeFile(path, 'old');
    const write = {
      type: 'file',
      path: 'j.json',
      before: sha256Of('old'),
      after: 'new',
      afterSha256: sha256Of('new'),
    } as const;
    expect((await run(session, planOf(session.target, [writeStep(write)]))).state).toBe('done');
    expect(await readFile(path, 'utf8')).toBe('new');
    await writeFile(path, 'theirs');
    expect((await undo(session, 'w')).state).toBe('failed');
    await writeFile(path, 'new');
    expect((await undo(session, 'w')).state).toBe('done');
    expect(await readFile(path, 'utf8')).toBe('old');
  });
});

describe('what became of a step', () => {
  const standing = async () =>
    (await stateOfSteps(session.log().records, await worldFor(session)))[0]?.state;
  const intent = { type: 'intent', step: 'w', digest: '', confirmation: null } as const;

  test('without a number: COMMIT was not sent', async () => {
    await session.log().append({ ...intent, write: transaction() });
    expect(await standing()).toMatchObject({ state: 'not done' });
  });

  test('with a number of another life of the server: only what is there counts', async () => {
    const xid = await session.ground.count('SELECT pg_current_xact_id()');
    const number = { type: 'xid', step: 'w', xid, life: 'another', returned: [] } as const;
    await session.log().append({ ...intent, write: transaction() });
    await session.log().append(number);
    expect(await standing()).toMatchObject({ state: 'not done' });
    await session.ground.other.query(`INSERT INTO drizzle.history (hash) VALUES ('two')`);
    expect(await standing()).toMatchObject({ state: 'committed' });
    await session.log().append({ ...intent, write: transaction({ after: [] }) });
    await session.log().append(number);
    expect(await standing()).toMatchObject({ state: 'unknown' });
  });

  test('with a number the server never gave out: what is there counts', async () => {
    await session.log().append({ ...intent, write: transaction({ before: [] }) });
    const number = { type: 'xid', step: 'w', xid: '999999999', life: '', returned: [] } as const;
    await session.log().append(number);
    expect(await standing()).toMatchObject({ state: 'unknown' });
  });

  test('of a command: only the team knows', async () => {
    await session.log().append({ ...intent, write: null });
    expect(await standing()).toMatchObject({ state: 'unknown' });
  });

  test('of a file: its bytes tell', async () => {
    const write = {
      type: 'file',
      path: 'j.json',
      before: null,
      after: 'new',
      afterSha256: sha256Of('new'),
    } as const;
    await session.log().append({ ...intent, write });
    expect(await standing()).toMatchObject({ state: 'not done' });
    await writeFile(join(session.root, 'j.json'), 'new');
    expect(await standing()).toMatchObject({ state: 'committed' });
    await writeFile(join(session.root, 'j.json'), 'theirs');
    expect(await standing()).toMatchObject({ state: 'unknown' });
  });

  test('of a statement that was sent: its checks tell, or nothing does', async () => {
    const there: Check = {
      type: 'sql',
      title: 'there',
      sql: `SELECT to_regclass('made') IS NOT NULL`,
      expect: [['t']],
    };
    const statement = { sql: 'CREATE INDEX CONCURRENTLY made ON app (id)', source: null };
    const undoNone = { type: 'none', why: '' } as const;
    const write = {
      type: 'statement',
      before: [],
      statement,
      after: [there],
      undo: undoNone,
    } as const;
    await session.log().append({ ...intent, write });
    expect(await standing()).toMatchObject({ state: 'not done' });
    await session.log().append({ type: 'sent', step: 'w', telling: true });
    expect(await standing()).toMatchObject({ state: 'unknown' });
    const { rows } = await session.ground.other.query<{ pid: number; since: string }>(
      `SELECT pid, extract(epoch FROM backend_start)::text AS since
       FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
    );
    const [{ pid, since } = { pid: 0, since: '' }] = rows;
    await session.log().append({ type: 'sent', step: 'w', telling: true, pid, since });
    expect((await standing())?.why).toContain('still running');
    // The same number, and another process: the one that ran it is gone.
    await session.log().append({ type: 'sent', step: 'w', telling: true, pid, since: '1.0' });
    expect(await standing()).toMatchObject({ state: 'not done' });
    await session.ground.other.query('CREATE INDEX made ON app (id)');
    expect(await standing()).toMatchObject({ state: 'committed' });
    await session.log().append({ type: 'sent', step: 'w', telling: false });
    expect(await standing()).toMatchObject({ state: 'unknown' });
  });

  test('when the server cannot be reached: unknown, look at this', async () => {
    await session.log().append({ ...intent, write: transaction() });
    const number = { type: 'xid', step: 'w', xid: '5', life: '', returned: [] } as const;
    await session.log().append(number);
    const world = await worldFor(session);
    const away = {
      ...world,
      xactStatus: async () => ({ status: 'unknown', why: 'no server answers' }) as const,
      holds: async () => null,
    };
    const [step] = await stateOfSteps(session.log().records, away);
    expect(step?.state).toMatchObject({ state: 'unknown' });
  });

  test('steps of the plan that were never begun are not done', async () => {
    await session.log().append({ type: 'plan', plan: mark() });
    expect(await standing()).toEqual({ state: 'not done', why: 'never begun' });
  });
});
