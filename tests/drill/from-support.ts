import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Drill } from '../../src/drill/ground.js';
import { type RunningDrill, startDrill } from '../../src/drill/run.js';
import type { operatorOf } from './recover.js';
import { sandboxOfTheRun } from './support.js';

export async function projectOf(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'drill-from-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

/** What the last column of the board calls for. */
export async function playGoodRun(
  running: RunningDrill,
  operator: Awaited<ReturnType<typeof operatorOf>>,
  { goodRun, happened = '' }: Drill,
): Promise<void> {
  const targetName = new URL(running.databaseUrl).pathname.slice(1);
  for (const playbook of goodRun.playbooks) {
    const { board } = await operator.diagnose();
    const [named] = board.filter(({ id }) => happened.includes(id));
    const migrations =
      ['baseline', 'reconcile-journal'].includes(playbook) || named === undefined ? [] : [named.id];
    const answers = playbook === 'reconcile-journal' ? { apply: 'yes' } : {};
    await operator.play(playbook, { migrations, answers, targetName });
  }
}

export async function startDrillOf(drill: Drill): Promise<RunningDrill> {
  const running = await startDrill(drill, { sandbox: sandboxOfTheRun() });
  onTestFinished(running.stop);
  return running;
}
