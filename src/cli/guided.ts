import type { Coach } from '../core/coach.js';
import type { SessionHandle } from '../core/session/store.js';
import type { Asker } from '../plain/ask.js';
import { interrupted } from '../plain/interrupted.js';
import type { LinesIo } from '../plain/run-lines.js';
import { openSession } from '../runtime/open-session.js';
import type { SharedOptions } from './options.js';
import { exitCodes } from './output.js';
import { stopOnSignals } from './progress.js';

/** The guided recovery, on a screen or in lines; of a drill with its coach. Returns the session's exit code. */
export async function guided(options: SharedOptions, coach: Coach | null = null): Promise<number> {
  const chosen = await choose(options);
  if (chosen === null) return exitCodes.couldNotLook;
  // The face is loaded while the session reads its first files.
  const session = openSession({
    openGround: async () =>
      (await import('../runtime/ground.js')).openGround(chosen.options, process.env),
    environment: process.env,
    readOnly: options.readOnly === true,
  });
  const onScreen = screenFits(chosen.options);
  const unhook = stopOnSignals(session.handle, onScreen ? undefined : interrupted);
  const code = await face(session.handle, chosen, onScreen, coach);
  await session.close();
  unhook();
  return code;
}

interface Chosen {
  readonly options: SharedOptions;
  /** Who has asked, where there was something to ask. */
  readonly asker: Asker | null;
}

/** Where the folder has several projects, the operator says which is meant; null: left without. */
async function choose(options: SharedOptions): Promise<Chosen | null> {
  const { findProject, SeveralProjects } = await import('../files/find-project.js');
  const several = await findProject(options, process.env).then(
    () => null,
    (error: unknown) => (error instanceof SeveralProjects ? error : null),
  );
  if (several === null) return { options, asker: null };
  const { openAsker } = await import('../plain/run-lines.js');
  const asker = await openAsker(await lines(options));
  const question = {
    message: `${several.message}\nWhich one is to be looked at?`,
    choices: several.choices.map(({ name, typed }) => ({ value: typed, name })),
    suggested: null,
  };
  for (;;) {
    const answer = await asker.select(question, new AbortController().signal);
    if (answer.type !== 'answered') {
      asker.close();
      return null;
    }
    const chosen = several.choices.find(({ typed }) => typed === answer.value);
    if (chosen !== undefined) return { options: { ...options, ...chosen.options }, asker };
  }
}

async function face(
  handle: SessionHandle,
  { options, asker }: Chosen,
  onScreen: boolean,
  coach: Coach | null,
): Promise<number> {
  if (onScreen) {
    asker?.close();
    const { runScreen } = await import('../ui/run-screen.js');
    return runScreen(handle, {
      coach,
      ...(options.color === false ? { noColor: true } : {}),
    });
  }
  const { runLines } = await import('../plain/run-lines.js');
  return runLines(handle, await lines(options), asker, coach);
}

/** A picture that is drawn over the one before cannot be read out. */
function forScreenReader({ screenReader = false }: SharedOptions): boolean {
  return screenReader || !['', 'false', '0'].includes(process.env['INK_SCREEN_READER'] ?? '');
}

async function lines(options: SharedOptions): Promise<LinesIo> {
  const { ownIo } = await import('../plain/run-lines.js');
  return { ...ownIo(), linesOnly: forScreenReader(options) };
}

/** Ink draws nothing before its end where CI is set, and a screen below 80x24 says too little. */
function screenFits(options: SharedOptions): boolean {
  const { stdin, stdout, env } = process;
  if (options.plain || forScreenReader(options)) return false;
  if (env['TERM'] === 'dumb' || env['CI'] || !stdin.isTTY || !stdout.isTTY) return false;
  return stdout.columns >= 80 && stdout.rows >= 24;
}
