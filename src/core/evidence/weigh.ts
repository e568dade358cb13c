import type { CatalogObject, SameDefinition } from '../catalog.js';
import type { Replay } from '../replay.js';
import { atomsOf } from './atoms.js';
import { driftOf } from './drift.js';
import type { Drift, Evidence, MigrationEvidence } from './evidence.js';
import { extrasOf } from './extras.js';
import { missingIn, withoutGone } from './gone.js';
import { judgeMigration } from './judge.js';
import { lackingIn, objectOf } from './lacks.js';
import { isDone, locate } from './locate.js';
import { taintOf } from './taint.js';
import type { Timeline } from './timelines.js';
import { timelinesOf } from './timelines.js';
import { unknownMigration } from './unknown.js';

const withoutFile = 'Its file is not there, so what it did is not known.';

export interface WeighInput {
  readonly replay: Replay;
  /** The live catalog. */
  readonly catalog: readonly CatalogObject[];
  /** Ids that the history table records. */
  readonly recorded: ReadonlySet<string>;
  /** All ids of the folder, in its order. */
  readonly order: readonly string[];
  readonly same: SameDefinition;
  /** Roles that own something in the live database, as keys quote them. */
  readonly owners: readonly string[];
}

/** Holds the live catalog against the timelines: which migrations it contains, and where it differs. Pure. */
export function weigh(input: WeighInput): Evidence {
  const { replay, catalog, recorded, order, same } = input;
  const live = new Map(catalog.map((object) => [object.key, object]));
  const timelines = withoutOwnersGrants(timelinesOf(replay), live, input.owners);
  const statements = replay.migrations.flatMap(({ id, statements: own }) =>
    own.map(() => ({ migration: id, recorded: recorded.has(id) })),
  );
  const atoms = [...timelines.values()].flatMap((one) => atomsOf(one, live.get(one.key), same));
  const located = locate(atoms, statements);

  const tainted = taintOf(replay, (key) => timelines.get(key) ?? live.get(key));
  const isTainted = (key: string): boolean => {
    const object = timelines.get(objectOf(key));
    return object !== undefined && tainted(object);
  };
  const lastRecorded = statements.findLastIndex((one) => one.recorded);
  const owner: string[] = [];
  const migrations = new Map<string, MigrationEvidence>();
  for (const migration of replay.migrations) {
    const from = owner.length;
    const to = from + migration.statements.length;
    const own = located.slice(from, to);
    const end = recorded.has(migration.id) ? lastRecorded : to - 1;
    const lacking = lackingIn({ timelines, live, located }, from, to, end);
    const judged = judgeMigration(migration, own, lacking);
    migrations.set(
      migration.id,
      withoutTainted(judged, (key) => isTainted(key)),
    );
    for (const _ of migration.statements) owner.push(migration.id);
  }
  for (const id of order)
    if (!migrations.has(id)) migrations.set(id, unknownMigration(id, withoutFile));

  const evidenceOf = (id: string | undefined): MigrationEvidence =>
    migrations.get(id ?? '') ?? unknownMigration(id ?? '', withoutFile);
  const migrationAt = (at: number): MigrationEvidence => evidenceOf(owner[at]);
  const isDoneAt = (at: number): boolean => isDone(located[at]?.state ?? null);
  const madeBy = (key: string): string | null => {
    const at = timelines.get(key)?.states.find(({ parts }) => parts !== null)?.at ?? -1;
    return owner[at] ?? null;
  };
  const drifted = (): Drift[] => {
    const expected = expectedOf([...migrations.values()], recorded);
    const lacking = new Set([...migrations.values()].flatMap(({ lacks }) => lacks));
    return driftOf({ timelines, live, atoms, tainted, migrationAt, isDoneAt, expected, lacking });
  };
  const first = drifted();
  const missing = missingIn(first);
  const recordedOne = (id: string): MigrationEvidence | undefined =>
    recorded.has(id) ? migrations.get(id) : undefined;
  let isSame = true;
  for (const one of migrations.values()) {
    if (!recorded.has(one.id)) continue;
    const left = withoutGone(one, missing, recordedOne, madeBy);
    isSame &&= left === one;
    migrations.set(one.id, left);
  }
  return {
    migrations,
    drift: [...(isSame ? first : drifted()), ...extrasOf({ timelines, live, tainted, madeBy })],
    remarks: replay.prepared,
  };
}

/**
 * Whether a difference from what a migration made is drift. A recorded one that ends half-way
 * was stopped, not changed afterwards, unless a later one is there.
 */
function expectedOf(
  migrations: readonly MigrationEvidence[],
  recorded: ReadonlySet<string>,
): (migration: MigrationEvidence) => boolean {
  const isThere = ({ id, schema }: MigrationEvidence): boolean =>
    recorded.has(id) && (schema === 'present' || schema === 'partial');
  const position = new Map(migrations.map(({ id }, index) => [id, index]));
  const last = migrations.findLastIndex(isThere);
  return ({ id, schema, stoppedAtStatement }) => {
    if (!recorded.has(id) || schema === 'absent' || schema === 'unknown') return false;
    return stoppedAtStatement === null || (position.get(id) ?? 0) < last;
  };
}

/** An owner has every right without a grant, so the catalog does not show one; in the sandbox it has another owner. */
function withoutOwnersGrants(
  timelines: ReadonlyMap<string, Timeline>,
  live: ReadonlyMap<string, CatalogObject>,
  owners: readonly string[],
): ReadonlyMap<string, Timeline> {
  const hidden = ({ key, kind }: Timeline): boolean =>
    kind === 'grant' && !live.has(key) && owners.some((owner) => key.endsWith(` to ${owner}`));
  return new Map([...timelines].filter(([, timeline]) => !hidden(timeline)));
}

/** Where all that is lacking is also the business of a statement that fails in the sandbox, nothing is proven. */
function withoutTainted(
  judged: MigrationEvidence,
  isTainted: (key: string) => boolean,
): MigrationEvidence {
  const { schema, lacks } = judged;
  if ((schema !== 'partial' && schema !== 'absent') || lacks.length === 0) return judged;
  if (!lacks.every(isTainted)) return judged;
  const why = `What it seems to lack (${lacks.slice(0, 3).join(', ')}) is also named by a statement that fails in the sandbox.`;
  return { ...judged, schema: 'unknown', stoppedAt: null, stoppedAtStatement: null, why };
}
