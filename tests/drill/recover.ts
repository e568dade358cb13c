import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { RunningDrill } from '../../src/drill/run.js';
import { applied, plan as contract } from '../cli/contract.js';
import { json, makeHome } from '../cli/program.js';
import { testServer } from '../support/server.js';

interface Diagnosed {
  readonly findings: readonly {
    readonly code: string;
    readonly migrations: readonly string[];
    readonly playbooks: readonly string[];
  }[];
  readonly nextRun: {
    readonly skips: readonly string[];
    readonly fails: { readonly migration: string; readonly sqlstate: string } | null;
  };
}

/** The built program, used on a drill as an operator does from another terminal. */
export function operatorOf(drill: RunningDrill) {
  const home = makeHome();
  onTestFinished(home.remove);
  const path = join(home.path, 'plan.json');
  const at = ['--dir', drill.dir, '--sandbox-url', testServer().adminUrl];
  return {
    diagnose: async (): Promise<Diagnosed> =>
      json(await home.run(['diagnose', '--json', ...at])) as Diagnosed,
    plan: (...args: string[]) => home.run(['plan', ...args, ...at, '--out', path]),
    /** Plans and runs it with every write confirmed; all have to be done. */
    play: async (...args: string[]): Promise<void> => {
      const planned = await home.run(['plan', ...args, ...at, '--out', path]);
      expect(planned).toMatchObject({ code: 0, stderr: '' });
      const { steps } = contract.parse(JSON.parse(await readFile(path, 'utf8')));
      const confirm = steps
        .filter(({ kind }) => kind === 'write')
        .flatMap(({ id, digest }) => ['--confirm', `${id}:${digest}`]);
      const ran = await home.run(['apply', path, '--json', ...at, ...confirm]);
      // Exit 1 tells of what is left for the next playbook as well.
      const outcomes = applied.parse(json(ran)).steps.map(({ id, outcome }) => `${id}: ${outcome}`);
      expect(outcomes, ran.stdout).toEqual(steps.map(({ id }) => `${id}: done`));
    },
  };
}

/** Each as "code: migration -> playbook", the first playbook of each only. */
export function shortly({ findings }: Diagnosed): string[] {
  return findings.map(
    ({ code, migrations, playbooks }) =>
      `${code}: ${migrations.join(', ')} -> ${playbooks[0] ?? 'none'}`,
  );
}
