import { readSync, writeSync } from 'node:fs';

/**
 * The WebAssembly pg_dump, run as a child process by wasm.ts, with pg_dump's options as its
 * arguments. It must be a process of its own: pg_dump is synchronous, so reading the server's
 * answer has to block. The parent has logged in; this process never sees the password.
 *
 *   fd 3   frontend messages out, backend messages in
 *   fd 4   the dump; the parent opened it with mode 0600
 *
 * Ends with 0, or with 1 and pg_dump's own message on stderr.
 *
 * pgDump() would keep the whole dump in memory and then take out every line that begins with
 * \restrict, those within rows as well. So its output file is caught where it leaves
 * WebAssembly, at the WASI call fd_write, and goes to fd 4 byte for byte.
 */
const socket = 3;
const output = 4;
const outputName = '/tmp/out.sql';
const readyForQuery = 'Z'.charCodeAt(0);

/** One system call, again while the descriptor says "not now": on some platforms it does not block. */
function retrying(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const from = done;
    done += retrying(() => writeSync(fd, bytes, from, bytes.length - from));
  }
}

function readExactly(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const from = done;
    const got = retrying(() => readSync(socket, bytes, from, length - from, null));
    if (got === 0) fail('server closed the connection unexpectedly');
    done += got;
  }
  return bytes;
}

function fail(message: string): never {
  writeAll(2, Buffer.from(`${message}\n`));
  process.exit(1);
}

/** Stands in for a PGlite database: a request goes to the parent and is answered in full before this returns. */
function relay(): object {
  let sent = Buffer.alloc(0);
  let started = false;

  /** Takes the whole messages off what was sent; returns how many answers they call for. */
  const requests = (): number => {
    let count = 0;
    for (;;) {
      const head = started ? 1 : 0;
      if (sent.length < head + 4) return count;
      const end = head + sent.readInt32BE(head);
      if (sent.length < end) return count;
      // Query, Sync, FunctionCall, and the start-up packet, which has no type; nobody answers Terminate.
      if (!started || 'QSF'.includes(String.fromCharCode(sent[0] ?? 0))) count += 1;
      started = true;
      sent = sent.subarray(end);
    }
  };

  return {
    query: async () => ({ rows: [{ search_path: '' }] }),
    exec: async () => [],
    execProtocolRawStream(bytes: Uint8Array, to: { onRawData(bytes: Uint8Array): void }) {
      writeAll(socket, bytes);
      sent = Buffer.concat([sent, bytes]);
      const answer: Buffer[] = [];
      for (let open = requests(); open > 0;) {
        const head = readExactly(5);
        answer.push(head, readExactly(head.readInt32BE(1) - 4));
        if (head[0] === readyForQuery) open -= 1;
      }
      if (answer.length > 0) to.onRawData(Buffer.concat(answer));
    },
  };
}

type Call = (...values: number[]) => number;
interface Imports {
  readonly env: {
    readonly memory: { readonly buffer: ArrayBuffer };
    readonly __syscall_openat: Call;
  };
  readonly wasi_snapshot_preview1: { readonly fd_write: Call };
}

interface WebAssemblyApi {
  instantiate: (source: unknown, imports: Imports) => Promise<unknown>;
}

/**
 * The head of the dump without the one setting that servers before 17 do not know: with it,
 * `psql --set=ON_ERROR_STOP=1` could not restore the dump where it came from.
 */
function settingsFor(head: Buffer): Buffer {
  const line = Buffer.from('SET transaction_timeout = 0;\n');
  const at = process.env['PGMEDIC_DUMP_FOR_OLD_SERVER'] === '1' ? head.indexOf(line) : -1;
  return at === -1 ? head : Buffer.concat([head.subarray(0, at), head.subarray(at + line.length)]);
}

/** Sends what pg_dump writes to its output file to fd 4 instead. */
function catchOutput(): { flush(): void; caught(): boolean } {
  const buffer = Buffer.allocUnsafe(1 << 20);
  let filled = 0;
  let file = -1;
  let begun = false;
  const flush = (): void => {
    const block = buffer.subarray(0, filled);
    writeAll(output, begun ? block : settingsFor(block));
    begun = true;
    filled = 0;
  };
  const put = (bytes: Uint8Array): void => {
    if (filled + bytes.length > buffer.length) flush();
    if (bytes.length > buffer.length) {
      writeAll(output, bytes);
      return;
    }
    buffer.set(bytes, filled);
    filled += bytes.length;
  };
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const { instantiate } = wasm;
  wasm.instantiate = async (source, imports) => {
    const { env, wasi_snapshot_preview1: wasi } = imports;
    const openat: Call = (folder, path = 0, ...rest) => {
      const fd = env.__syscall_openat(folder ?? 0, path, ...rest);
      const memory = new Uint8Array(env.memory.buffer);
      const name = Buffer.from(memory.subarray(path, memory.indexOf(0, path))).toString();
      if (name === outputName) file = fd;
      return fd;
    };
    /** WASI's writev: `count` pairs of address and length at `vectors`. */
    const write: Call = (fd, vectors = 0, count = 0, written = 0) => {
      if (fd !== file) return wasi.fd_write(fd ?? 0, vectors, count, written);
      const view = new DataView(env.memory.buffer);
      let total = 0;
      for (let at = vectors; at < vectors + 8 * count; at += 8) {
        const length = view.getUint32(at + 4, true);
        put(new Uint8Array(env.memory.buffer, view.getUint32(at, true), length));
        total += length;
      }
      view.setUint32(written, total, true);
      return 0;
    };
    return instantiate(source, {
      ...imports,
      env: { ...env, __syscall_openat: openat },
      wasi_snapshot_preview1: { ...wasi, fd_write: write },
    });
  };
  return { flush, caught: () => file !== -1 };
}

/** pg_dump's own words: its messages arrive on one line, after one about the program's path. */
function saidBy(error: unknown): string {
  return (error instanceof Error ? error.message : String(error))
    .replace(/^pg_dump failed with exit code \d+\.\s*Error message: /, '')
    .replace(
      /invalid binary "[^"]*"(: No such file or directory)?|could not find a "[^"]*" to execute/,
      '',
    )
    .replaceAll(/(?<=.)pg_dump: (?=error|warning|detail|hint)/g, '\npg_dump: ')
    .trim();
}

// The name that pg_dump puts before its messages.
process.argv[1] = 'pg_dump';
const dump = catchOutput();
const { pgDump } = await import('@electric-sql/pglite-tools/pg_dump');
try {
  const pg = relay() as unknown as Parameters<typeof pgDump>[0]['pg'];
  const rest = await pgDump({ pg, args: process.argv.slice(2) });
  dump.flush();
  // Anything in pgDump's own file would be a part of the dump that did not pass through here.
  if (!dump.caught() || rest.size > 0) fail('the output of the WebAssembly pg_dump was not caught');
} catch (error) {
  fail(saidBy(error));
}
process.exit(0);
