/**
 * A disk without room for a file edit, at any of its bytes: no file of the child may outgrow a limit
 * (RLIMIT_FSIZE; Node ignores the signal, so that write answers EFBIG, as ENOSPC on a full disk).
 * Seen to fail with a replaceFile that wrote into the file itself instead of beside it.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { StepOutcome } from '../../src/core/plan.js';
import { sha256Of, type FileEdit } from '../../src/files/edit.js';
import { bundled } from '../support/bundled.js';
import { randomOf } from './random.js';
import { reliabilityRow } from './row.js';

const run = promisify(execFile);

reliabilityRow(
  {
    fault: 'no room for a file edit (RLIMIT_FSIZE), at any of its bytes',
    never: 'a file half written, "done" that is not, "failed" that is done',
    few: 4,
    deep: 60,
  },
  async ({ count, seed, ended }) => {
    const program = await bundled('tests/reliability/kill-edit-child.ts');
    const base = await mkdtemp(join(tmpdir(), 'pgmedic-edit-'));
    const random = randomOf(`edit ${seed}`);
    const [before, after] = ['old\n'.repeat(10_000), 'new!\n'.repeat(12_000)];
    try {
      for (let turn = 0; turn < count; turn++) {
        const root = join(base, `root-${turn}`);
        const keepIn = join(base, `session-${turn}`);
        await mkdir(root);
        await mkdir(keepIn);
        await writeFile(join(root, 'j.json'), before);
        // From no byte to a little more than all; at 100 the original can be kept, and no more.
        const blocks = [0, 120, 100][turn] ?? Math.floor(random() * 130);
        const edit: FileEdit = {
          root,
          keepIn,
          write: {
            ...{ type: 'file', path: 'j.json', before: sha256Of(before) },
            ...{ after, afterSha256: sha256Of(after) },
          },
        };
        const limited = `ulimit -f ${blocks} && exec "$0" "$@"`;
        const command = [limited, process.execPath, program.path, JSON.stringify(edit)];
        const { stdout } = await run('/bin/sh', ['-c', ...command]);
        const outcome = JSON.parse(stdout) as StepOutcome;
        const now = await readFile(join(root, 'j.json'), 'utf8');
        const where = `${blocks} blocks: ${stdout}`;
        expect([before, after], where).toContain(now);
        expect(outcome.state, where).toBe(now === after ? 'done' : 'failed');
        expect(outcome.state, where).toBe(blocks * 512 >= after.length ? 'done' : 'failed');
        expect(await readdir(root), where).toEqual(['j.json']);
        ended(outcome.state === 'done' ? 'written' : 'as it was');
      }
    } finally {
      await rm(base, { recursive: true });
      await program.remove();
    }
  },
);
