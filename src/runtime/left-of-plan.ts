import { shellWord } from '../backup/restore-command.js';
import type { RunLogRecord } from '../core/run-log.js';
import type { Ground } from './ground.js';
import { look } from './parts.js';
import type { StepStanding } from './resume-state.js';

/**
 * The command that plans what is left, where the last plan of a session stopped between two writes; null
 * where nothing is. Migrations that went out of the project by then are not named.
 * @throws UserError when the folder cannot be read
 */
export async function leftOfPlan(
  ground: Ground,
  records: readonly RunLogRecord[],
  standings: readonly StepStanding[],
): Promise<string | null> {
  const plan = records.findLast((record) => record.type === 'plan')?.plan;
  const writes = plan?.steps.flatMap(({ kind, id }) => (kind === 'write' ? [id] : [])) ?? [];
  const states = standings.flatMap(({ step, state }) =>
    writes.includes(step) ? [state.state] : [],
  );
  if (plan === undefined || !states.includes('committed') || !states.includes('not done')) {
    return null;
  }
  // The files alone: the database may not be there.
  const offline = { ...ground, resolved: { ...ground.resolved, databaseUrl: null } };
  const { facts } = await look(offline, () => new Date(), { evidence: false });
  const there = facts.folder.migrations.map(({ id }) => id);
  const migrations = plan.migrations.filter((id) => there.includes(id));
  if (migrations.length === 0 && plan.migrations.length > 0) return null;
  const playbook = (await ground.playbooks()).find(({ name }) => name === plan.playbook);
  const answers = (playbook?.asks ?? []).flatMap(({ id, suggested }) => {
    const answer = plan.answers[id] ?? '';
    return answer === (suggested ?? '') ? [] : ['--set', shellWord(`${id}=${answer}`)];
  });
  return ['pgmedic plan', plan.playbook, ...migrations.map(shellWord), ...answers].join(' ');
}
