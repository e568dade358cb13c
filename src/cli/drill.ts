import { clock, counted } from '../core/telling/amounts.js';
import { wrapped } from '../core/telling/visible.js';
import { coachOf } from '../drill/coach.js';
import { debrief } from '../drill/debrief.js';
import { drillList, drillNamed } from '../drill/drills.js';
import type { Drill } from '../drill/ground.js';
import { keepSolved, readSolved } from '../drill/progress.js';
import { recordsOf } from '../drill/records.js';
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
    await list(options);
    return exitCodes.healthy;
  }
  const chosen = drillNamed(name);
  return options.serve ? serve(chosen) : play(chosen, options);
}

/** With what this person has solved, and how the last time. */
async function list({ json }: DrillOptions): Promise<void> {
  const solved = await readSolved(process.env);
  const drills = drillList().drills.map((one) => {
    const last = solved.findLast(({ drill }) => drill === one.name) ?? null;
    return { ...one, solved: last && { at: last.at, seconds: last.seconds, hints: last.hints } };
  });
  if (json) return printJson({ drills });
  print(
    drills
      .flatMap(({ name, title, solved }) => [
        `${name.padEnd(26)} ${title}`,
        ...(solved === null
          ? []
          : [
              `${' '.repeat(26)} solved ${solved.at.slice(0, 10)}, in ${clock(solved.seconds * 1000)}, with ${counted(solved.hints, 'hint')}`,
            ]),
      ])
      .join('\n'),
  );
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
    const { guided } = await import('./guided.js');
    const coach = coachOf(chosen);
    const began = Date.now();
    const code = await guided(
      {
        ...options,
        databaseUrl: running.databaseUrl,
        dir: running.dir,
        env: options.env ?? 'drill',
      },
      coach,
    );
    const took = Date.now() - began;
    // What was made is removed first, though the terminal is gone or somebody is impatient.
    hooked = signalled();
    const { solved, facts } = await running.judge();
    const hints = coach.given();
    const records = await recordsOf(process.env, running.dir);
    const back = debrief(chosen, { took, hints, solved, records });
    const listed = (lines: readonly string[]): string[] => lines.map((one) => folded(`- ${one}`));
    print(
      [
        ...['', solved ? 'Solved.' : 'Not solved yet.', ...listed(facts)],
        ...['', 'Looking back:', ...listed(back)],
      ].join('\n'),
    );
    if (solved) {
      const seconds = Math.round(took / 1000);
      const at = new Date().toISOString();
      await keepSolved(process.env, { drill: chosen.name, at, seconds, hints });
    }
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
