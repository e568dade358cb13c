import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { framer } from '../../src/drill/proxy.js';

/** How a connection ends at one message. */
export interface Cut {
  /** Which message, counted from 1 over all connections and both directions. */
  readonly at: number;
  /** Before: it is lost with the connection. After: it arrives, and nothing that follows does. */
  readonly when: 'before' | 'after';
  /** FIN: closed in order; RST: reset; gone: reset, and nobody can connect until the next case. */
  readonly how: 'FIN' | 'RST' | 'gone' | 'crash';
}

export interface CuttingRelay {
  readonly url: string;
  /** Counts from 1 again, and cuts as said; null: only counts. */
  arm(cut: Cut | null): void;
  /** What passed since: ">Q COMMIT" to the server, "<C" from it. */
  readonly passed: () => readonly string[];
  /** A crash is over: the server has started again. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/** @param crash for `how: 'crash'`: ends the server and starts it again */
export async function cuttingRelay(
  url: string,
  crash: () => Promise<void> = async () => {},
): Promise<CuttingRelay> {
  const target = new URL(url);
  const pairs = new Set<readonly [Socket, Socket]>();
  let cut: Cut | null = null;
  let passed: string[] = [];
  let away = false;
  let crashing: Promise<void> = Promise.resolve();
  const server = createServer((client) => {
    if (away) return void client.resetAndDestroy();
    const upstream = connect(Number(target.port), target.hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        client.destroy();
        upstream.destroy();
      });
    }
    let dead = false;
    const end = (how: Cut['how']): void => {
      dead = true;
      if (how === 'crash') {
        // Its connections end with the server.
        crashing = crash().finally(() => pair.forEach((socket) => socket.destroy()));
      } else if (how === 'FIN') {
        pair.forEach((socket) => socket.end());
        client.once('finish', () => client.destroySoon());
      } else {
        if (how === 'gone') away = true;
        for (const [one, other] of how === 'gone' ? pairs : [pair]) {
          one.resetAndDestroy();
          // What was handed over is sent first: it may have arrived.
          other.end(() => other.destroy());
        }
      }
    };
    const pass = (to: Socket, message: Buffer, name: string): void => {
      if (dead) return;
      passed.push(name);
      const now = cut !== null && cut.at === passed.length ? cut : null;
      if (now?.when !== 'before') to.write(message);
      if (now !== null) end(now.how);
    };
    let started = false;
    client.on(
      'data',
      framer(
        () => started,
        (message) => {
          const type = String.fromCodePoint(message[0] ?? 0);
          const text = type === 'Q' ? ` ${message.subarray(5, 65).toString('utf8')}` : '';
          pass(upstream, message, started ? `>${type}${text}` : '>startup');
          started = true;
        },
      ),
    );
    upstream.on(
      'data',
      framer(
        () => true,
        (message) => pass(client, message, `<${String.fromCodePoint(message[0] ?? 0)}`),
      ),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const here = new URL(url);
  here.hostname = '127.0.0.1';
  here.port = String((server.address() as AddressInfo).port);
  here.searchParams.set('sslmode', 'disable');
  return {
    url: here.href,
    arm: (next) => {
      cut = next;
      passed = [];
      away = false;
    },
    passed: () => passed,
    quiet: () => crashing,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const [one, other] of pairs) [one, other].forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
