import { UserError } from '../core/errors.js';
import { alreadyExists } from './already-exists/drill.js';
import { falselyAppliedDrill } from './falsely-applied/drill.js';
import { badRelease } from './bad-release/drill.js';
import { blockedAlter } from './blocked-alter/drill.js';
import { dirtyVersion } from './dirty-version/drill.js';
import { duplicateAccounts } from './duplicate-accounts/drill.js';
import { enumTooEarly } from './enum-too-early/drill.js';
import { historyLost } from './history-lost/drill.js';
import { outOfOrder } from './out-of-order/drill.js';
import type { Drill } from './ground.js';
import { journalGap } from './journal-gap/drill.js';
import { mediaWithoutOwner } from './media-without-owner/drill.js';
import { notNullWithoutBackfill } from './not-null-without-backfill/drill.js';
import { lostCommit } from './lost-commit/drill.js';
import { twoOperators } from './two-operators/drill.js';
import { snapshotCollision } from './snapshot-collision/drill.js';
import { swallowedError } from './swallowed-error/drill.js';
import { pulledBaseline } from './pulled-baseline/drill.js';
import { pushThenMigrate } from './push-then-migrate/drill.js';

export type { Drill, Ground, Verdict } from './ground.js';

export const drills: readonly Drill[] = [
  journalGap,
  pushThenMigrate,
  notNullWithoutBackfill,
  mediaWithoutOwner,
  falselyAppliedDrill,
  swallowedError,
  alreadyExists,
  badRelease,
  outOfOrder,
  snapshotCollision,
  historyLost,
  pulledBaseline,
  duplicateAccounts,
  enumTooEarly,
  dirtyVersion,
  blockedAlter,
  twoOperators,
  lostCommit,
];

/** @throws UserError naming the drills there are. */
export function drillNamed(name: string): Drill {
  const found = drills.find((drill) => drill.name === name);
  if (found !== undefined) return found;
  throw new UserError(`There is no drill named ${name}.`, [
    `The drills are: ${drills.map((drill) => drill.name).join(', ')}.`,
  ]);
}

/** What `pgmedic drill --json` prints. */
export function drillList(): { drills: Pick<Drill, 'name' | 'title' | 'incident'>[] } {
  return { drills: drills.map(({ name, title, incident }) => ({ name, title, incident })) };
}
