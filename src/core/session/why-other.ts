import type { Diagnosis } from '../diagnosis.js';
import type { Rehearsal } from '../rehearsal.js';

/** How a rehearsal that could not be made begins what it does not know. */
export const UNTRIED = 'it could not be tried at all.';

/**
 * Why a plan that was made again is another one, where the world may be as it was and only could
 * not be seen: another pgmedic is at work, there is no evidence now, or tables are locked. null:
 * the facts have changed.
 * @param rehearsal what the plan rests on
 * @param writer who writes at this moment, see writerNow
 */
export function whyNotSeen(
  { facts: { schema } }: Diagnosis,
  rehearsal: Rehearsal | null,
  writer: string | null,
): readonly string[] | null {
  if (writer !== null) {
    return [
      `${writer}: what is read meanwhile is not what this plan was made from.`,
      'Nothing was written here. Wait until it has ended, then try again.',
    ];
  }
  if (schema.state === 'failed') {
    return ['What this plan rests on cannot be seen now.', schema.reason, ...schema.next];
  }
  const untried = (rehearsal?.unknown ?? []).filter((one) => one.startsWith(UNTRIED));
  const locked = [
    ...untried.map((one) => one.replace(UNTRIED, '').trim()),
    ...lockedTables(rehearsal),
  ];
  return locked.length === 0
    ? null
    : ['Not all that this plan rests on can be read now.', ...locked, 'Then try again.'];
}

/** Tables whose rows could not be asked for a lock, with who has it. */
export function lockedTables(rehearsal: Rehearsal | null): readonly string[] {
  const told = (rehearsal?.statements ?? []).flatMap(({ probe }) => {
    if (probe?.lockedBy === undefined) return [];
    const who = probe.lockedBy === '' ? '' : `: ${probe.lockedBy}`;
    return [`${probe.detail}${who}.`];
  });
  return [...new Set(told)];
}
