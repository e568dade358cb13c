import { quoteLiteral } from '../../src/core/tool.js';
import { withConnection } from '../../src/postgres/connect.js';
import { testServer, type TestDatabase } from './server.js';
import { freePort } from './free-port.js';

/** A server of the test's own, as that one's user: to crash and to start again on the same port. */
export interface OwnCluster {
  /** Its maintenance database, as a test's. */
  database(): Promise<TestDatabase>;
  /** Immediate shutdown: nothing is flushed, as when the process is killed. */
  crash(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** Runs a shell script as the run's server does, through COPY TO PROGRAM: $BIN are its programs, $DATA a folder of this name beside its own. */
export function besideServer(name: string): (script: string) => Promise<void> {
  return (script) =>
    withConnection(testServer().adminUrl, { purpose: 'test' }, async ({ client }) => {
      const { rows } = await client.query<{ bin: string; data: string }>(
        `SELECT (SELECT setting FROM pg_config WHERE name = 'BINDIR') AS bin,
                current_setting('data_directory') AS data`,
      );
      const folder = `BIN='${rows[0]?.bin}'; DATA='${rows[0]?.data}/../${name}'; set -e;`;
      await client.query(`COPY (SELECT) TO PROGRAM ${quoteLiteral(`${folder} ${script}`)}`);
    });
}

/** The run's server makes it, beside its own folder, with which it goes. */
export async function makeOwnCluster(): Promise<OwnCluster> {
  const port = await freePort();
  const shell = besideServer(`own-${port}`);
  const options = [
    `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c io_method=sync`,
    // An answer may come before its WAL is flushed: whoever wants it durable has to say so.
    '-c fsync=off -c synchronous_commit=off -c wal_writer_delay=10s -c autovacuum=off',
  ].join(' ');
  const start = `"$BIN/pg_ctl" -D "$DATA" -o "${options}" -l "$DATA/log" -w start >"$DATA/out" 2>&1`;
  const crash = '"$BIN/pg_ctl" -D "$DATA" -m immediate -w stop >"$DATA/out" 2>&1';
  await shell(`mkdir -m 700 "$DATA";
    "$BIN/initdb" -D "$DATA" -U postgres -A trust --no-sync >/dev/null 2>&1; ${start}`);
  return {
    database: async () => ({
      url: `postgresql://postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
      drop: async () => {},
    }),
    crash: () => shell(crash),
    start: () => shell(start),
    remove: () => shell(`${crash}; rm -r "$DATA"`),
  };
}
