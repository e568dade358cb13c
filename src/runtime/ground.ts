import type { Playbook } from '../core/playbook.js';
import type { CommonOptions, Resolved } from '../files/settings.js';
import { resolveSettings } from '../files/settings.js';
import type { StateFolder } from '../files/state-folder.js';
import { stateFolder } from '../files/state-folder.js';
import { told } from '../postgres/observed.js';
import type { Tool } from '../tools/contract.js';
import type { Sandbox } from '../sandbox/sandbox.js';

/** What a session stands on: the project, its tool and playbooks, and where pgmedic keeps its own files. */
export interface Ground {
  readonly resolved: Resolved;
  readonly tool: Tool;
  /** Read when first asked for: a diagnosis needs none. @throws UserError naming every mistake in them. */
  readonly playbooks: () => Promise<readonly Playbook[]>;
  /** Made when first asked for: a look leaves nothing behind. @throws UserError when it cannot be made. */
  readonly places: () => Promise<StateFolder>;
  /** Started when first asked for, and again if it could not be. @throws UserError when there can be none. */
  readonly sandbox: () => Promise<Sandbox>;
  /** Starts it, and resolves as soon as that goes on by itself, or cannot. */
  readonly beginSandbox: () => Promise<void>;
  /** Ends the sandbox, if there is one. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/** @throws UserError for whatever of it cannot be used. */
export async function openGround(
  options: CommonOptions,
  environment: NodeJS.ProcessEnv,
): Promise<Ground> {
  const resolved = await resolveSettings(options, environment, async (url, candidates) => {
    // Only where several tools fit the files.
    const { tellApart } = await import('../postgres/tell-apart.js');
    return tellApart(url, candidates);
  });
  let making: Promise<StateFolder> | null = null;
  const places = (): Promise<StateFolder> =>
    (making ??= stateFolder(environment, resolved.project));
  let loading: Promise<readonly Playbook[]> | null = null;
  const playbooks = (): Promise<readonly Playbook[]> =>
    (loading ??= import('../files/playbooks.js').then(({ loadPlaybooks }) =>
      loadPlaybooks(resolved.project, resolved.playbooks),
    ));
  const sandboxes = lazySandbox(resolved);
  return { resolved, tool: resolved.tool, playbooks, places, ...sandboxes };
}

/** One sandbox for everything a session does: replay, rehearsal, the proof of a backup. */
function lazySandbox({
  sandboxUrl,
  databaseUrl,
}: Resolved): Pick<Ground, 'sandbox' | 'beginSandbox' | 'close'> {
  let starting: Promise<Sandbox> | null = null;
  let ending = new AbortController();
  const start = (onBegun: () => void): Promise<Sandbox> => {
    const named = {
      ...(sandboxUrl !== undefined && { sandboxUrl }),
      ...(databaseUrl !== null && { liveUrl: databaseUrl }),
    };
    const text =
      sandboxUrl === undefined
        ? 'start a throw-away PostgreSQL: the sandbox'
        : 'use the server of --sandbox-url as the sandbox';
    starting ??= import('../sandbox/start.js')
      .then(({ startSandbox }) =>
        told({ kind: 'command', by: 'sandbox', text }, () =>
          startSandbox({ ...named, onBegun, signal: ending.signal }),
        ),
      )
      .catch((error: unknown) => {
        starting = null;
        throw error;
      });
    return starting;
  };
  return {
    sandbox: () => start(() => {}),
    // A named server is there in no time; whether it can be used is said when it is wanted.
    beginSandbox: () =>
      new Promise((resolve) => {
        start(resolve).then(
          () => resolve(),
          () => resolve(),
        );
      }),
    async close() {
      const started = starting;
      starting = null;
      // One that nobody waited for is still on its way where the database could not be reached.
      ending.abort();
      ending = new AbortController();
      await (await started?.catch(() => null))?.stop();
    },
  };
}

/** Opens the ground, runs, and ends the sandbox whatever happens. */
export async function withGround<T>(
  options: CommonOptions,
  run: (ground: Ground) => Promise<T>,
): Promise<T> {
  const ground = await openGround(options, process.env);
  try {
    return await run(ground);
  } finally {
    await ground.close();
  }
}
