import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Playbook } from '../core/playbook.js';
import { loadPlaybooks } from '../files/playbooks.js';
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
  readonly playbooks: readonly Playbook[];
  readonly places: StateFolder;
}

/** @throws UserError for whatever of it cannot be used. */
export async function openGround(
  options: CommonOptions,
  environment: NodeJS.ProcessEnv,
): Promise<Ground> {
  const resolved = await resolveSettings(options, environment);
  const [playbooks, places] = await Promise.all([
    loadPlaybooks(resolved.project),
    stateFolder(environment, resolved.project),
  ]);
  return { resolved, tool: toolNamed(resolved.tool), playbooks, places };
}

/** The person at the keyboard, as the operating system knows them. */
export function operatorName(environment: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    // No entry for this uid, as in many containers.
    return environment['USER'] ?? `uid ${process.getuid?.() ?? '?'}`;
  }
}

/** "20261121-033000-1f2e": sorts by time; UTC. */
export function newSessionId(now: Date): string {
  const [day, time] = now
    .toISOString()
    .slice(0, 19)
    .replaceAll('-', '')
    .replaceAll(':', '')
    .split('T');
  return `${day}-${time}-${randomBytes(2).toString('hex')}`;
}

/** From package.json: "0.1.0". */
export function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
