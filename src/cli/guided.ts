import type { SessionHandle } from '../core/session/store.js';
import { openSession } from '../runtime/open-session.js';
import type { SharedOptions } from './options.js';
import { stopOnSignals } from './progress.js';

/** The guided recovery, on a screen or in lines. Returns the session's exit code. */
export async function guided(options: SharedOptions): Promise<number> {
  // The face is loaded while the session reads its first files.
  const session = openSession({
    openGround: async () => (await import('../runtime/ground.js')).openGround(options, process.env),
    environment: process.env,
    readOnly: options.readOnly === true,
  });
  const unhook = stopOnSignals(session.handle);
  const code = await face(session.handle, options);
  await session.close();
  unhook();
  return code;
}

async function face(handle: SessionHandle, options: SharedOptions): Promise<number> {
  if (screenFits(options)) {
    const { runScreen } = await import('../ui/run-screen.js');
    return runScreen(handle, options.color === false ? { noColor: true } : {});
  }
  const { runLines } = await import('../plain/run-lines.js');
  return runLines(handle, { linesOnly: forScreenReader(options) });
}

/** A picture that is drawn over the one before cannot be read out. */
function forScreenReader({ screenReader = false }: SharedOptions): boolean {
  return screenReader || !['', 'false', '0'].includes(process.env['INK_SCREEN_READER'] ?? '');
}

/** Ink draws nothing before its end where CI is set, and a screen below 80x24 says too little. */
function screenFits(options: SharedOptions): boolean {
  const { stdin, stdout, env } = process;
  if (options.plain || forScreenReader(options)) return false;
  if (env['TERM'] === 'dumb' || env['CI'] || !stdin.isTTY || !stdout.isTTY) return false;
  return stdout.columns >= 80 && stdout.rows >= 24;
}
