import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError, messageOf } from '../core/errors.js';
import type { Plan } from '../core/plan.js';
import { planFile } from '../core/plan-file.js';
import { sqlByHand } from '../core/report/by-hand.js';
import { needsConfirmation } from '../core/session/step-moves.js';
import { redactText } from '../core/redact.js';
import { describeNextRun } from '../core/session/verdict.js';
import { oneLine } from '../core/telling/visible.js';
import { withGround } from '../runtime/ground.js';
import { checkWish, look, planFor, sha256 } from '../runtime/parts.js';
import type { SharedOptions } from './options.js';
import { parseSets } from './options.js';
import { exitCodes, print, printJson } from './output.js';
import { tellEvidence } from './progress.js';

interface PlanOptions extends SharedOptions {
  readonly set: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
}

/** Shows what a playbook would do and writes it down. @throws UserError when it cannot be planned. */
export async function plan(
  playbook: string,
  migrations: readonly string[],
  options: PlanOptions,
): Promise<number> {
  const answers = parseSets(options.set);
  const wish = { playbook, migrations, answers };
  const made = await withGround(options, async (ground) => {
    await checkWish(ground, wish);
    const diagnosis = await look(ground, () => new Date(), {
      evidence: true,
      onProgress: tellEvidence(),
    });
    return planFor(ground, diagnosis, wish);
  });
  const file = planFile(made, sha256);
  const text = `${JSON.stringify(file, null, 2)}\n`;
  if (options.out !== undefined) await writePlan(options.out, text);
  if (options.json) printJson(file);
  else print(planText(made, options.out));
  return exitCodes.healthy;
}

async function writePlan(path: string, text: string): Promise<void> {
  try {
    // It may hold the project's data in its SQL, like a backup.
    await writeFile(resolve(path), text, { mode: 0o600 });
  } catch (error) {
    throw new UserError(`The plan cannot be written to ${path}: ${messageOf(error)}.`, [
      'Name a file in a folder that may be written: --out PLAN.json',
    ]);
  }
}

function planText(made: Plan, path: string | undefined): string {
  const steps = made.steps.flatMap((step, index) => [
    '',
    `${index + 1}. ${oneLine(step.title)}  [${step.kind}, risk: ${step.risk}]`,
    ...indented(step.text),
    ...indented(redactText(sqlByHand(step))),
    ...(needsConfirmation(step) ? [`   --confirm ${oneLine(step.id)}:${step.digest}`] : []),
  ]);
  return [
    `${made.title}: ${made.target.database} at ${made.target.host}:${made.target.port}`,
    ...made.warnings.map((warning) => `Warning: ${oneLine(warning)}`),
    ...(made.seen ?? []).map(oneLine),
    ...steps,
    '',
    `Afterwards, the migrator: ${describeNextRun(made.predicts)}`,
    `Code, for a second person to compare: ${made.code}`,
    path === undefined
      ? 'Nothing is written by a plan. To run it, write it down with --out, then: pgmedic apply'
      : `Written to ${path}. To run it: pgmedic apply ${path} with the confirmations above. To have it checked: pgmedic verify-plan ${path}`,
  ].join('\n');
}

function indented(text: string): readonly string[] {
  return text === '' ? [] : text.split('\n').map((line) => `   ${line}`);
}
