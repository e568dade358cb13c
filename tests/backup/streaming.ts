import { onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.js';
import { besideServer } from '../support/own-cluster.js';

/** URLs of a primary and of the standby that streams from it; both are gone when the test is over. */
export async function startPair(): Promise<{ primary: string; standby: string }> {
  const port = await freePort();
  const standbyPort = await freePort();
  const shell = besideServer(`pair-${port}`);
  const listening = '-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c io_method=sync';
  const start = (name: string, on: number): string =>
    `"$BIN/pg_ctl" -D "$DATA/${name}" -o "-c port=${on} ${listening} -c fsync=off -c max_standby_streaming_delay=0" -l "$DATA/${name}.log" -w start >"$DATA/out" 2>&1`;
  const stop = (name: string): string =>
    `"$BIN/pg_ctl" -D "$DATA/${name}" -m immediate stop >"$DATA/out" 2>&1 || true`;
  onTestFinished(() => shell(`${stop('standby')}; ${stop('primary')}; rm -r "$DATA"`));
  // The run's server keeps itself from logging in anywhere (PGREQUIREAUTH); a standby has to.
  await shell(`unset PGREQUIREAUTH; mkdir -m 700 "$DATA";
    "$BIN/initdb" -D "$DATA/primary" -U postgres -A trust --no-sync >/dev/null 2>&1;
    cp -a "$DATA/primary" "$DATA/standby"; touch "$DATA/standby/standby.signal";
    echo "primary_conninfo = 'host=127.0.0.1 port=${port} user=postgres'" >> "$DATA/standby/postgresql.conf";
    ${start('primary', port)}; ${start('standby', standbyPort)}`);
  const url = (on: number): string => `postgresql://postgres@127.0.0.1:${on}/postgres`;
  return { primary: url(port), standby: url(standbyPort) };
}
