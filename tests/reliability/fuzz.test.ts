// Seen to fail: with the fault it found in run-log.ts (a record whose hash chain holds and whose shape
// does not ended report, resume, undo and the next write in a TypeError) and in playbooks.ts (an alias
// without its anchor); with the seal of a plan not compared ("another plan was taken for the sealed one").
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { cliSample } from './fuzz-cli.js';
import { oddHistory } from './fuzz-history.js';
import { spoiled, spoils } from './fuzz-mutate.js';
import { readers, refuseCrash } from './fuzz-readers.js';
import { randomOf } from './random.js';
import { reliabilityRow, type Trial } from './row.js';
import { isDeep } from '../support/cases.js';

reliabilityRow(
  {
    fault:
      'malformed journals, snapshots, SQL files, playbooks, plans, run logs, history rows (fuzzed)',
    never: 'a crash without a clear error, a write',
    few: 150,
    deep: 5_200,
  },
  async (trial) => {
    const inDatabase = isDeep ? 250 : 10;
    const byProgram = isDeep ? 40 : 2;
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'pgmedic-fuzz-')));
    await spoiledTexts(trial.count - inDatabase - byProgram, folder, trial);
    const history = await oddHistory();
    const random = randomOf(`${trial.seed} history`);
    for (let left = inDatabase; left > 0; left--) {
      trial.ended(await taken('history table', () => history.read(random)));
    }
    await cliSample(byProgram, history, trial);
    await history.close();
    await rm(folder, { recursive: true });
  },
);

async function spoiledTexts(count: number, folder: string, { seed, ended }: Trial): Promise<void> {
  const all = await readers(folder);
  const property = fc.asyncProperty(
    fc.nat({ max: all.length - 1 }),
    fc.nat({ max: 9_999 }),
    spoils,
    async (which, turn, by) => {
      const reader = all[which];
      const subject = [...(reader?.valid ?? [])];
      const [name, bytes] = subject[turn % subject.length] ?? [];
      if (reader === undefined || name === undefined || bytes === undefined) return;
      const bad = spoiled(bytes, by);
      ended(await taken(`${reader.name} ${name}`, () => reader.read(name, bad)));
    },
  );
  await fc.assert(property, { numRuns: count, seed });
}

/** Findings, or a UserError; what else is thrown is a crash. */
async function taken(what: string, read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    try {
      refuseCrash(error);
    } catch (crash) {
      const { stack, sql = '' } = error as Error & { sql?: string };
      throw new Error(`${what}: ${stack ?? String(error)} ${sql}`, { cause: crash });
    }
    return 'refused';
  }
}
