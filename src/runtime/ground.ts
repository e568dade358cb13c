import type { Playbook } from '../core/playbook.js';
import type { CommonOptions, Resolved } from '../files/settings.js';
import { resolveSettings } from '../files/settings.js';
import type { StateFolder } from '../files/state-folder.js';
import { stateFolder } from '../files/state-folder.js';
import { toolNamed } from '../tools/index.js';
import type { Tool } from '../tools/contract.js';

/** What a session stands on: the project, its tool and playbooks, and where pgmedic keeps its own files. */
export interface Ground {
  readonly resolved: Resolved;
  readonly tool: Tool;
  /** Read when first asked for: a diagnosis needs none. @throws UserError naming every mistake in them. */
  readonly playbooks: () => Promise<readonly Playbook[]>;
  /** Made when first asked for: a look leaves nothing behind. @throws UserError when it cannot be made. */
  readonly places: () => Promise<StateFolder>;
}

/** @throws UserError for whatever of it cannot be used. */
export async function openGround(
  options: CommonOptions,
  environment: NodeJS.ProcessEnv,
): Promise<Ground> {
  const resolved = await resolveSettings(options, environment);
  let making: Promise<StateFolder> | null = null;
  const places = (): Promise<StateFolder> =>
    (making ??= stateFolder(environment, resolved.project));
  let loading: Promise<readonly Playbook[]> | null = null;
  const playbooks = (): Promise<readonly Playbook[]> =>
    (loading ??= import('../files/playbooks.js').then(({ loadPlaybooks }) =>
      loadPlaybooks(resolved.project),
    ));
  return { resolved, tool: toolNamed(resolved.tool), playbooks, places };
}
