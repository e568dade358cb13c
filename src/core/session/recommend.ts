import type { Diagnosis } from '../diagnosis.js';
import type { Playbook } from '../playbook.js';

/**
 * The playbook to begin with: the first one that treats the gravest finding. Findings come
 * sorted by severity.
 */
export function recommend(
  playbooks: readonly Playbook[],
  diagnosis: Diagnosis,
): { readonly playbook: Playbook; readonly because: string } | null {
  for (const finding of diagnosis.findings) {
    for (const name of finding.playbooks) {
      const playbook = playbooks.find((one) => one.name === name);
      if (playbook !== undefined) return { playbook, because: finding.title };
    }
  }
  return null;
}

/** The chooser's list: the recommended one first, then those that treat any finding, then the rest. */
export function orderedPlaybooks(
  playbooks: readonly Playbook[],
  diagnosis: Diagnosis,
): readonly Playbook[] {
  const fitting = playbooks.filter(
    (one) => one.tools.length === 0 || one.tools.includes(diagnosis.facts.tool),
  );
  const first = recommend(fitting, diagnosis)?.playbook;
  const named = new Set(diagnosis.findings.flatMap((finding) => finding.playbooks));
  const rank = (one: Playbook): number => (one === first ? 0 : named.has(one.name) ? 1 : 2);
  return [...fitting].sort((a, b) => rank(a) - rank(b));
}
