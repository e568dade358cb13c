import type { Sandbox } from '../sandbox/sandbox.js';
import { makeDrillFolder } from './folder.js';
import type { Drill, Ground, Surroundings, Verdict } from './ground.js';

export interface RunningDrill {
  readonly databaseUrl: string;
  /** The project folder, absolute. */
  readonly dir: string;
  readonly judge: () => Promise<Verdict>;
  /** Drops the database and removes the folder; the sandbox stays up. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

/**
 * Makes the drill's database in the sandbox and its project in a folder of its own.
 *
 * @throws the reason of `signal` when it is aborted meanwhile; nothing is left then.
 */
export async function startDrill(
  drill: Drill,
  { sandbox, signal }: { sandbox: Sandbox; signal?: AbortSignal },
): Promise<RunningDrill> {
  signal?.throwIfAborted();
  const folder = await makeDrillFolder(drill.project);
  let url: string | null = null;
  let around: Surroundings | null = null;
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopped ??= clear());
  const clear = async (): Promise<void> => {
    await around?.stop();
    // A database that cannot be dropped now goes with its sandbox, or is gone with it already.
    if (url !== null) await sandbox.dropDatabase(url).catch(() => {});
    await folder.remove();
  };
  try {
    url = await sandbox.createDatabase(drill.project);
    signal?.throwIfAborted();
    const ground: Ground = { url, dir: folder.dir, sandbox };
    await drill.make(ground);
    around = (await drill.surround?.(ground)) ?? null;
    signal?.throwIfAborted();
    const databaseUrl = around?.url ?? url;
    return { databaseUrl, dir: folder.dir, judge: () => drill.judge(ground), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
