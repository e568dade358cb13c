import { withConnection } from './connect.js';
import { pause } from './write-status.js';

/** Milliseconds between two requests to cancel. */
const AGAIN = 300;

export interface Cancelling {
  /** True once the operator has asked to stop. */
  readonly asked: boolean;
  /**
   * From here on nothing is cancelled any more: waits for a cancel request that is under way,
   * so that it cannot hit what comes next.
   */
  disarm(): Promise<void>;
  close(): void;
}

/** Cancels what the session runs when the signal aborts: the query, never the session. */
export function cancelOn(signal: AbortSignal | undefined, url: string, pid: number): Cancelling {
  let armed = true;
  let running: Promise<void> = Promise.resolve();
  const cancel = (): void => {
    running = repeat();
  };
  /** A request that comes between two queries goes into the void, so it is made again. */
  async function repeat(): Promise<void> {
    while (armed) {
      await cancelQuery(url, pid);
      if (armed) await pause(AGAIN);
    }
  }
  signal?.addEventListener('abort', cancel);
  return {
    get asked() {
      return signal?.aborted === true;
    },
    async disarm() {
      armed = false;
      await running;
    },
    close() {
      armed = false;
      signal?.removeEventListener('abort', cancel);
    },
  };
}

async function cancelQuery(url: string, pid: number): Promise<void> {
  try {
    await withConnection(url, { purpose: 'cancel', statementTimeout: 5000 }, ({ client }) =>
      client.query(`SELECT pg_catalog.pg_cancel_backend(${pid})`),
    );
  } catch {
    // Without a second connection the statement timeout ends it; the write is stopped either way.
  }
}
