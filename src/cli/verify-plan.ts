import { readCode } from '../core/plan-code.js';
import type { PlanFile } from '../core/plan-file.js';
import { planFile } from '../core/plan-file.js';
import { oneLine } from '../core/telling/visible.js';
import { readPlan } from '../files/read-plan.js';
import { withGround } from '../runtime/ground.js';
import { sha256 } from '../runtime/parts.js';
import { planAgain, whyOther } from '../runtime/plan-again.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printJson } from './output.js';
import { tellEvidence } from './progress.js';

interface VerifyOptions extends SharedOptions {
  readonly code?: string;
  readonly json?: boolean;
}

/**
 * A second person's look at a plan: made again from their own checkout and connection, with the code
 * to compare. Of the file only the wish counts. Writes nothing.
 */
export async function verifyPlan(path: string, options: VerifyOptions): Promise<number> {
  const file = await readPlan(path, sha256);
  const again = await withGround(options, (ground) =>
    planAgain(ground, file, { sameUser: false, onProgress: tellEvidence() }),
  );
  const told = options.code === undefined ? file.code : readCode(options.code);
  const code = again.ok ? again.plan.code : null;
  const same = code === told && code === file.code;
  const message = again.ok
    ? same
      ? 'The plan is the same from here. The one who applies it must see this code too.'
      : other(file, again, told)
    : again.why;
  if (options.json) printJson({ format: 1, same, code, planned: file.code, message });
  else {
    const steps = again.ok ? planFile(again.plan, sha256).steps : [];
    print(
      [
        ...steps.map((step, at) => `${at + 1}. ${oneLine(step.title)}  [${step.kind}]`),
        message,
        ...(code === null ? [] : [`Code from here: ${code}`]),
        ...(same ? [] : ['Do not apply it.']),
      ].join('\n'),
    );
  }
  return same ? exitCodes.healthy : exitCodes.findings;
}

function other(
  file: PlanFile,
  again: Extract<Awaited<ReturnType<typeof planAgain>>, { ok: true }>,
  told: string,
): string {
  if (again.plan.code === file.code) {
    return `The code that was told, ${oneLine(told)}, is for another plan than this file.`;
  }
  const now = planFile(again.plan, sha256).steps;
  const sameStep = (
    a: PlanFile['steps'][number] | undefined,
    b: PlanFile['steps'][number],
  ): boolean => JSON.stringify({ ...a, digest: '' }) === JSON.stringify({ ...b, digest: '' });
  const changed = now.filter((step, at) => !sameStep(file.steps[at], step));
  const gone = file.steps.slice(now.length);
  const none = changed.length + gone.length === 0;
  return [
    whyOther(again),
    `The file's code is ${file.code}.`,
    ...(none ? ['The steps read the same; what they rest on does not.'] : []),
    ...changed.map(({ title }) => `Other, or not in the file: ${oneLine(title)}`),
    ...gone.map(({ title }) => `Only in the file: ${oneLine(title)}`),
  ].join('\n');
}
