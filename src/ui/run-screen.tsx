import { render } from 'ink';
import type { Coach } from '../core/coach.js';
import type { SessionHandle } from '../core/session/store.js';
import type { State } from '../core/session/state.js';
import { speaksUtf8 } from '../core/telling/utf8.js';
import { App } from './App.js';
import { isBusy } from './keys.js';
import { paperOn } from './paper.js';
import { asciiGlyphs, unicodeGlyphs } from './glyphs.js';
import { createScreen } from './screen.js';
import { suspendable } from './suspend.js';
import { themeOf } from './theme.js';

export interface ScreenOptions {
  /** Only ASCII signs; by default where the locale is not UTF-8. */
  readonly ascii?: boolean;
  /** By default as NO_COLOR says. */
  readonly noColor?: boolean;
  /** Of the drill that is played. */
  readonly coach?: Coach | null;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: NodeJS.ReadStream;
  readonly stdout?: NodeJS.WriteStream;
}

/**
 * The session on the main screen of a terminal, until it has ended. The last screen stays in
 * the transcript, with the paths of backup and report in plain lines beneath it. No @inquirer
 * prompt may follow in the same process.
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
  const paper = paperOn(stdout);
  const stdin = options.stdin ?? process.stdin;
  const holdsLocks = (): boolean => isBusy(handle.getState());
  const { suspend, release } = suspendable({ stdin, paper, busy: holdsLocks });
  const { redraw } = paper;
  const glyphs = ascii ? asciiGlyphs : unicodeGlyphs;
  const screen = createScreen(handle, glyphs, { suspend, redraw }, options.coach);
  const failure = rememberFailure(handle);
  const app = render(
    <App handle={handle} screen={screen} theme={themeOf(!noColor)} terminal={stdout} />,
    {
      stdout: paper.stdout,
      stdin,
      exitOnCtrlC: false,
      patchConsole: false,
      // A held key comes thirty times a second: at Ink's own thirty pictures each would wait for the next.
      maxFps: 60,
    },
  );
  // A drawing that throws ends Ink; the promise hands the error on.
  const drawn = app.waitUntilExit();
  const code = await Promise.race([handle.ended, drawn.then(() => handle.ended)]);
  app.unmount();
  await drawn;
  release();
  paper.release();
  for (const words of [failure(), ...lastWords(handle.getState())]) {
    if (words !== null) stdout.write(`${words}\n`);
  }
  return code;
}

/** Why nothing could be read, if that is where the session ended: the last picture has it no more. */
function rememberFailure(handle: SessionHandle): () => string | null {
  let failure: string | null = null;
  handle.subscribe(() => {
    const { scene } = handle.getState();
    if (scene.name === 'cannot-look') failure = [scene.message, ...scene.next].join('\n  ');
    else if (scene.name !== 'leaving') failure = null;
  });
  return () => failure;
}

/** Paths in whole lines: a row of the screen would break them, and they are to be copied. */
function lastWords({ scene, backup }: State): readonly string[] {
  const report = scene.name === 'leaving' ? scene.reportPath : null;
  return [
    ...(backup === null ? [] : [`Backup: ${backup.path}`]),
    ...(report === null ? [] : [`Report: ${report}`]),
  ];
}
