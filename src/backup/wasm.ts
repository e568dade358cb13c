import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type pg from 'pg';
import { childProgram } from '../files/child-program.js';
import { connect } from '../postgres/connect.js';
import { told } from '../postgres/observed.js';
import { frame, watchFrames } from './frames.js';
import { cancelBackend } from './snapshot.js';

/** What a dump is doing: the table it has begun, rows sent so far. */
export type OnDump = (progress: { table?: string; tablesBegun: number; rows: number }) => void;

/** As many as pg_dump fetches at once: so many have to fit in its memory anyway. One row each would restore several times slower. */
const rowsPerInsert = 100;

/** V8's first compiler alone: for a dump of the schema the second one takes longer than it saves (a quarter of the time). */
const quickToStart = ['--liftoff-only'];

/**
 * Dumps the database of `url`, as the snapshot sees it, into `file` (made here, mode 0600) as
 * plain SQL. pg logs in, so TLS and SCRAM work; then its connection is lent to the
 * WebAssembly pg_dump in a child process (see wasm-child.ts).
 *
 * @throws Error with pg_dump's own message
 */
export async function dumpWithWasm(options: WasmDump): Promise<void> {
  const { snapshot } = options;
  const what = typeof snapshot === 'string' ? dumpOptions(snapshot) : snapshot.options;
  const text = ['pg_dump', ...what].join(' ');
  return told({ kind: 'command', by: 'pg_dump (WebAssembly)', text }, () => dump(options, what));
}

interface WasmDump {
  url: string;
  /** What is dumped: everything as this snapshot sees it, or what pg_dump's own options say. */
  snapshot: string | { readonly options: readonly string[] };
  serverVersionNum: number;
  file: string;
  signal: AbortSignal;
  onProgress: OnDump;
  /** The server has sent something. */
  onBytes?: () => void;
}

async function dump(options: WasmDump, what: readonly string[]): Promise<void> {
  const { client, keyDataPid } = await connect(options.url, { purpose: 'dump' });
  const server = (client as unknown as { connection: { stream: Socket } }).connection.stream;
  const out = await open(options.file, 'wx', 0o600);
  try {
    const greeting = await startUp(client);
    const speed = typeof options.snapshot === 'string' ? [] : quickToStart;
    const program = childProgram('wasm-child', import.meta.url);
    const child = spawn(process.execPath, [...speed, program, ...what], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', out.fd],
      env: childEnvironment(options.serverVersionNum),
    });
    const exit = once(child, 'close') as Promise<[number | null, string | null]>;
    const stop = (): void => void child.kill('SIGKILL');
    options.signal.addEventListener('abort', stop, { once: true });
    if (options.signal.aborted) stop();
    let said = '';
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (said = (said + text).slice(-4096)));
    lend(server, child.stdio[3] as Socket, greeting, options.onProgress);
    if (options.onBytes !== undefined) server.on('data', options.onBytes);
    const [code, killed] = await exit;
    options.signal.removeEventListener('abort', stop);
    options.signal.throwIfAborted();
    if (code !== 0)
      throw new Error(said.trim() || `pg_dump (WebAssembly) ended with ${killed ?? code}`);
    await out.sync();
  } finally {
    if (options.signal.aborted && keyDataPid !== null) await cancelBackend(options.url, keyDataPid);
    server.destroy();
    await out.close();
  }
}

/** --inserts is given by pglite-tools itself and cannot be taken back. */
function dumpOptions(snapshot: string): string[] {
  return [
    `--snapshot=${snapshot}`,
    `--rows-per-insert=${rowsPerInsert}`,
    '--encoding=UTF8',
    '--lock-wait-timeout=30s',
    '--no-password',
  ];
}

/** No NODE_OPTIONS and no PG* variables of the operator's shell. */
function childEnvironment(serverVersionNum: number): NodeJS.ProcessEnv {
  const old = serverVersionNum < 170_000 ? { PGMEDIC_DUMP_FOR_OLD_SERVER: '1' } : {};
  return { PATH: process.env['PATH'] ?? '', ...old };
}

/** What the server would say to a client that has just logged in; this session has, long ago. */
async function startUp(client: pg.Client): Promise<Buffer> {
  const names = [
    'server_version',
    'server_encoding',
    'standard_conforming_strings',
    'is_superuser',
  ];
  const { rows } = await client.query<{ name: string; value: string }>(
    'SELECT n AS name, current_setting(n) AS value FROM unnest($1::text[]) n',
    [names],
  );
  const settings = [...rows, { name: 'client_encoding', value: 'UTF8' }];
  const status = settings.map(({ name, value }) => frame('S', Buffer.from(`${name}\0${value}\0`)));
  const authenticated = frame('R', Buffer.alloc(4));
  const noKey = frame('K', Buffer.alloc(8));
  return Buffer.concat([authenticated, ...status, noKey, frame('Z', Buffer.from('I'))]);
}

/** Answers the start-up packet, then joins the two streams and reads along. */
function lend(server: Socket, child: Socket, greeting: Buffer, onProgress: OnDump): void {
  let table: string | undefined;
  let tablesBegun = 0;
  let rows = 0;
  const tell = (): void =>
    onProgress({ ...(table === undefined ? {} : { table }), tablesBegun, rows });
  const fromChild = watchFrames(
    'Q',
    (_type, body) => {
      const match = /^DECLARE _pg_dump_cursor CURSOR FOR SELECT [\s\S]* FROM ONLY ([^\0]+)/.exec(
        body.toString(),
      );
      if (!match?.[1]) return;
      table = match[1];
      tablesBegun += 1;
      tell();
    },
    1 << 16,
  );
  const fromServer = watchFrames('C', (_type, body) => {
    const fetched = /^FETCH (\d+)/.exec(body.toString('latin1'));
    if (!fetched) return;
    rows += Number(fetched[1]);
    tell();
  });
  server.removeAllListeners('data');
  child.on('error', () => {});
  server.once('close', () => child.end());
  let first = Buffer.alloc(0);
  const welcome = (chunk: Buffer): void => {
    first = Buffer.concat([first, chunk]);
    if (first.length < 4 || first.length < first.readInt32BE(0)) return;
    child.off('data', welcome);
    child.on('data', fromChild);
    child.pipe(server);
    server.on('data', fromServer);
    server.pipe(child);
    child.write(greeting);
  };
  child.on('data', welcome);
}
