import type { Diagnosis } from '../diagnosis.js';
import type { MigrationEvidence } from '../evidence/evidence.js';
import { redactText } from '../redact.js';
import { oneLine } from './visible.js';

/**
 * What the schema column and the next run rest on, where that needs saying: why there is no
 * evidence, what of a migration is unknown or ambiguous, what was prepared in the sandbox, what
 * the rehearsal could not find out.
 */
export function evidenceLines({ facts: { schema }, evidence }: Diagnosis): readonly string[] {
  if (schema.state === 'failed') {
    return [`No evidence: ${schema.reason}`, ...schema.next].map(oneLine);
  }
  const open = [...(evidence?.migrations.values() ?? [])].flatMap((one) => {
    const why = one.schema === 'unknown' || one.ambiguous.length > 0 ? whyWords(one) : null;
    return why === null ? [] : [`${one.id}: ${why}`];
  });
  const rehearsal = schema.state === 'read' ? (schema.rehearsal?.unknown ?? []) : [];
  return [
    ...open,
    ...rehearsal.map((one) => `The rehearsal cannot tell: ${one}`),
    ...(evidence?.remarks ?? []).map((one) => `Prepared in the sandbox: ${one}`),
  ].map(oneLine);
}

/** Why one migration is what the schema column says, and what else would explain it; null: nothing to add. */
export function whyWords({ why, ambiguous }: MigrationEvidence): string | null {
  const words = [
    ...(why === null ? [] : [why]),
    ...(ambiguous.length === 0 ? [] : [`Either: ${ambiguous.join(' Or: ')}`]),
  ];
  return words.length === 0 ? null : redactText(words.join(' '));
}
