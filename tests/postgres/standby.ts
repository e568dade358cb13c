import { onTestFinished } from 'vitest';
import { besideServer } from '../support/own-cluster.js';
import { freePort } from '../support/free-port.js';

/**
 * A hot standby: a second cluster that the run's server makes through COPY TO
 * PROGRAM, so that it runs as that server's user and goes with its folder.
 */
export async function startStandby(): Promise<string> {
  const port = await freePort();
  const shell = besideServer(`standby-${port}`);
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
