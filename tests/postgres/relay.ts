import { createServer, connect as dial, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Relay {
  /** `url` with this relay's address. */
  readonly url: string;
  /** The SQL of every message a client sent, in order. */
  readonly sql: readonly string[];
  /** How many sessions were begun. */
  readonly sessions: () => number;
}

/**
 * Stands before a real server, passes every byte on and writes down the SQL. `keyDataPid`
 * replaces the process id in BackendKeyData, which is what a pooler does. TLS is declined.
 */
export async function relayTo(url: string, options: { keyDataPid?: number } = {}): Promise<Relay> {
  const { port, hostname } = new URL(url);
  const sql: string[] = [];
  const sockets = new Set<Socket>();
  let sessions = 0;
  const server = createServer((client) => {
    const upstream = dial(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => client.destroy()).on('close', () => upstream.destroy());
    }
    let pending = Buffer.alloc(0);
    let started = false;
    client.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const head = started ? 1 : 0;
        if (pending.length < head + 4) return;
        const size = head + pending.readInt32BE(head);
        if (pending.length < size) return;
        const message = pending.subarray(0, size);
        pending = pending.subarray(size);
        if (!started && message.readInt32BE(4) === 80877103) {
          client.write('N');
          continue;
        }
        if (!started) sessions += 1;
        else sql.push(...sqlOf(message));
        started = true;
        upstream.write(message);
      }
    });
    upstream.on('data', (chunk: Buffer) => client.write(withPid(chunk, options.keyDataPid)));
    upstream.on('end', () => client.end());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const here = new URL(url);
  here.hostname = '127.0.0.1';
  here.port = String((server.address() as AddressInfo).port);
  return { url: here.href, sql, sessions: () => sessions };
}

/** The text of Query ('Q') and Parse ('P') messages. */
function sqlOf(message: Buffer): string[] {
  const type = String.fromCodePoint(message[0] ?? 0);
  if (type === 'Q') return [message.toString('utf8', 5, message.length - 1)];
  if (type !== 'P') return [];
  const start = message.indexOf(0, 5) + 1;
  return [message.toString('utf8', start, message.indexOf(0, start))];
}

/** BackendKeyData is 'K', length 12, process id, key (protocol 3.0). */
function withPid(chunk: Buffer, pid: number | undefined): Buffer {
  const at = chunk.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
  if (pid === undefined || at < 0) return chunk;
  const changed = Buffer.from(chunk);
  changed.writeInt32BE(pid, at + 5);
  return changed;
}
