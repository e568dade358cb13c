import { render } from 'ink';
import type { SessionHandle } from '../core/session/store.js';
import type { State } from '../core/session/state.js';
import { currentRun } from '../core/session/state.js';
import { App } from './App.js';
import { asciiGlyphs, speaksUtf8, unicodeGlyphs } from './glyphs.js';
import { createScreen } from './screen.js';
import { themeOf } from './theme.js';

export interface ScreenOptions {
  /** Only ASCII signs; by default where the locale is not UTF-8. */
  readonly ascii?: boolean;
  /** By default as NO_COLOR says. */
  readonly noColor?: boolean;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: NodeJS.ReadStream;
  readonly stdout?: NodeJS.WriteStream;
}

/**
 * The session on the main screen of a terminal, until it has ended. The last screen stays in
 * the transcript, with the outcome and the report's path in plain lines beneath it. No @inquirer prompt may follow in the same
 * process.
 *
 * @returns the exit code of the session
 */
export async function runScreen(
  handle: SessionHandle,
  options: ScreenOptions = {},
): Promise<number> {
  const environment = options.environment ?? process.env;
  const stdout = options.stdout ?? process.stdout;
  const ascii = options.ascii ?? !speaksUtf8(environment);
  const noColor = options.noColor ?? Boolean(environment['NO_COLOR']);
  const screen = createScreen(handle, ascii ? asciiGlyphs : unicodeGlyphs);
  const app = render(<App handle={handle} screen={screen} theme={themeOf(!noColor)} />, {
    stdout,
    stdin: options.stdin ?? process.stdin,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  // A drawing that throws ends Ink; the promise hands the error on.
  const drawn = app.waitUntilExit();
  const code = await Promise.race([handle.ended, drawn.then(() => handle.ended)]);
  app.unmount();
  await drawn;
  stdout.write(`${lastWords(handle.getState())}\n`);
  return code;
}

function lastWords(state: State): string {
  const verdict = currentRun(state)?.verdict?.words ?? 'pgmedic has left.';
  const path = state.scene.name === 'leaving' ? state.scene.reportPath : null;
  return path === null ? verdict : `${verdict}\nReport: ${path}`;
}
