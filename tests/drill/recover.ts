import { expect, onTestFinished } from 'vitest';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import { counted } from '../../src/core/telling/amounts.js';
import { debrief } from '../../src/drill/debrief.js';
import { drillNamed } from '../../src/drill/drills.js';
import type { Drill } from '../../src/drill/ground.js';
import { exportIncident } from '../../src/drill/incident/export.js';
import type { Recorded } from '../../src/drill/incident/recorded.js';
import type { RunningDrill } from '../../src/drill/run.js';
import { readRunLog } from '../../src/files/run-log.js';
import { look } from '../../src/runtime/parts.js';
import { sandboxOfTheRun } from './support.js';
import { recovering, states, type Wish } from '../playbooks/session.js';

/** One session over a drill, as an operator has it; each write is confirmed as it is shown. */
export async function operatorOf(drill: RunningDrill) {
  const session = await recovering({ dir: drill.dir, url: drill.databaseUrl });
  onTestFinished(session.close);
  return {
    records: session.records,
    diagnose: (): Promise<Diagnosis> => look(session.ground, () => new Date(), { evidence: true }),
    /** Why there is no plan; null when there is one. Nothing is written. */
    refusal: async (playbook: string, wish: Wish): Promise<string | null> => {
      const { plan, end } = await session.play(playbook, { ...wish, confirm: [] });
      return plan === null && end.end === 'stopped' ? end.why : null;
    },
    /** The session so far, as the drill that it would be written as. */
    asDrill: async (): Promise<Recorded> => {
      const { logPath } = session.place;
      const { records } = await readRunLog(logPath);
      const options = { sandbox: sandboxOfTheRun(), signal: new AbortController().signal };
      return exportIncident(drill.dir, { place: session.place, records }, options);
    },
    /** All its steps have to be done. */
    play: async (playbook: string, wish: Wish = {}): Promise<void> => {
      const recovery = await session.play(playbook, wish);
      const left = Object.entries(states(recovery)).filter(([, state]) => state !== 'done');
      expect({ left, end: recovery.end }).toEqual({ left: [], end: { end: 'ran' } });
    },
  };
}

/** The debrief of what the operator did says: as in a good run, by evidence, with a proven backup. */
export async function expectGoodRun(
  operator: Awaited<ReturnType<typeof operatorOf>>,
  which: string | Drill,
): Promise<void> {
  const drill = typeof which === 'string' ? drillNamed(which) : which;
  const { playbooks, writes } = drill.goodRun;
  const said = debrief(drill, {
    took: 0,
    hints: 0,
    solved: true,
    records: await operator.records(),
  });
  const [, good, yours, ...rest] = said.filter((one) => !one.startsWith('What had happened: '));
  expect(good).toBe(`A good run: ${playbooks.join(', then ')}; ${counted(writes, 'write')}.`);
  expect(yours?.match(/[\w-]+(?= \()/g)).toEqual(playbooks);
  expect(
    rest.filter(
      (fact) => fact !== 'What was marked was marked by the evidence, not by a typed reason.',
    ),
  ).toEqual(['The backup was proven before the first write.']);
}

/** Each as "code: migration -> playbook", the first playbook of each only. */
export function shortly({ findings }: Diagnosis): string[] {
  return (
    findings
      // The test's own session may be reading at this moment, which holds a lock.
      .filter(({ code }) => code !== 'blocked')
      .map(
        ({ code, migrations, playbooks }) =>
          `${code}: ${migrations.join(', ')} -> ${playbooks[0] ?? 'none'}`,
      )
  );
}
