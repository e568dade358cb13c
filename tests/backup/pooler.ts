import { spawn } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { urlParts, withConnection } from '../../src/postgres/connect.js';
import { until } from './support.js';
import { freePort } from '../support/free-port.js';

/** Where a PgBouncer is, or null: on the PATH, where Debian puts it, or named by PGMEDIC_TEST_PGBOUNCER. */
export function findPgBouncer(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  const named = process.env['PGMEDIC_TEST_PGBOUNCER'];
  const places = [
    ...(named === undefined ? [] : [named]),
    ...folders.map((one) => join(one, 'pgbouncer')),
  ];
  return places.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const poolModes = ['session', 'transaction', 'statement'] as const;

/** A real PgBouncer before the database of `url`. */
export async function startPgBouncer(
  program: string,
  url: string,
  mode: (typeof poolModes)[number],
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { host, port, database, user, password } = urlParts(url);
  const folder = mkdtempSync('/tmp/pgm-bouncer-');
  const own = await freePort();
  const settings = `[databases]
${database} = host=${host} port=${port} dbname=${database} user=${user} password=${password ?? ''}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
ignore_startup_parameters = extra_float_digits
`;
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(file, settings, { mode: 0o600 });
  // It refuses to run as root.
  const ids = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if (ids.uid !== undefined) for (const path of [folder, file]) chownSync(path, ids.uid, ids.gid);
  chmodSync(folder, 0o700);
  const child = spawn(program, ['-q', file], { ...ids, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const pooled = `postgresql://${user}:x@127.0.0.1:${own}/${database}`;
  await until(() => {
    if (child.exitCode !== null) throw new Error('PgBouncer ended');
    return withConnection(pooled, { purpose: 'test' }, async () => true).catch(() => false);
  });
  return {
    url: pooled,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
