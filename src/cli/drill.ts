import { UserError } from '../core/errors.js';
import { shellWord } from '../backup/restore-command.js';
import { clock, counted } from '../core/telling/amounts.js';
import { wrapped } from '../core/telling/visible.js';
import { coachOf } from '../drill/coach.js';
import { debrief } from '../drill/debrief.js';
import { drillList, drillNamed } from '../drill/drills.js';
import type { Drill } from '../drill/ground.js';
import { keepSolved, readSolved, type Solved } from '../drill/progress.js';
import { recordsOf } from '../drill/records.js';
import { startDrill } from '../drill/run.js';
import { type ChooseDrill, serveDrill } from '../drill/serve.js';
import { kindOf } from '../files/project.js';
import { startSandbox } from '../sandbox/start.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printJson } from './output.js';
import { signalled } from './signalled.js';

interface DrillOptions extends SharedOptions {
  readonly list?: boolean;
  readonly json?: boolean;
  readonly serve?: boolean;
  readonly from?: string;
  readonly seed?: string;
}

/** Lists the drills, serves one for other terminals, or plays one here. */
export async function drill(name: string | undefined, options: DrillOptions): Promise<number> {
  const choose = chooserFor(name, options);
  if (choose === null) {
    await list(options);
    return exitCodes.healthy;
  }
  return options.serve ? serve(choose) : play(choose, options);
}

/** null: the list is wanted. @throws UserError for a drill that is not there, and for options that do not go together */
function chooserFor(name: string | undefined, options: DrillOptions): ChooseDrill | null {
  const { from } = options;
  if (from === undefined && options.seed !== undefined) {
    throw new UserError('--seed is for drills that are made of migrations.', [
      'pgmedic drill --from . --seed 42',
    ]);
  }
  if (from !== undefined) {
    if (name !== undefined || options.list) {
      throw new UserError(
        '--from makes a drill of its own: it goes with no name, and not with --list.',
      );
    }
    const seed = seedOf(options.seed);
    return async (sandbox, signal) => {
      if ((await kindOf(from)) === 'file') return incidentIn(from, options);
      const { drillFromFolder } = await import('../drill/from/drill.js');
      const made = await drillFromFolder(from, options, { seed, sandbox, signal });
      process.stderr.write(`The same drill again: ${again(from, seed, options)}\n`);
      return made;
    };
  }
  if (name === undefined || options.list) return null;
  const chosen = drillNamed(name);
  return async () => chosen;
}

/** The command line that makes it again. */
function again(from: string, seed: number, options: DrillOptions): string {
  const { tool, migrations, historyTable } = options;
  const named = { tool, migrations, 'history-table': historyTable };
  const more = Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  const words = ['pgmedic', 'drill', '--from', from, '--seed', String(seed), ...more];
  return words.map(shellWord).join(' ');
}

async function incidentIn(file: string, { seed }: DrillOptions): Promise<Drill> {
  if (seed !== undefined) {
    throw new UserError(`${file} is one drill already: it goes with no --seed.`);
  }
  const [{ readRecorded }, { drillOfIncident }] = await Promise.all([
    import('../drill/incident/recorded.js'),
    import('../drill/incident/drill.js'),
  ]);
  return drillOfIncident(await readRecorded(file));
}

function seedOf(given: string | undefined): number {
  if (given === undefined) return Math.floor(Math.random() * 10_000);
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new UserError(`--seed ${given} is no whole number from 0 to 999999999.`);
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
        ...beside(name, title),
        ...(solved === null
          ? []
          : [
              `${' '.repeat(NAME)}solved ${solved.at.slice(0, 10)}, in ${clock(solved.seconds * 1000)}, with ${counted(solved.hints, 'hint')}`,
            ]),
      ])
      .join('\n'),
  );
}

async function serve(choose: ChooseDrill): Promise<number> {
  const { signal, unhook } = signalled();
  try {
    await serveDrill(choose, process, signal);
    return exitCodes.healthy;
  } finally {
    unhook();
  }
}

/** Breaks a database, opens the recovery on it, and judges what was left behind. */
async function play(choose: ChooseDrill, options: DrillOptions): Promise<number> {
  let hooked = signalled();
  const { signal } = hooked;
  process.stderr.write('Preparing the drill...\n');
  const sandbox = await startSandbox({ signal });
  try {
    const chosen = await choose(sandbox, signal);
    process.stderr.write(`${chosen.title}\n`);
    const running = await startDrill(chosen, { sandbox, signal });
    // From here on the session answers signals: a step is stopped safely before the sandbox goes.
    hooked.unhook();
    const { guided } = await import('./guided.js');
    const coach = coachOf(chosen);
    const began = Date.now();
    const code = await guided(
      {
        ...faceOf(options),
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
    if (solved && options.from === undefined) {
      const seconds = Math.round(took / 1000);
      const at = new Date().toISOString();
      await keepSolved(process.env, { drill: chosen.name, at, seconds, hints });
      print(`\n${nextWords(await readSolved(process.env))}`);
    }
    await running.stop();
    return solved ? exitCodes.healthy : Math.max(code, exitCodes.findings);
  } finally {
    await sandbox.stop();
    hooked.unhook();
  }
}

/** What the drill's own project does not say. */
function faceOf(options: DrillOptions): SharedOptions {
  const { tool: _, migrations: __, historyTable: ___, ...rest } = options;
  return options.from === undefined ? options : rest;
}

/** The first of the list that is not solved yet. */
function nextWords(solved: readonly Solved[]): string {
  const next = drillList().drills.find(({ name }) =>
    solved.every(({ drill: one }) => one !== name),
  );
  return next === undefined
    ? 'All drills are solved. One of your own: pgmedic drill --from .'
    : `Next: pgmedic drill ${next.name}`;
}

const NAME = 27;

/** A name and its title, the title broken between words in its own column. */
function beside(name: string, title: string): readonly string[] {
  const { columns } = process.stdout;
  const [first = '', ...more] = columns ? wrapped(title, Math.max(20, columns - NAME)) : [title];
  return [`${name.padEnd(NAME)}${first}`, ...more.map((row) => `${' '.repeat(NAME)}${row}`)];
}

/** Broken between words where it is read on a terminal. */
function folded(text: string): string {
  const { columns } = process.stdout;
  return columns ? wrapped(text, columns).join('\n') : text;
}
