import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, chownSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chooseDumper } from '../../src/backup/find.js';
import type { DumperFacts } from '../../src/core/facts.js';
import { withConnection } from '../../src/postgres/connect.js';
import { freePort } from '../support/free-port.js';

/** A native pg_dump, and a server that it fits. */
export interface Native {
  readonly dumper: DumperFacts;
  readonly url: string;
  stop(): Promise<void>;
}

/** Where a native pg_dump with server programs of its own version is, or why the tests that need one cannot run. */
export async function findNative(): Promise<{ bin: string } | { lacks: string }> {
  const dumper = await chooseDumper({ serverVersionNum: 120_000, databaseSize: 0 });
  if (dumper.path === null) return { lacks: 'no native pg_dump here' };
  const major = Number.parseInt(dumper.version ?? '', 10);
  const places = [
    dirname(dumper.path),
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
  ];
  const bin = places.find((place) =>
    ['initdb', 'postgres', 'pg_dump'].every((name) => isProgram(join(place, name))),
  );
  return bin === undefined ? { lacks: `no server programs for pg_dump ${major} here` } : { bin };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts a server of those programs with SCRAM, in a folder of its own. */
export async function startNative(bin: string): Promise<Native> {
  const folder = mkdtempSync('/tmp/pgm-native-');
  const password = randomBytes(12).toString('hex');
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  writeFileSync(join(folder, 'password'), password);
  if (user.uid !== undefined)
    for (const path of [folder, join(folder, 'password')]) chownSync(path, user.uid, user.gid);
  const options = { ...user, cwd: folder, env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } };
  const data = join(folder, 'data');
  const made = spawnSync(
    join(bin, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
      '--no-sync',
      `--pwfile=${folder}/password`,
    ],
    options,
  );
  if (made.status !== 0) throw new Error(String(made.stderr));
  const port = await freePort();
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-k', folder, '-F'],
    { ...options, stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  let ready = false;
  while (!ready) {
    ready = await withConnection(url, { purpose: 'test' }, async () => true).catch(() => false);
    if (server.exitCode !== null) throw new Error('the server ended');
    if (!ready) await new Promise((next) => setTimeout(next, 20));
  }
  const num = await withConnection(url, { purpose: 'test' }, async ({ client }) => {
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    return Number(rows[0]?.server_version_num);
  });
  return {
    url,
    dumper: await chooseDumper({
      serverVersionNum: num,
      databaseSize: 0,
      named: join(bin, 'pg_dump'),
    }),
    async stop() {
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
