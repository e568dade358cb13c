import { execa } from 'execa';
import { messageOf } from '../core/errors.js';
import type { StepOutcome } from '../core/plan.js';
import { redactDeep, redactText } from '../core/redact.js';
import { told } from '../postgres/observed.js';

/** How much of a program's output is kept for the operator: its end, characters. */
const TAIL = 2_000;

/**
 * Runs a playbook's command: a program and its arguments, no shell, in the project's folder,
 * without the terminal's input. What it did is known to it alone: one that did not end by
 * itself has an unknown outcome.
 */
export async function runCommand(
  command: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<StepOutcome> {
  const [program = '', ...args] = command;
  const begun = { kind: 'command', by: program, text: redactDeep(command).join(' ') } as const;
  try {
    const result = await told(begun, async () =>
      execa(program, args, {
        cwd,
        stdin: 'ignore',
        all: true,
        reject: false,
        ...(signal && { cancelSignal: signal }),
      }),
    );
    const said = redactText(result.all).slice(-TAIL).trim();
    const tail = said === '' ? '' : `: ${said}`;
    if (result.exitCode === 0) return { state: 'done', note: `exit code 0${tail}`, xid: null };
    if (result.exitCode !== undefined) {
      const message = `${program} ended with exit code ${result.exitCode}${tail}`;
      return {
        state: 'failed',
        message,
        detail: null,
        next: ['Look at what it says, and whether it left anything half done.'],
      };
    }
    if (result.cause !== undefined && !result.isTerminated && !result.isCanceled) {
      return notStarted(program, messageOf(result.cause));
    }
    return {
      state: 'unknown',
      message: `${program} was ended before it was done${tail}`,
      next: ['Look at what it was to do, and whether it did it.'],
    };
  } catch (error) {
    return notStarted(program, messageOf(error));
  }
}

function notStarted(program: string, why: string): StepOutcome {
  return {
    state: 'failed',
    message: redactText(`${program} could not be started: ${why}`),
    detail: null,
    next: ['Check the name of the program and the PATH.'],
  };
}
