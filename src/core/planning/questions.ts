import type { Diagnosis } from '../diagnosis.js';
import type { Playbook, Question } from '../playbook.js';
import { unprovableBetween } from './baseline.js';
import { gapsIn } from './evidence-gate.js';

/**
 * The questions of a playbook that need an answer here: by the findings, and by what the
 * evidence leaves open for the chosen migrations. What is not asked gets its suggested answer.
 */
export function questionsFor(
  playbook: Playbook,
  diagnosis: Diagnosis | null,
  migrations: readonly string[],
): readonly Question[] {
  return playbook.asks.filter(
    (ask) => isFound(ask, diagnosis) && (diagnosis === null || isOpen(ask, diagnosis, migrations)),
  );
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
    case 'unprovable':
      return unprovableBetween(diagnosis).length > 0;
  }
}
