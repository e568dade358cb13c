/**
 * What the evidence costs, against `drizzle-kit check` on the same folder of 300 migrations and 2,000
 * statements, and how that grows with the folder. Prints tables; exits 1 when a limit is broken.
 *
 *   npm run bench:evidence [-- RUNS]
 */
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { loadParser } from '../src/postgres/parse.js';
import { replay } from '../src/sandbox/replay/replay.js';
import type { Sandbox } from '../src/sandbox/sandbox.js';
import { startSandbox } from '../src/sandbox/start.js';
import { drizzle as tool } from '../src/tools/drizzle/index.js';
import { type GeneratedFolder, generateFolder } from './evidence-folder.js';
import { type Environment, quantile } from './measure.js';
import { type Cost, costOf } from './processes.js';

const runs = Math.max(3, Number(process.argv[2] ?? 5));

/** Against `drizzle-kit check`. */
const coldLimit = 1;
const cachedLimit = 1 / 6;
const offlineLimit = 1 / 6;
/** MB */
const memoryLimit = 300;
/** What a statement may cost in a folder, against what it costs in any smaller one. */
const growthLimit = 1.5;
const sizes = [100, 1000, 2000, 10_000];

interface Sample {
  readonly check: Cost;
  readonly cold: Cost;
  readonly cached: Cost;
  /** Files only, with nothing cached, as in a pull request. */
  readonly offline: Cost;
  readonly offlineCached: Cost;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function writeProject(dir: string, { files }: GeneratedFolder): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const full = join(dir, 'drizzle', path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
  }
  const config = { dialect: 'postgresql', out: './drizzle' };
  await writeFile(join(dir, 'drizzle.config.json'), JSON.stringify(config));
  await symlink(here('../node_modules'), join(dir, 'node_modules'));
}

/** By the real migrator. */
async function build(databaseUrl: string, dir: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await migrate(drizzle(client), { migrationsFolder: join(dir, 'drizzle') });
  } finally {
    await client.end();
  }
}

async function sample(dir: string, home: string, env: Environment): Promise<Sample> {
  const cache = await mkdtemp(join(home, 'cache-'));
  const kit = join(dir, 'node_modules', 'drizzle-kit', 'bin.cjs');
  const check = await costOf([kit, 'check'], { cwd: dir, env, codes: [0] });
  const diagnose = (XDG_CACHE_HOME: string, ...more: readonly string[]): Promise<Cost> =>
    costOf([here('../bin/pgmedic.js'), 'diagnose', '--json', '--dir', dir, ...more], {
      cwd: dir,
      env: { ...env, XDG_CACHE_HOME },
      // A database that the real migrator built is healthy.
      codes: [0],
    });
  const cold = await diagnose(cache);
  const cached = await diagnose(cache);
  const empty = await mkdtemp(join(home, 'cache-'));
  const offline = await diagnose(empty, '--offline');
  return { check, cold, cached, offline, offlineCached: await diagnose(empty, '--offline') };
}

/** Nothing of the caller's own settings. */
function environment(home: string, databaseUrl: string): Environment {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    // By the environment: a URL in the arguments could be read by everybody.
    PGMEDIC_DATABASE_URL: databaseUrl,
  };
}

/** Milliseconds of the replay alone, in a server that runs already: the median of three. */
async function replayTime(sandbox: Sandbox, statements: number): Promise<number> {
  const folder = generateFolder(Math.ceil(statements / 6.67), statements, { snapshots: false });
  const parser = await loadParser();
  const times: number[] = [];
  while (times.length < 3) {
    const began = performance.now();
    const { untracked } = await replay({
      sandbox: () => Promise.resolve(sandbox),
      migrations: folder.migrations.map((one) => ({ ...one, chunks: tool.chunks(one.text) })),
      parser,
      live: null,
      leaveOut: [tool.defaultHistoryTable],
      prelude: tool.historySql.create(tool.defaultHistoryTable),
    });
    times.push(performance.now() - began);
    if (untracked.length > 0) throw new Error(`not tracked: ${untracked.join(', ')}`);
  }
  return quantile(times, 0.5);
}

const row = (name: string, cells: readonly string[]): string =>
  name.padEnd(48) + cells.map((cell) => cell.padStart(11)).join('');

const shown = (value: number | null, digits: number, unit: string): string =>
  value === null ? '-' : `${value.toFixed(digits)}${unit}`;

/** null: nowhere measured. */
function most(costs: readonly Cost[], of: 'memory' | 'serverMemory'): number | null {
  const known = costs.flatMap((cost) => cost[of] ?? []);
  return known.length === 0 ? null : Math.max(...known);
}

interface Limit {
  readonly name: string;
  readonly value: number | null;
  readonly limit: number;
}

function processTable(samples: readonly Sample[]): Limit[] {
  const line = (name: string, of: keyof Sample): string => {
    const costs = samples.map((one) => one[of]);
    const times = costs.map(({ milliseconds }) => milliseconds);
    return row(name, [
      shown(quantile(times, 0.5), 0, ' ms'),
      shown(quantile(times, 0.9), 0, ' ms'),
      shown(most(costs, 'memory'), 0, ' MB'),
      shown(most(costs, 'serverMemory'), 0, ' MB'),
    ]);
  };
  console.log(
    [
      row(
        `${samples.length} runs, interleaved; load ${loadavg()[0]?.toFixed(1)} on ${cpus().length}`,
        ['median', 'p90', 'memory', 'its server'],
      ),
      line('(a) drizzle-kit check', 'check'),
      line('(b) pgmedic diagnose, nothing cached', 'cold'),
      line('(c) pgmedic diagnose, replay cached', 'cached'),
      line('(d) pgmedic diagnose --offline, nothing cached', 'offline'),
      line('(e) pgmedic diagnose --offline, once more', 'offlineCached'),
    ].join('\n'),
  );
  const ratio = (of: Exclude<keyof Sample, 'check'>): number =>
    quantile(
      samples.map((one) => one[of].milliseconds / one.check.milliseconds),
      0.5,
    );
  const all = samples.flatMap(({ check: _, ...own }) => Object.values(own));
  return [
    { name: '(b) / (a)', value: ratio('cold'), limit: coldLimit },
    { name: '(c) / (a)', value: ratio('cached'), limit: cachedLimit },
    { name: '(d) / (a)', value: ratio('offline'), limit: offlineLimit },
    { name: '(e) / (a)', value: ratio('offlineCached'), limit: offlineLimit },
    { name: 'memory of pgmedic, MB', value: most(all, 'memory'), limit: memoryLimit },
    { name: 'memory of its server, MB', value: most(all, 'serverMemory'), limit: memoryLimit },
  ];
}

async function growthTable(sandbox: Sandbox): Promise<Limit[]> {
  const lines = [row('the replay alone', ['time', 'a statement'])];
  const each: number[] = [];
  for (const statements of sizes) {
    const time = await replayTime(sandbox, statements);
    each.push(time / statements);
    lines.push(
      row(`${statements} statements`, [shown(time, 0, ' ms'), shown(time / statements, 3, ' ms')]),
    );
  }
  console.log(`\n${lines.join('\n')}`);
  const growth = each.map((cost, at) => cost / Math.min(...each.slice(0, at + 1)));
  return [
    {
      name: 'a statement, against a smaller folder',
      value: Math.max(...growth),
      limit: growthLimit,
    },
  ];
}

/** @returns whether all are kept */
function judge(limits: readonly Limit[]): boolean {
  const kept = ({ value, limit }: Limit): boolean => value === null || value <= limit;
  const lines = limits.map((one) =>
    row(one.name, [
      shown(one.value, 2, ''),
      `<= ${one.limit.toFixed(2)}`,
      kept(one) ? 'kept' : 'NOT kept',
    ]),
  );
  console.log(`\n${[row('limits', ['', '', '']), ...lines].join('\n')}`);
  return limits.every(kept);
}

async function main(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'pgmedic-bench-'));
  const sandbox = await startSandbox({});
  try {
    const dir = join(home, 'project');
    await writeProject(dir, generateFolder(300, 2000, { snapshots: true }));
    const databaseUrl = await sandbox.createDatabase();
    await build(databaseUrl, dir);
    const env = environment(home, databaseUrl);
    // Once for the disk cache, uncounted.
    await sample(dir, home, env);
    const samples: Sample[] = [];
    while (samples.length < runs) samples.push(await sample(dir, home, env));
    const limits = [...processTable(samples), ...(await growthTable(sandbox))];
    process.exitCode = judge(limits) ? 0 : 1;
  } finally {
    await sandbox.stop();
    await rm(home, { recursive: true, force: true });
  }
}

await main();
