import type { Diagnosis } from '../diagnosis.js';
import type { Playbook, Question } from '../playbook.js';
import { unprovableBetween } from './baseline.js';
import type { MigrationEvidence } from '../evidence/evidence.js';
import { isUndecided } from './clear-failed.js';
import { gapsIn } from './evidence-gate.js';
import { placesOf } from './finish-partial.js';

/**
 * The questions of a playbook that need an answer here: by the findings, and by what the
 * evidence leaves open for the chosen migrations. What is not asked gets its suggested answer.
 */
export function questionsFor(
  playbook: Playbook,
  diagnosis: Diagnosis | null,
  migrations: readonly string[],
): readonly Question[] {
  return playbook.asks
    .filter(
      (ask) =>
        isFound(ask, diagnosis) && (diagnosis === null || isOpen(ask, diagnosis, migrations)),
    )
    .map((ask) => (ask.ifOpen === 'place' ? withPlace(ask, diagnosis, migrations) : ask));
}

function isFound({ ifFound }: Question, diagnosis: Diagnosis | null): boolean {
  const found = diagnosis?.findings.map((finding): string => finding.code) ?? [];
  return ifFound.length === 0 || ifFound.some((code) => found.includes(code));
}

function isOpen(
  { ifOpen }: Question,
  diagnosis: Diagnosis,
  migrations: readonly string[],
): boolean {
  switch (ifOpen) {
    case null:
      return true;
    case 'present':
    case 'absent':
      return gapsIn(diagnosis, migrations, ifOpen).length > 0;
    case 'outcome':
      return migrations.some((id) => isUndecided(diagnosis, id));
    case 'unprovable':
      return unprovableBetween(diagnosis).length > 0;
    case 'place':
      return openPlaces(diagnosis, migrations).length > 0;
    case 'down':
      return diagnosis.facts.folder.migrations.some(
        ({ id, down }) => migrations.includes(id) && down != null,
      );
  }
}

/** Half-run migrations of which it cannot be seen where they stopped. */
function openPlaces(
  { evidence }: Diagnosis,
  migrations: readonly string[],
): readonly MigrationEvidence[] {
  return migrations.flatMap((id) => {
    const found = evidence?.migrations.get(id);
    return found !== undefined && placesOf(found).length > 1 ? [found] : [];
  });
}

/** Says which statements, and proposes the one that is seen not to be done. */
function withPlace(
  ask: Question,
  diagnosis: Diagnosis | null,
  migrations: readonly string[],
): Question {
  const [first] = diagnosis === null ? [] : openPlaces(diagnosis, migrations);
  if (first === undefined) return ask;
  return {
    ...ask,
    question: `${ask.question} ${first.id}: ${first.ambiguous.join(' ')}`,
    suggested: String(first.stoppedAtStatement),
  };
}
