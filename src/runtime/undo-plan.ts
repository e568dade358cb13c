import { whyProofDoesNotCount } from '../core/backup.js';
import type { Diagnosis } from '../core/diagnosis.js';
import { fingerprint, planTarget } from '../core/digest.js';
import { UserError } from '../core/errors.js';
import type { EarlierStep, Plan, Write, WriteStep } from '../core/plan.js';
import type { RunLogRecord } from '../core/run-log.js';
import { whereWords } from '../core/telling/target-words.js';
import { kept } from '../files/edit.js';
import { sha256Text } from './step-guard.js';
import { laterSteps, lastUndo, liveNow, type PlannedUndo, startedOn } from './undo.js';

/**
 * The undo of a step of an earlier session as a plan of one step, to be shown and confirmed as a
 * playbook's; its digest is the one that `pgmedic undo` shows.
 * @param folder the earlier session's, where the original bytes of files are
 * @throws UserError when it cannot be taken back, or was done on another database
 */
export async function planOfUndo(
  undoes: EarlierStep,
  records: readonly RunLogRecord[],
  folder: string,
  { facts, nextRun }: Diagnosis,
): Promise<Plan> {
  const { session, step } = undoes;
  const planned = lastUndo(session, records, step);
  if (facts.target === null)
    throw new UserError('An undo needs the database; leave out --offline.');
  const live = planTarget(facts);
  const target = liveNow(planned.undo, startedOn(records), live);
  if (whyProofDoesNotCount({ target: live }, target) !== null) {
    throw new UserError(
      `Session ${session} was for ${whereWords(target)}, and this one looks at ${whereWords(live)}, which is another database.`,
      ['Start pgmedic with the --database-url of that one.'],
    );
  }
  return {
    ...{ format: 1, playbook: 'undo', title: `Undo of ${step}, session ${session}`, target },
    ...{ facts: fingerprint(facts, sha256Text), migrations: [], answers: {}, code: '' },
    steps: [await stepOf(planned, records, folder)],
    predicts: nextRun,
    warnings: laterSteps(records, step),
    undoes,
  };
}

async function stepOf(
  planned: PlannedUndo,
  records: readonly RunLogRecord[],
  folder: string,
): Promise<WriteStep> {
  const original = records
    .flatMap((record) => (record.type === 'plan' ? record.plan.steps : []))
    .findLast(({ id }) => id === planned.step);
  const write = await shown(planned, folder);
  return {
    ...{ kind: 'write', id: planned.id, digest: planned.digest, write, text: '' },
    title: `Take back: ${original?.title ?? planned.step}`,
    // What is dropped is gone: a database that was restored into, say.
    risk: write.type === 'statement' ? 'destructive' : (original?.risk ?? 'destructive'),
  };
}

/** For the eye alone: what runs is made from the run log again. */
async function shown({ undo }: PlannedUndo, folder: string): Promise<Write> {
  if (undo.type === 'sql') return undo.write;
  const { path, expects, restores } = undo;
  const after = restores === null ? null : (await kept(folder, restores)).toString('utf8');
  return { type: 'file', path, before: expects, after, afterSha256: restores };
}
