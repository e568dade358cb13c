/**
 * What a backup costs without its proof, against bare pg_dump with the same flags on a database of
 * 1 GB; and what the proof costs. Prints a table; exits 1 when the limit is broken.
 *
 *   npm run bench:backup [-- RUNS [MEGABYTES]]
 *
 * "Without its proof" is everything up to the state *written*: looking at privileges, size and disk,
 * the snapshot, pg_dump, the schema read beside it, fsync and SHA-256. The proof is the rest: counting
 * and hashing every table in the same snapshot, reading back, restoring, comparing. Needs a native pg_dump with server programs of its version; where there are none it says so, and compares
 * the WebAssembly pg_dump with itself on 100 MB.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { libpqEnvironment } from '../src/backup/environment.js';
import { shapeArguments } from '../src/backup/native.js';
import { makeReporter } from '../src/backup/progress.js';
import { prove } from '../src/backup/proof.js';
import { readBack } from '../src/backup/read-back.js';
import { write } from '../src/backup/take.js';
import { dumpWithWasm } from '../src/backup/wasm.js';
import { withConnection } from '../src/postgres/connect.js';
import { startSandbox } from '../src/sandbox/start.js';
import { findNative, startNative } from '../tests/backup/native-server.js';
import { quantile } from './measure.js';

const runs = Math.max(3, Number(process.argv[2] ?? 3));
const limit = 1.05;
const signal = new AbortController().signal;
const now = (): Date => new Date();

const found = await findNative();
const wanted = Number(process.argv[3] ?? ('bin' in found ? 1000 : 100)) * 1_000_000;
if ('lacks' in found) console.log(`The WebAssembly pg_dump against itself: ${found.lacks}.`);
const folder = await mkdtemp(join(tmpdir(), 'pgmedic-bench-'));
const sandbox = await startSandbox({});
const native = 'bin' in found ? await startNative(found.bin) : null;
const dumper = native?.dumper ?? {
  ...({ use: 'wasm', path: null, version: '18.3', rejected: [], named: false } as const),
};
const url = native?.url ?? (await sandbox.createDatabase());

/** Rows as of an application: numbers, dates, short words, and text that hardly compresses. */
async function fill(): Promise<number> {
  return withConnection(url, { purpose: 'bench', statementTimeout: 0 }, async ({ client }) => {
    await client.query(`
      CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text, since date);
      CREATE TABLE events (id bigint PRIMARY KEY, customer bigint, at timestamptz, kind text,
        amount numeric(12, 2), token text, note text) WITH (fillfactor = 90);
      CREATE TABLE words (id bigint, word text, seen int);`);
    for (let block = 0; ; block += 1) {
      const { rows } = await client.query<{ size: string }>(
        'SELECT pg_database_size(current_database()) AS size',
      );
      const size = Number(rows[0]?.size);
      if (size >= wanted) {
        await client.query('CREATE INDEX events_customer ON events (customer)');
        await client.query('VACUUM ANALYZE');
        return size;
      }
      const series = `generate_series(${block * 100_000 + 1}, ${(block + 1) * 100_000}) g`;
      await client.query(`
        INSERT INTO customers SELECT g, 'Customer ' || g, md5(g::text) || '@example.com', date '2015-01-01' + (g % 3000)::int FROM ${series};
        INSERT INTO events SELECT g, g % 5000, timestamptz '2020-01-01' + g * interval '1 minute',
          (ARRAY['order', 'refund', 'visit', 'call'])[1 + g % 4], (g % 100000) / 100.0,
          md5(g::text) || md5((g + 1)::text) || md5((g + 2)::text), repeat('note ' || g % 50 || ' ', 6) FROM ${series};
        INSERT INTO words SELECT g, 'word' || g % 9973, g % 7 FROM ${series}`);
    }
  });
}

/** Milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const file = join(folder, 'dump');

/** `written`, `counted`: milliseconds as far as that state, and from there to the counts. */
async function ours() {
  const reporter = makeReporter(() => {}, now);
  const began = performance.now();
  let written = 0;
  try {
    const options = { url, dumper, folder, sandbox, signal, now };
    const made = await write(options, file, reporter, () => {
      written = performance.now() - began;
    });
    return { ...made, written, counted: performance.now() - began - written };
  } finally {
    reporter.stop();
  }
}

type Shape = Awaited<ReturnType<typeof ours>>['shape'];

/** As an operator would call it, with what ours gives as well. */
async function bare(shape: Shape): Promise<void> {
  if (dumper.path === null) {
    const options = ['--rows-per-insert=100', '--encoding=UTF8', '--lock-wait-timeout=30s'];
    await dumpWithWasm({
      ...{ url, file, signal, snapshot: { options }, serverVersionNum: 180_000 },
      onProgress: () => {},
    });
    return;
  }
  const flags = [...shapeArguments(shape), '--no-password', '--lock-wait-timeout=30s'];
  const done = spawnSync(dumper.path, [...flags, `--file=${file}`], {
    env: libpqEnvironment(url, 'bare'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (done.status !== 0) throw new Error('pg_dump failed');
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

try {
  const size = await fill();
  const remove = (): Promise<void> => rm(file, { recursive: true, force: true });
  // Once each for nothing: caches are warm, and the shape is known.
  const { shape } = await ours();
  await remove();
  await bare(shape);
  await remove();
  const pairs: { ours: number; bare: number }[] = [];
  while (pairs.length < runs) {
    const first = pairs.length % 2 === 0;
    const pair = { ours: 0, bare: 0 };
    for (const which of first ? (['bare', 'ours'] as const) : (['ours', 'bare'] as const)) {
      pair[which] = which === 'bare' ? await timed(() => bare(shape)) : (await ours()).written;
      await remove();
    }
    pairs.push(pair);
    console.log(
      `  run ${pairs.length}: bare ${seconds(pair.bare)}, ours ${seconds(pair.ours)}, ratio ${(pair.ours / pair.bare).toFixed(3)}; load ${loadavg()[0]?.toFixed(1)} on ${cpus().length}`,
    );
  }
  const { expected, sha256, bytes, counted } = await ours();
  const common = { file, format: shape.format, sha256, dumper, signal };
  const reading = await timed(() => readBack(common));
  const proving = await timed(() => prove({ ...common, expected, sandbox, onProgress: () => {} }));
  const median = (of: 'ours' | 'bare'): number =>
    quantile(
      pairs.map((one) => one[of]),
      0.5,
    );
  const ratio = quantile(
    pairs.map((one) => one.ours / one.bare),
    0.5,
  );
  console.log(
    [
      `database ${(size / 1e6).toFixed(0)} MB, dump ${(bytes / 1e6).toFixed(0)} MB, pg_dump ${dumper.version}: ${shape.words}`,
      `(a) bare pg_dump, same flags        median ${seconds(median('bare'))}`,
      `(b) backup without its proof        median ${seconds(median('ours'))}`,
      `(c) the proof: counted and hashed ${seconds(counted)}, read back ${seconds(reading)}, restored and compared ${seconds(proving)}; together ${((counted + reading + proving) / median('bare')).toFixed(2)} times (a)`,
      `(b) / (a), median of ${runs} pairs: ${ratio.toFixed(3)}, limit ${limit}: ${ratio <= limit ? 'held' : 'BROKEN'}`,
    ].join('\n'),
  );
  process.exitCode = ratio <= limit ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
  await native?.stop();
  await sandbox.stop();
}
