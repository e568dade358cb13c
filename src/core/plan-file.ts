import type { Sha256 } from './digest.js';
import { canonical } from './digest.js';
import { sqlByHand } from './report/by-hand.js';
import type { Plan, Step } from './plan.js';
import { redactDeep, redactText } from './redact.js';

/** One step as `plan --out` writes it. */
export interface FileStep {
  readonly id: string;
  readonly title: string;
  readonly kind: Step['kind'];
  readonly risk: Step['risk'];
  readonly digest: string;
  readonly sql: string | null;
  readonly file: {
    readonly path: string;
    readonly before: string | null;
    readonly after: string | null;
  } | null;
  readonly command: readonly string[] | null;
}

/**
 * A plan on paper: what was shown, for a person to confirm, and the wish from which it is built
 * again. Without secrets; the digests are over the true text.
 */
export interface PlanFile {
  readonly format: 1;
  readonly playbook: string;
  readonly target: Plan['target'];
  readonly facts: string;
  readonly migrations: readonly string[];
  readonly answers: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly steps: readonly FileStep[];
  /** For a second person to compare, see codeOf. */
  readonly code: string;
  /** As in the plan; only where there is something. */
  readonly seen?: readonly string[];
  /** sha256 over all of the above: a file that was edited by hand is told from one that was not. */
  readonly seal: string;
}

export function sealOf(file: Omit<PlanFile, 'seal'> | PlanFile, sha256: Sha256): string {
  return sha256(canonical({ ...file, seal: '' }));
}

export function planFile(plan: Plan, sha256: Sha256): PlanFile {
  const { format, playbook, target, facts, migrations, answers, warnings, code } = plan;
  const open = { format, playbook, target, facts, migrations, answers };
  const steps = plan.steps.map((step) => redactDeep(fileStep(step)));
  const seen = plan.seen && { seen: plan.seen.map(redactText) };
  const file = { ...open, warnings: warnings.map(redactText), steps, code, ...seen };
  return { ...file, seal: sealOf(file, sha256) };
}

function fileStep(step: Step): FileStep {
  const { id, title, kind, risk, digest } = step;
  const isFile = step.kind === 'write' && step.write.type === 'file';
  const sql = step.kind === 'command' || isFile ? '' : sqlByHand(step);
  return {
    id,
    title,
    kind,
    risk,
    digest,
    sql: sql === '' ? null : sql,
    file:
      step.kind === 'write' && step.write.type === 'file'
        ? { path: step.write.path, before: step.write.before, after: step.write.after }
        : null,
    command: step.kind === 'command' ? step.command : null,
  };
}
