import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that shows nothing for this long has failed (milliseconds). */
const patience = 30_000;

export type Environment = Readonly<Record<string, string>>;

/**
 * Milliseconds from the start of `node ...args` in a real terminal until `text` stands on the
 * screen. The program is ended then, and has ended when this returns.
 *
 * @throws Error with the screen when the program ends, or waits, without having shown it
 */
export async function untilOnScreen(
  args: readonly string[],
  text: string,
  env: Environment,
): Promise<number> {
  const size = { cols: 110, rows: 40 };
  const terminal = new xterm.Terminal({ ...size, allowProposedApi: true });
  const began = performance.now();
  const child = pty.spawn(process.execPath, [...args], { ...size, name: 'xterm-256color', env });
  const exited = new Promise<void>((resolve) => void child.onExit(() => resolve()));
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<number>((resolve, reject) => {
      const fail = (why: string): void =>
        reject(new Error(`${args.join(' ')} ${why} without showing ${text}:\n${screen(terminal)}`));
      child.onData((data) => {
        terminal.write(data, () => {
          if (screen(terminal).includes(text)) resolve(performance.now() - began);
        });
      });
      // What it wrote last is still on its way to the screen.
      void exited.then(() => terminal.write('', () => fail('ended')));
      timer = setTimeout(() => fail('waited'), patience);
    });
  } finally {
    clearTimeout(timer);
    child.kill('SIGTERM');
    const stubborn = setTimeout(() => child.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(stubborn);
    terminal.dispose();
  }
}

function screen(terminal: xterm.Terminal): string {
  const { active } = terminal.buffer;
  const lines = Array.from(
    { length: terminal.rows },
    (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '',
  );
  return lines.join('\n').trimEnd();
}

/** Milliseconds from the start of `node ...args` until its first output, through a pipe. */
export async function untilOutput(args: readonly string[], env: Environment): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const output = once(child.stdout, 'data').then(() => performance.now() - began);
  const time = await Promise.race([output, ended.then(() => null)]);
  await ended;
  if (time === null) throw new Error(`${args.join(' ')} ended without a word`);
  return time;
}

/** The value that `share` (0 to 1) of the values do not exceed, by the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
