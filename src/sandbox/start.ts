import { startEmbedded } from './embedded.js';
import { useNamedServer } from './named.js';
import type { Sandbox } from './sandbox.js';

export interface SandboxOptions {
  /** --sandbox-url: make the databases on this server instead of starting one. */
  readonly sandboxUrl?: string;
  /** The database that is worked on: the named server must not be its server. */
  readonly liveUrl?: string;
  /** Aborting stops the sandbox, whether it is starting or running. */
  readonly signal?: AbortSignal;
  /** Called when it is on its way, by itself, so that whoever starts it may do other work meanwhile. */
  readonly onBegun?: () => void;
}

/**
 * A throw-away PostgreSQL: an embedded server in a folder of its own, or databases on the one
 * that is named (see named.ts for what becomes of those after a kill). The embedded server and its
 * folder are gone when this process is gone, however it ends.
 *
 * @throws UserError when there can be none, with the way out; the signal's reason when aborted
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  options.signal?.throwIfAborted();
  const { sandboxUrl, liveUrl, signal, onBegun } = options;
  return sandboxUrl === undefined
    ? startEmbedded(signal, undefined, onBegun)
    : useNamedServer(sandboxUrl, liveUrl ?? null, signal);
}
