import { UserError } from '../core/errors.js';
import { redactDeep, redactText } from '../core/redact.js';
import { visible } from '../core/telling/visible.js';

/** Exit codes of DESIGN.md. */
export const exitCodes = {
  healthy: 0,
  findings: 1,
  couldNotLook: 2,
  needsConfirmation: 3,
  unknownOutcome: 4,
} as const;

/** Text for people: what files and servers hold cannot move the cursor or hide, and no secret is in it. */
export function print(text: string): void {
  const shown = visible(redactText(text));
  process.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(redactDeep(value), null, 2)}\n`);
}

/** A fact, then what to do. An error that is not the operator's is said to be ours. */
export function printError(error: unknown): void {
  if (error instanceof UserError) {
    process.stderr.write(
      `${visible(redactText([error.message, ...error.next.map((line) => `  ${line}`)].join('\n')))}\n`,
    );
    return;
  }
  const text = visible(
    redactText(error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  );
  process.stderr.write(
    `${text}\n  This is a mistake in pgmedic itself. Please report it; PGMEDIC_DEBUG=1 shows where it happened.\n`,
  );
  if (process.env['PGMEDIC_DEBUG'] && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
}
