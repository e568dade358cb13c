import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportMarkdown } from '../../src/core/report/markdown.js';
import { readRunLog } from '../../src/files/run-log.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgmedic-shape-'));
});
afterAll(() => rm(folder, { recursive: true }));

const at = { at: '2026-11-21T04:00:00.000Z', seq: 1, prev: '' };

test.each([
  { type: 'plan' },
  { type: 'plan', plan: { playbook: 'p', steps: [{ id: 'x' }] } },
  { type: 'intent', step: 'x', digest: 'd', confirmation: null, write: { type: 'transaction' } },
  { type: 'session-started', version: '1' },
  { type: 'resolved', step: 'x' },
  { type: 'of a newer version' },
])('a record that is not whole is said to be lost, and nothing rests on it: %j', async (record) => {
  const path = join(folder, 'run.jsonl');
  await writeFile(path, `${JSON.stringify({ ...at, ...record })}\n`);
  const { records, problems } = await readRunLog(path);
  expect(records).toEqual([]);
  expect(problems.join()).toContain('what it told is lost');
  expect(reportMarkdown('s', records, problems)).toContain('what it told is lost');
});
