import { createServer, type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';
import { quoteLiteral } from '../../src/core/tool.js';
import { testServer } from '../support/server.js';

/**
 * A hot standby: a second cluster that the run's server makes through COPY TO
 * PROGRAM, so that it runs as that server's user and goes with its folder.
 */
export async function startStandby(): Promise<string> {
  const { adminUrl } = testServer();
  const port = await freePort();
  const shell = (script: string): Promise<void> =>
    withConnection(adminUrl, { purpose: 'test' }, async ({ client }) => {
      const { rows } = await client.query<{ bin: string; data: string }>(
        `SELECT (SELECT setting FROM pg_config WHERE name = 'BINDIR') AS bin,
                current_setting('data_directory') AS data`,
      );
      const folder = `BIN='${rows[0]?.bin}'; DATA='${rows[0]?.data}/../standby-${port}'; set -e;`;
      await client.query(`COPY (SELECT) TO PROGRAM ${quoteLiteral(`${folder} ${script}`)}`);
    });
  const options = `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c io_method=sync`;
  const start = `"$BIN/pg_ctl" -D "$DATA" -o "${options}" -l "$DATA/log" -w start >"$DATA/out" 2>&1`;
  onTestFinished(() =>
    shell('"$BIN/pg_ctl" -D "$DATA" -m immediate stop >"$DATA/out" 2>&1; rm -r "$DATA"'),
  );
  await shell(`mkdir -m 700 "$DATA";
    "$BIN/initdb" -D "$DATA" -U postgres -A trust --no-sync >/dev/null 2>&1;
    ${start}; "$BIN/pg_ctl" -D "$DATA" stop >"$DATA/out" 2>&1; touch "$DATA/standby.signal"; ${start}`);
  return `postgresql://postgres@127.0.0.1:${port}/postgres`;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => probe.once('listening', done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}
