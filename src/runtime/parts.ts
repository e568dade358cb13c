import { createHash } from 'node:crypto';
import { chooseDumper, listDumpers } from '../backup/find.js';
import { diagnose } from '../core/diagnose.js';
import type { Diagnosis } from '../core/diagnosis.js';
import type { Plan } from '../core/plan.js';
import type { PlanWish } from '../core/session/state.js';
import { UserError } from '../core/errors.js';
import { tools } from '../tools/index.js';
import type { Ground } from './ground.js';
import { readFacts } from './read-facts.js';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Reads the world and judges it. @throws UserError when it cannot be read. */
export async function look(
  ground: Ground,
  now: () => Date,
  signal?: AbortSignal,
): Promise<Diagnosis> {
  const facts = await readFacts(ground.resolved, { tools, listDumpers, chooseDumper, now }, signal);
  return diagnose(facts, ground.tool);
}

/** @throws UserError when the wish cannot be planned. */
export async function planFor(ground: Ground, diagnosis: Diagnosis, wish: PlanWish): Promise<Plan> {
  const playbooks = await ground.playbooks();
  const playbook = playbooks.find((one) => one.name === wish.playbook);
  if (playbook === undefined) {
    throw new UserError(`There is no playbook ${wish.playbook}.`, [
      `There are ${playbooks.map((one) => one.name).join(', ')}.`,
    ]);
  }
  // Not before a plan is wanted: the first look must be quick.
  const [{ buildPlan }, { loadParser }] = await Promise.all([
    import('../core/build-plan.js'),
    import('../postgres/parse.js'),
  ]);
  return buildPlan({
    playbook,
    diagnosis,
    tool: ground.tool,
    migrations: wish.migrations,
    answers: wish.answers,
    parser: await loadParser(),
    sha256,
  });
}
