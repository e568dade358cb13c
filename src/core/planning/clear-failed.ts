import type { Undigested } from '../digest.js';
import type { Diagnosis } from '../diagnosis.js';
import { UserError } from '../errors.js';
import { isNotBegun } from '../evidence/begun.js';
import type { Migration } from '../facts.js';
import type { DraftedStep, StepRequest } from './draft-step.js';
import { type Claim, demandEvidence, gapsIn } from './evidence-gate.js';
import { clearUnapplied, markApplied, type Shown, type Words } from './history-steps.js';

/**
 * The rows that tell of failed runs, out of the way: as applied where all of the migration is there,
 * as not applied where nothing of it is, or as the answer `as` says.
 * @throws UserError where nothing failed, or the evidence shows neither and no reason is given
 */
export function clearFailed(request: StepRequest, words: Words, shown: Shown): DraftedStep {
  const { tool, chosen, playbook, diagnosis, answers } = request;
  let draft = request.draft;
  const steps: Undigested[] = [];
  const warnings: string[] = [];
  for (const migration of chosen) {
    refuseHealthy(diagnosis, migration);
    const claim = claimOf(request, migration);
    const reason = answers['reason'] ?? '';
    if (!holds(diagnosis, migration.id, claim)) {
      warnings.push(...demandEvidence(diagnosis, playbook, [migration.id], claim, reason));
    }
    const said = { ...words, ...wordsOf(claim, words) };
    const cleared =
      claim === 'present'
        ? markApplied(tool, draft, [migration], said, shown)
        : clearUnapplied(tool, draft, migration, said, shown);
    steps.push(...cleared.steps);
    draft = cleared.draft;
  }
  return { steps, draft, warnings };
}

/** The evidence shows neither that all of it is there nor that nothing is. */
export function isUndecided(diagnosis: Diagnosis, id: string): boolean {
  return (['present', 'absent'] as const).every((claim) => !holds(diagnosis, id, claim));
}

function holds(diagnosis: Diagnosis, id: string, claim: Claim): boolean {
  const found = diagnosis.evidence?.migrations.get(id);
  if (claim === 'absent' && found !== undefined && isNotBegun(found)) return true;
  return gapsIn(diagnosis, [id], claim).length === 0;
}

function refuseHealthy({ matching }: Diagnosis, { id }: Migration): void {
  if (matching.failed?.has(id) === true) return;
  const [failed] = [...(matching.failed ?? [])];
  throw new UserError(`The history does not say that ${id} failed.`, [
    failed === undefined
      ? 'No row of it tells of a failure. Look at the findings: pgmedic diagnose'
      : `It says so of ${failed[0]}: pgmedic plan clear-failed ${failed[0]}`,
  ]);
}

function claimOf({ answers, diagnosis, playbook }: StepRequest, { id }: Migration): Claim {
  if (answers['as'] === 'applied') return 'present';
  if (answers['as'] === 'not-applied') return 'absent';
  const proven = (['present', 'absent'] as const).find((claim) => holds(diagnosis, id, claim));
  if (proven !== undefined) return proven;
  const [gap = `it is not known what ${id} did`] = gapsIn(diagnosis, [id], 'present');
  const partial = diagnosis.evidence?.migrations.get(id)?.schema === 'partial';
  throw new UserError(`Whether ${id} is to count as applied is not clear: ${gap}.`, [
    ...(partial
      ? [
          `Run what is lacking, which records it as well: pgmedic plan finish-partial ${id}`,
          `Or take back what is there, and its row with it: pgmedic plan roll-back ${id}`,
        ]
      : []),
    `If you know better, say how: pgmedic plan ${playbook.name} ${id} --set as=applied (or not-applied) --set reason="..."`,
  ]);
}

function wordsOf(claim: Claim, { title, text }: Words): Pick<Words, 'title' | 'text'> {
  return claim === 'present'
    ? {
        title: `${title} as applied`,
        text: `What tells of the failure is taken out of the way, and the migration is recorded. Nothing of it is run.\n${text}`,
      }
    : {
        title: `${title} as not applied`,
        text: `What tells of the failure is taken out of the way. The migration is pending then, and runs next.\n${text}`,
      };
}
