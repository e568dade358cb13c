import { checkbox, input, select } from '@inquirer/prompts';
import type { Answer, Asker } from './ask.js';

interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

type Context = { input: NodeJS.ReadStream; output: NodeJS.WriteStream; signal: AbortSignal };

/** Questions on a terminal. What was typed before a question was put is not its answer: @inquirer drops it. */
export function inquirerAsker({ stdin, stdout }: Terminal): Asker {
  const ask = <T>(signal: AbortSignal, prompt: (context: Context) => Promise<T>) =>
    settled(stdin, signal, (both) => prompt({ input: stdin, output: stdout, signal: both }));
  return {
    select: ({ message, choices, suggested }, signal) => {
      // A list always has a line under the cursor; this one stands for no answer.
      const none = { value: '', name: '(nothing chosen yet)' };
      const offered = suggested === null ? [none, ...choices] : [...choices];
      const config = { message, choices: offered, pageSize: 12, loop: false };
      return ask(signal, (context) =>
        select(suggested === null ? config : { ...config, default: suggested }, context),
      );
    },
    several: ({ message, choices }, signal) =>
      ask(signal, (context) =>
        checkbox(
          { message, choices: [...choices], pageSize: 12, loop: false, required: true },
          context,
        ),
      ),
    input: (message, signal) => {
      const typed = async (): Promise<Answer<string>> => {
        const pasted = watchPaste(stdin);
        const answer = await ask(signal, (context) => input({ message }, context));
        if (!pasted() || answer.type !== 'answered') return answer;
        stdout.write('That came in one piece, with its Enter, as a paste does. Type it.\n');
        return typed();
      };
      return typed();
    },
    close: () => {
      stdin.pause();
    },
  };
}

/** Whether an Enter comes in one chunk with what stands before it: nobody has read what that confirms. */
function watchPaste(stdin: NodeJS.ReadStream): () => boolean {
  let pasted = false;
  const onData = (chunk: string | Buffer): void => {
    if (/[^\r\n][\r\n]/.test(chunk.toString())) pasted = true;
  };
  stdin.on('data', onData);
  return () => {
    stdin.off('data', onData);
    return pasted;
  };
}

/** Longer than the system needs to stop a program; milliseconds. */
const UNLESS_STOPPED = 100;

/**
 * On Ctrl-Z, readline gives the terminal's mode back, and takes it again with a SIGCONT. A program
 * without a shell above it is not stopped: then it is told here to go on.
 */
function goOnUnlessStopped(): void {
  let resumed = false;
  process.once('SIGCONT', () => (resumed = true));
  setTimeout(() => {
    // Behind those signals that came while it was stopped.
    setImmediate(() => {
      if (!resumed) process.emit('SIGCONT');
    });
  }, UNLESS_STOPPED);
}

/** A prompt whose terminal is closed (Ctrl-D, hang-up) never settles by itself; here it does. */
async function settled<T>(
  stdin: NodeJS.ReadStream,
  withdrawn: AbortSignal,
  prompt: (signal: AbortSignal) => Promise<T>,
): Promise<Answer<T>> {
  const closed = new AbortController();
  const close = (): void => closed.abort();
  const onKey = (_text: unknown, key: { ctrl?: boolean; name?: string } | undefined): void => {
    if (key?.ctrl === true && key.name === 'd') close();
    if (key?.ctrl === true && key.name === 'z') goOnUnlessStopped();
  };
  stdin.on('end', close).on('close', close).on('keypress', onKey);
  try {
    if (stdin.readableEnded || stdin.destroyed) return { type: 'closed' };
    const value = await prompt(AbortSignal.any([withdrawn, closed.signal]));
    return { type: 'answered', value };
  } catch (error) {
    if (withdrawn.aborted) return { type: 'withdrawn' };
    if (closed.signal.aborted) return { type: 'closed' };
    if (error instanceof Error && error.name === 'ExitPromptError') return { type: 'cancelled' };
    throw error;
  } finally {
    stdin.off('end', close).off('close', close).off('keypress', onKey);
  }
}
