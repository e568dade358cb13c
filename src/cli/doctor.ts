import { examine, type Examined } from '../runtime/examine.js';
import { speaksUtf8 } from '../core/telling/utf8.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printJson } from './output.js';

/** Says what of the surroundings works, and how to mend the rest. 1: something is missing. */
export async function doctor(
  options: SharedOptions & { readonly json?: boolean },
): Promise<number> {
  const { stdin, stdout } = process;
  const terminal = {
    isTerminal: stdin.isTTY && stdout.isTTY,
    columns: stdout.columns ?? 0,
    rows: stdout.rows ?? 0,
    utf8: speaksUtf8(process.env),
  };
  const all = await examine(options, process.env, terminal, (one) => {
    if (!options.json) print(lineOf(one));
  });
  if (options.json) printJson({ format: 1, parts: all });
  const missing = all.filter(({ state }) => state === 'missing');
  if (!options.json) {
    print(
      missing.length === 0
        ? 'pgmedic can work here.'
        : `Missing: ${missing.map(({ part }) => part).join(', ')}.`,
    );
  }
  return missing.length === 0 ? exitCodes.healthy : exitCodes.findings;
}

function lineOf({ part, state, says, next }: Examined): string {
  const head = `${state.padEnd(8)} ${part.padEnd(13)} ${says.replaceAll('\n', '\n'.padEnd(24))}`;
  return [head, ...next.map((line) => `${' '.repeat(23)}${line}`)].join('\n');
}
