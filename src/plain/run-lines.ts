import type { Coach } from '../core/coach.js';
import type { SessionHandle } from '../core/session/store.js';
import type { Wish } from '../core/session/events.js';
import type { State } from '../core/session/state.js';
import { speaksUtf8 } from '../core/telling/utf8.js';
import { visible } from '../core/telling/visible.js';
import type { Answer, Asker } from './ask.js';
import { coachedAsker } from './coached-asker.js';
import { lineAsker } from './line-asker.js';
import { narrate, progressLine, sameScene } from './narrate.js';
import type { Question, Taken } from './questions.js';
import { questionFor } from './questions.js';
import { resumableAsker } from './resumable-asker.js';

export interface LinesIo {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Numbered lines alone, nothing drawn anew: for a screen reader. */
  readonly linesOnly?: boolean;
}

/** Milliseconds between two lines about a backup that runs. */
const PROGRESS_EVERY = 3000;

/**
 * The session in plain lines, until it has ended: with prompts on a terminal, from numbered
 * lines on a pipe or where TERM is dumb. The end of input leaves; Ctrl-C at a prompt cancels, and
 * elsewhere is a signal, of the caller (interrupted.ts). Not for a process that has drawn the
 * screen before. `opened`: who has asked already, before the session; `coach`: of the drill that
 * is played.
 *
 * @returns the exit code of the session
 */
export async function runLines(
  handle: SessionHandle,
  io: LinesIo = ownIo(),
  opened: Asker | null = null,
  coach: Coach | null = null,
): Promise<number> {
  const print = printer(io);
  const plainAsker = opened ?? (await openAsker(io));
  const asker = coach === null ? plainAsker : coachedAsker(plainAsker, coach, print);
  const stopTelling = tell(handle, print);
  let ended = false;
  const end = handle.ended.then((code) => {
    ended = true;
    return code;
  });
  try {
    while (!ended) {
      const question = questionFor(handle.getState());
      if (question === null) await Promise.race([nextScene(handle), end]);
      else await converse(handle, asker, question, print);
    }
    return await end;
  } finally {
    stopTelling();
    asker.close();
  }
}

function printer({ stdout }: LinesIo): (text: string) => void {
  return (text) => {
    for (const row of text.split('\n')) stdout.write(`${visible(row)}\n`);
  };
}

export function ownIo(): LinesIo {
  return { stdin: process.stdin, stdout: process.stdout, environment: process.env };
}

/** Whoever has read a line of a pipe has read what follows, too: one asker for a whole run. */
export async function openAsker(io: LinesIo): Promise<Asker> {
  const { stdin, stdout, environment, linesOnly = false } = io;
  const able = stdin.isTTY && stdout.isTTY && environment['TERM'] !== 'dumb';
  // The signs of a prompt are not ASCII.
  if (!able || linesOnly || !speaksUtf8(environment))
    return resumableAsker(lineAsker({ stdin, print: printer(io) }));
  const { inquirerAsker } = await import('./inquirer-asker.js');
  return resumableAsker(inquirerAsker({ stdin, stdout }));
}

/** Prints what happens, as it happens. */
function tell(handle: SessionHandle, print: (text: string) => void): () => void {
  let told: State | null = null;
  let progressAt = 0;
  const listener = (): void => {
    const state = handle.getState();
    narrate(told, state).forEach(print);
    const progress = progressLine(state, handle.now());
    if (progress !== null && handle.now() >= progressAt + PROGRESS_EVERY) {
      progressAt = handle.now();
      print(progress);
    }
    told = state;
  };
  listener();
  return handle.subscribe(listener);
}

/** Puts one question, with what follows from it, unless the session goes on by itself. */
async function converse(
  handle: SessionHandle,
  asker: Asker,
  first: Question,
  print: (text: string) => void,
): Promise<void> {
  const asked = handle.getState();
  const withdrawal = new AbortController();
  const stop = handle.subscribe(() => {
    if (!sameScene(asked, handle.getState())) withdrawal.abort();
  });
  try {
    for (let question: Question | null = first; question !== null;) {
      const answer = await put(question, asker, withdrawal.signal, handle);
      if (answer.type === 'closed') return send(handle, { type: 'leave' }, print);
      if (answer.type === 'cancelled') return send(handle, { type: 'cancel' }, print);
      if (answer.type === 'withdrawn') return;
      const taken: Taken = answer.value;
      if ('tell' in taken) return taken.tell(handle.log()).forEach(print);
      if ('wish' in taken) return send(handle, taken.wish, print);
      if ('ask' in taken) question = taken.ask;
      else print(taken.again);
    }
  } finally {
    stop();
  }
}

async function put(
  question: Question,
  asker: Asker,
  signal: AbortSignal,
  handle: SessionHandle,
): Promise<Answer<Taken>> {
  switch (question.type) {
    case 'select':
      return mapped(await asker.select(question, signal), (value) =>
        question.take(value, handle.now()),
      );
    case 'several':
      return mapped(await asker.several(question, signal), (values) =>
        question.take(values, handle.now()),
      );
    case 'input':
      return mapped(await asker.input(question.message, signal), (text) =>
        question.take(text.trim(), handle.now()),
      );
  }
}

function mapped<A, B>(answer: Answer<A>, change: (value: A) => B): Answer<B> {
  return answer.type === 'answered' ? { type: 'answered', value: change(answer.value) } : answer;
}

/** A refusal in the words of the one before changes nothing that could be told; it is said all the same. */
function send(handle: SessionHandle, wish: Wish, print: (text: string) => void): void {
  const before = handle.getState().notice;
  handle.dispatch(wish);
  const { notice } = handle.getState();
  if (notice !== null && notice === before) print(notice);
}

function nextScene(handle: SessionHandle): Promise<void> {
  const { promise, resolve } = deferred();
  const asked = handle.getState();
  const stop = handle.subscribe(() => {
    if (sameScene(asked, handle.getState())) return;
    stop();
    resolve();
  });
  return promise;
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
