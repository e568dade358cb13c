import { writeSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import pg from 'pg';

export interface Counting {
  /** From here on operations count. */
  begin(): void;
  /** What was begun since, in order: "sync", "query: COMMIT". */
  readonly names: readonly string[];
}

type AnyFunction = (this: unknown, ...values: unknown[]) => unknown;

/**
 * Counts what this process does on the disk and on the network, and kills it with SIGKILL at its
 * nth operation: before it, or (`midway`) right after it was begun; `signal` another one. `everywhere`: what only reads
 * and prepares counts as well.
 */
export async function killAtOperation(options: {
  readonly killAt: number;
  readonly midway: boolean;
  readonly everywhere: boolean;
  readonly signal?: NodeJS.Signals;
}): Promise<Counting> {
  const { killAt, midway, everywhere, signal = 'SIGKILL' } = options;
  const die = (): void => {
    // Whoever waits for it to be stopped reads this.
    if (signal === 'SIGSTOP') writeSync(1, 'stopped\n');
    process.kill(process.pid, signal);
    while (signal === 'SIGKILL');
  };
  const names: string[] = [];
  let counting = false;
  const watch = (owner: Record<string, unknown>, all: readonly string[], only = /(?:)/): void => {
    for (const name of all) {
      const original = owner[name] as AnyFunction;
      owner[name] = function (this: unknown, ...values: unknown[]) {
        const [first] = values as [string | { text?: string }];
        const text = typeof first === 'string' ? first : (first?.text ?? '');
        if (!counting || !only.test(text)) return original.apply(this, values);
        const mine = names.push(name === 'query' ? `query: ${text.slice(0, 60)}` : name);
        if (mine === killAt && !midway) die();
        const result = original.apply(this, values);
        // Time enough for a packet to leave, or a system call to begin.
        if (mine === killAt) setTimeout(die, 1);
        return result;
      };
    }
  };

  const files = createRequire(import.meta.url)('node:fs/promises') as Record<string, unknown>;
  const open = files['open'] as (path: string) => Promise<{ close(): Promise<void> }>;
  const handle = await open('/');
  const prototype = Object.getPrototypeOf(handle) as Record<string, unknown>;
  await handle.close();
  const client = pg.Client.prototype as unknown as Record<string, unknown>;
  watch(files, ['rename', 'link', 'unlink', 'writeFile']);
  watch(prototype, ['appendFile', 'writeFile', 'sync']);
  if (everywhere) {
    watch(files, ['open', 'mkdir', 'chmod', 'chown']);
    watch(prototype, ['chmod', 'chown', 'close']);
    watch(client, ['connect', 'query', 'end']);
  } else {
    watch(client, ['query'], /^(LOCK|INSERT|COMMIT|CREATE)/);
  }
  // Bundled as a module, a program has its own names for them.
  syncBuiltinESMExports();
  return {
    begin: () => {
      counting = true;
    },
    names,
  };
}
