import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRunLog, readRunLog } from '../../src/files/run-log.js';
import { cases } from '../support/cases.js';
import { watchHandles } from '../support/handles.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgmedic-log-'));
  path = join(folder, 'sessions', 'one', 'run.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const note = (text: string) => ({ type: 'session-ended', note: text }) as const;
const at = () => new Date('2026-11-21T03:00:00Z');

async function written(...notes: string[]): Promise<string[]> {
  const log = await openRunLog(path, at);
  for (const text of notes) await log.append(note(text));
  await log.close();
  return (await readFile(path, 'utf8')).trimEnd().split('\n');
}

describe('a run log', () => {
  test('is one record a line, numbered, chained, and for its owner alone', async () => {
    const before = process.umask(0);
    const lines = await written('a', 'b\nc').finally(() => process.umask(before));
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      at: '2026-11-21T03:00:00.000Z',
      seq: 1,
      prev: '',
      ...note('a'),
    });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      seq: 2,
      note: 'b\nc',
      prev: createHash('sha256')
        .update(lines[0] ?? '')
        .digest('hex'),
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
  });

  test('has no secret, and what the session holds is what the file has', async () => {
    const log = await openRunLog(path, at);
    await log.append(note(`CREATE ROLE a PASSWORD 'S3cret'`));
    await log.close();
    expect(log.records).toMatchObject([{ note: `CREATE ROLE a PASSWORD '***'` }]);
    expect((await readRunLog(path)).records).toEqual(log.records);
    expect(await readFile(path, 'utf8')).not.toContain('S3cret');
  });

  test('is on the disk when append resolves', async () => {
    const log = await openRunLog(path);
    await log.append(note('a'));
    expect((await readRunLog(path)).records).toHaveLength(1);
    await log.close();
  });

  test('is synced after each record, before append resolves; so is its folder', async () => {
    const calls: string[] = [];
    const stop = await watchHandles((name) => calls.push(name));
    try {
      const log = await openRunLog(path);
      // The file itself and the folder it is new in.
      expect(calls.filter((name) => name === 'sync')).toHaveLength(2);
      calls.length = 0;
      await log.append(note('a'));
      expect(calls).toEqual(['appendFile', 'sync']);
      await log.close();
    } finally {
      stop();
    }
  });

  test('goes on where an earlier process stopped', async () => {
    await written('a');
    await written('b');
    const { records, problems } = await readRunLog(path);
    expect(records.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(problems).toEqual([]);
  });

  test('keeps records apart that are appended at once', async () => {
    const log = await openRunLog(path);
    await Promise.all(Array.from({ length: 20 }, (_, n) => log.append(note(String(n)))));
    await log.close();
    const { records, problems } = await readRunLog(path);
    expect(records.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(problems).toEqual([]);
  });

  test('is open in one place at a time, and a dead owner does not bar it', async () => {
    const log = await openRunLog(path);
    await expect(openRunLog(path)).rejects.toThrow(`in use by process ${process.pid}`);
    await log.close();
    // 4194305 is beyond the largest process id there can be.
    await writeFile(`${path}.lock`, '4194305\n');
    await (await openRunLog(path)).close();
    await writeFile(`${path}.lock`, '1\n');
    await expect(openRunLog(path)).rejects.toThrow('in use by process 1');
  });

  test('cut anywhere loses the last record at most, says so, and can be gone on with', async () => {
    const lines = await written('a', 'bé', 'c');
    const size = (await stat(path)).size;
    const kept = [lines[0] ?? '', lines[1] ?? ''].map((line) => Buffer.byteLength(line) + 1);
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: size }), async (length) => {
        await writeFile(path, whole);
        await truncate(path, length);
        const ends = [0, kept[0] ?? 0, (kept[0] ?? 0) + (kept[1] ?? 0), size];
        const full = ends.filter((end) => end !== 0 && length >= end - 1).length;
        const torn = !ends.includes(length) && !ends.includes(length + 1);
        const { records, problems } = await readRunLog(path);
        expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3].slice(0, full));
        expect(problems).toHaveLength(torn ? 1 : 0);
        await written('next');
        const after = await readRunLog(path);
        expect(after.records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4].slice(0, full + 1));
        expect(after.records.at(-1)).toMatchObject({ note: 'next' });
        expect(after.problems).toHaveLength(torn ? 1 : 0);
      }),
      cases(40, 300),
    );
  });

  test('that someone edited says where', async () => {
    const lines = await written('a', 'b', 'c');
    await writeFile(path, lines.map((line) => `${line.replace('"a"', '"x"')}\n`).join(''));
    expect((await readRunLog(path)).problems).toEqual([
      expect.stringContaining('Line 2 of') as string,
    ]);
    await writeFile(path, `${lines[0]}\n${lines[2]}\n`);
    expect((await readRunLog(path)).problems).toEqual([
      expect.stringContaining('Line 2 of') as string,
    ]);
    await appendFile(path, 'null\n');
    expect((await readRunLog(path)).problems).toHaveLength(2);
  });

  test('that cannot be made is a clear error', async () => {
    await writeFile(join(folder, 'sessions'), 'a file');
    await expect(openRunLog(path)).rejects.toMatchObject({ name: 'UserError' });
    await expect(readRunLog(join(folder, 'none'))).rejects.toMatchObject({ name: 'UserError' });
  });
});
