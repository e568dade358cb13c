import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AcceptedBackup } from '../../src/core/backup.js';
import type { Plan } from '../../src/core/plan.js';
import { reportMarkdown } from '../../src/core/report/markdown.js';
import { readRunLog } from '../../src/files/run-log.js';
import { drive, type Script, settled } from '../../src/runtime/drive.js';
import { openGround } from '../../src/runtime/ground.js';
import { openSession } from '../../src/runtime/open-session.js';
import { sessionPlace } from '../../src/runtime/session-record.js';
import { whyNot } from '../../src/runtime/step-guard.js';
import { base, entriesOf, openShop, sqlFiles, type Shop } from '../playbooks/shop.js';
import { sandboxServer } from '../support/server.js';
import { insertTwo, transaction } from '../postgres/write-support.js';
import { planOf, proofOf, writeStep, yesTo } from './step-support.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const reason = 'Every minute costs orders; last night is on tape.';

/** Repairs a journal; the proof of its backup is not waited for. `more`: how the operator answers. */
async function repair(more: Partial<Script>) {
  await shop.reset();
  await shop.put(
    sqlFiles({ '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);' }),
  );
  await shop.list(entriesOf(Object.keys(base)));
  const state = await realpath(await mkdtemp(join(tmpdir(), 'pgmedic-test-')));
  const environment = { XDG_STATE_HOME: state };
  const options = { dir: shop.dir, databaseUrl: shop.url, sandboxUrl: sandboxServer().adminUrl };
  const ground = await openGround(options, environment);
  const session = openSession({ openGround: async () => ground, environment });
  const { handle } = session;
  try {
    await settled(handle);
    const confirms = new Map<string, string>();
    const accept = (plan: Plan): boolean => {
      for (const { id, digest } of plan.steps) confirms.set(id, digest);
      return true;
    };
    const script = { playbook: 'reconcile-journal', migrations: [], answers: { apply: 'no' } };
    const end = await drive(
      handle,
      { ...script, accept, confirms, targetName: null, ...more },
      ({ scene }) => {
        if (more.acceptReadBack !== undefined || scene.name !== 'backup') return;
        const proving = scene.progress?.phase === 'restoring' && !scene.stoppingProof;
        if (proving) setImmediate(() => handle.dispatch({ type: 'stop-proof' }));
      },
    );
    const { scene, backup } = handle.getState();
    handle.dispatch({ type: 'leave' });
    await handle.ended;
    await session.close();
    const { logPath } = sessionPlace(await ground.places(), session.id);
    const { records } = await readRunLog(logPath);
    return { end, scene, backup, records, report: reportMarkdown(session.id, records) };
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

test('a backup that is read back leads to writing with a reason, which stands in run log and report', async () => {
  const { end, backup, records, report } = await repair({ acceptReadBack: reason });
  expect(end).toEqual({ end: 'ran' });
  expect(backup).toMatchObject({ accepted: { reason }, unproven: expect.any(String) as string });
  const types = records.map(({ type }) => type);
  const order = ['backup-read-back', 'backup-accepted', 'plan', 'intent', 'outcome'] as const;
  expect(types.filter((type) => order.some((one) => one === type)).slice(0, 5)).toEqual(order);
  expect(types).not.toContain('backup-proven');
  expect(report).toContain('**Not proven**: its proof was stopped by the operator');
  expect(report).toContain(reason);
});

test('without a reason nothing is written', async () => {
  const { end, scene, records } = await repair({});
  expect(end).toMatchObject({
    end: 'stopped',
    why: expect.stringContaining('not proven') as string,
  });
  expect(scene.name).toBe('unproven');
  expect(records.map(({ type }) => type)).toContain('backup-read-back');
  expect(records.filter(({ type }) => type === 'intent' || type === 'plan')).toEqual([]);
});

test('a step looks for the reason in the run log itself', () => {
  const target = { host: 'h', port: 1, database: 'shop', user: 'u', identity: 'i' };
  const plan = planOf(target, [writeStep(transaction({ statements: [insertTwo] }))]);
  const [step] = plan.steps;
  if (step === undefined) throw new Error('no step');
  const { provenAt, proof: _proof, ...written } = proofOf(target);
  const accepted = { reason, by: 'op', at: '2026-11-21T03:00:02Z' };
  const proof: AcceptedBackup = {
    ...{ ...written, readBackAt: provenAt, reading: 'read', unproven: 'no room', accepted },
  };
  const logged = (backup: AcceptedBackup) =>
    [{ type: 'backup-accepted', backup, at: '', seq: 1, prev: '' }] as const;
  const why = (backup: AcceptedBackup, records: ReturnType<typeof logged> | readonly []) =>
    whyNot({ plan, step, confirmation: yesTo(step), proof: backup, records });
  expect(why(proof, logged(proof))).toBeNull();
  expect(why(proof, [])).toContain('no reason');
  const other = { ...proof, sha256: '1'.repeat(64) };
  expect(why(proof, logged(other))).toContain('no reason');
  const blank = { ...proof, accepted: { ...accepted, reason: ' ' } };
  expect(why(blank, logged(blank))).toContain('no reason');
});
