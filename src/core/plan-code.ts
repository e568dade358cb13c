import type { Sha256 } from './digest.js';
import { canonical, fingerprint } from './digest.js';
import type { Facts } from './facts.js';
import type { Plan } from './plan.js';

/** Crockford's digits: none is taken for another when it is read out. */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * Twelve digits (60 bits) over plan, target and facts, for two people to compare: whoever makes the
 * same plan from another checkout and another connection gets the same. One byte of SQL, another
 * host or one history row gives another. The role is left out: the second person may have their own.
 *
 * @returns "K7Q2-9FXM-AB3D"
 */
export function codeOf(plan: Omit<Plan, 'code'>, facts: Facts, sha256: Sha256): string {
  const seen = { ...facts, target: facts.target && { ...facts.target, user: '' } };
  const { seen: _, ...rests } = plan;
  const shown = {
    ...rests,
    target: { ...plan.target, user: '' },
    facts: fingerprint(seen, sha256),
    // A step's digest is over the target, the role included.
    steps: plan.steps.map((step) => ({ ...step, digest: '' })),
  };
  let rest = BigInt(`0x${sha256(canonical(shown)).slice(0, 15)}`);
  let code = '';
  while (code.length < 12) {
    code = (digits[Number(rest % 32n)] ?? '') + code;
    rest /= 32n;
  }
  return code.replace(/(.{4})(?=.)/g, '$1-');
}

/** What somebody typed or heard, as codeOf writes it: no difference of case, of dashes, or between O and 0. */
export function readCode(text: string): string {
  const plain = text.toUpperCase().replaceAll(/[\s-]/g, '');
  return plain
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
    .replace(/(.{4})(?=.)/g, '$1-');
}
