import { told } from '../postgres/observed.js';

/** One entry in the session's log for all that is sent to the sandbox meanwhile: thousands of statements, as a rule. */
export function inSandbox<T>(what: string, run: () => Promise<T>): Promise<T> {
  const text = `${what}, in the sandbox (its own statements are not listed)`;
  return told({ kind: 'command', by: 'sandbox', text }, run);
}
