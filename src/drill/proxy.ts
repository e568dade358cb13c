import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** What to do with a query on its way to the server. */
export type Fate =
  | 'forward'
  /** The connection dies before the server has seen it. */
  | 'cut before'
  /** The server has done it and answered; the connection dies before the answer arrives. */
  | 'cut after'
  /** It vanishes, and nothing else happens. */
  | 'swallow'
  /** Another query goes first; its answer vanishes. */
  | { readonly first: string };

export interface Proxy {
  /** The URL that was given, with the proxy's address. */
  readonly url: string;
  /** Refuses new connections and cuts the present ones. */
  close(): Promise<void>;
}

/**
 * Stands between pgmedic and a real server and makes the network fail where it is told to.
 * `pooler`: a wrong process id in BackendKeyData, as PgBouncer has it. `port`: where an earlier one was.
 */
export async function startProxy(
  url: string,
  decide: (sql: string) => Fate = () => 'forward',
  options: {
    readonly pooler?: boolean;
    readonly port?: number;
    /** Asked for each new connection: nobody comes through. */
    readonly refuses?: () => boolean;
  } = {},
): Promise<Proxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (options.refuses?.() === true) return void client.destroy();
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    relay(client, upstream, decide, options.pooler === true);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const own = new URL(url);
  own.hostname = '127.0.0.1';
  own.port = String((server.address() as AddressInfo).port);
  own.searchParams.set('sslmode', 'disable');
  return {
    url: own.toString(),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function relay(
  client: Socket,
  upstream: Socket,
  decide: (sql: string) => Fate,
  pooler: boolean,
): void {
  /** Answers (up to ReadyForQuery) still to be thrown away, and what follows the last of them. */
  let unheard = 0;
  let then: (() => void) | null = null;
  let started = false;

  const fromClient = framer(
    () => started,
    (message) => {
      if (!started) {
        started = true;
        return void upstream.write(message);
      }
      const isQuery = message[0] === 'Q'.charCodeAt(0);
      const fate = isQuery ? decide(message.subarray(5, -1).toString('utf8')) : 'forward';
      if (fate === 'swallow') return;
      if (fate === 'cut before') return void client.destroy();
      if (fate === 'cut after') {
        unheard = 1;
        then = () => client.destroy();
      } else if (typeof fate === 'object') {
        unheard = 1;
        then = () => upstream.write(message);
        return void upstream.write(query(fate.first));
      }
      upstream.write(message);
    },
  );
  const fromServer = framer(
    () => true,
    (message) => {
      if (unheard > 0) {
        if (message[0] === 'Z'.charCodeAt(0) && --unheard === 0) then?.();
        return;
      }
      if (pooler && message[0] === 'K'.charCodeAt(0)) {
        message.writeInt32BE(message.readInt32BE(5) ^ 0x1234, 5);
      }
      client.write(message);
    },
  );
  client.on('data', fromClient);
  upstream.on('data', fromServer);
}

function query(sql: string): Buffer {
  const text = Buffer.from(`${sql}\0`);
  const head = Buffer.from('Q\0\0\0\0');
  head.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}

/** Cuts a stream into protocol messages; before the start-up message is through they have no type byte. */
export function framer(
  typed: () => boolean,
  each: (message: Buffer) => void,
): (data: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      const lead = typed() ? 1 : 0;
      if (rest.length < lead + 4) return;
      const length = lead + rest.readInt32BE(lead);
      if (rest.length < length) return;
      const message = Buffer.from(rest.subarray(0, length));
      rest = rest.subarray(length);
      each(message);
    }
  };
}
