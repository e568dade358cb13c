/**
 * How long until the board stands on the screen, against what cannot be saved: Ink's own start
 * and the connection. Prints a table; exits 1 when the median ratio is above the limit.
 *
 *   npm run bench:first-frame [-- RUNS]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drillNamed } from '../src/drill/drills.js';
import { startDrill } from '../src/drill/run.js';
import { startSandbox } from '../src/sandbox/start.js';
import { quantile, untilOnScreen, untilOutput, type Environment } from './measure.js';

const limit = 1.5;
const runs = Math.max(15, Number(process.argv[2] ?? 15));

interface Sample {
  readonly hello: number;
  readonly board: number;
  readonly connection: number;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function sample(dir: string, env: Environment): Promise<Sample> {
  const hello = await untilOnScreen([here('hello.js')], 'hello', env);
  const board = await untilOnScreen(
    [here('../bin/pgmedic.js'), '--dir', dir],
    '0018_oidc_state_management',
    env,
  );
  const connect = await untilOutput([here('connect.js')], env);
  const bare = await untilOutput([here('bare.js')], env);
  return { hello, board, connection: connect - bare };
}

/** Nothing of the caller's own settings, and never CI: Ink draws differently there. */
function environment(state: string, databaseUrl: string): Environment {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: state,
    XDG_STATE_HOME: state,
    TERM: 'xterm-256color',
    // By the environment: a URL in the arguments could be read by everybody.
    PGMEDIC_DATABASE_URL: databaseUrl,
  };
}

function line(name: string, values: readonly number[], digits: number, unit: string): string {
  const cells = [0.5, 0.9].map((share) => `${quantile(values, share).toFixed(digits)}${unit}`);
  return row(name, cells);
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(44) + cells.map((cell) => cell.padStart(10)).join('');
}

function table(samples: readonly Sample[]): { text: string; ratio: number } {
  const ratios = samples.map(({ hello, board, connection }) => board / (hello + connection));
  const text = [
    row(`${samples.length} runs, interleaved`, ['median', 'p90']),
    line(
      '(a) bare Ink "hello", start to screen',
      samples.map((s) => s.hello),
      0,
      ' ms',
    ),
    line(
      '(b) pgmedic, start to board',
      samples.map((s) => s.board),
      0,
      ' ms',
    ),
    line(
      '(c) connect and SELECT 1, less bare Node',
      samples.map((s) => s.connection),
      0,
      ' ms',
    ),
    line('(b) / ((a) + (c))', ratios, 2, ''),
  ].join('\n');
  return { text, ratio: quantile(ratios, 0.5) };
}

async function main(): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), 'pgmedic-bench-'));
  const sandbox = await startSandbox({});
  const drill = await startDrill(drillNamed('journal-gap'), { sandbox });
  try {
    const env = environment(state, drill.databaseUrl);
    // Once for the disk cache, uncounted.
    await sample(drill.dir, env);
    const samples: Sample[] = [];
    while (samples.length < runs) samples.push(await sample(drill.dir, env));
    const { text, ratio } = table(samples);
    console.log(`${text}\nlimit ${limit}: ${ratio <= limit ? 'kept' : 'NOT kept'}`);
    process.exitCode = ratio <= limit ? 0 : 1;
  } finally {
    await drill.stop();
    await sandbox.stop();
    await rm(state, { recursive: true, force: true });
  }
}

await main();
