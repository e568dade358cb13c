import { wrapped } from '../core/telling/visible.js';
import { drillList, drillNamed } from '../drill/drills.js';
import type { Drill } from '../drill/ground.js';
import { startDrill } from '../drill/run.js';
import { serveDrill } from '../drill/serve.js';
import { startSandbox } from '../sandbox/start.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printJson } from './output.js';

interface DrillOptions extends SharedOptions {
  readonly list?: boolean;
  readonly json?: boolean;
  readonly serve?: boolean;
}

/** Lists the drills, serves one for other terminals, or plays one here. */
export async function drill(name: string | undefined, options: DrillOptions): Promise<number> {
  if (name === undefined || options.list) {
    const list = drillList();
    if (options.json) printJson(list);
    else print(list.drills.map((one) => `${one.name.padEnd(20)} ${one.title}`).join('\n'));
    return exitCodes.healthy;
  }
  const chosen = drillNamed(name);
  return options.serve ? serve(chosen) : play(chosen, options);
}

async function serve(chosen: Drill): Promise<number> {
  const { signal, unhook } = signalled();
  try {
    await serveDrill(chosen, process, signal);
    return exitCodes.healthy;
  } finally {
    unhook();
  }
}

/** Breaks a database, opens the recovery on it, and judges what was left behind. */
async function play(chosen: Drill, options: DrillOptions): Promise<number> {
  let hooked = signalled();
  const { signal } = hooked;
  process.stderr.write(`Preparing the drill "${chosen.title}"...\n`);
  const sandbox = await startSandbox({ signal });
  try {
    const running = await startDrill(chosen, { sandbox, signal });
    // From here on the session answers signals: a step is stopped safely before the sandbox goes.
    hooked.unhook();
    print(folded(`\n${chosen.page}\n\nGoal: ${chosen.goal}\n`));
    const { guided } = await import('./guided.js');
    const code = await guided({
      ...options,
      databaseUrl: running.databaseUrl,
      dir: running.dir,
      env: options.env ?? 'drill',
    });
    // What was made is removed first, though the terminal is gone or somebody is impatient.
    hooked = signalled();
    const { solved, facts } = await running.judge();
    print(
      [
        '',
        solved ? 'Solved.' : 'Not solved yet.',
        ...facts.map((fact) => folded(`- ${fact}`)),
        ...(solved ? [] : chosen.hints.slice(0, 1).map((hint) => folded(`Hint: ${hint}`))),
      ].join('\n'),
    );
    await running.stop();
    return solved ? exitCodes.healthy : Math.max(code, exitCodes.findings);
  } finally {
    await sandbox.stop();
    hooked.unhook();
  }
}

/** Broken between words where it is read on a terminal. */
function folded(text: string): string {
  const { columns } = process.stdout;
  return columns ? wrapped(text, columns).join('\n') : text;
}

function signalled(): { readonly signal: AbortSignal; readonly unhook: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, stop);
  return {
    signal: controller.signal,
    unhook: () => {
      for (const signal of signals) process.off(signal, stop);
    },
  };
}
