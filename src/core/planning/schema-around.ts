import type { Diagnosis } from '../diagnosis.js';
import type { Check, ExpectedObject } from '../plan.js';
import type { Change } from '../replay.js';
import { seenOf } from './evidence-gate.js';
import type { Group } from './migration-groups.js';
import type { Around } from './migration-steps.js';
import { asExpected, seenNow, steadyParts } from './object-check.js';

/**
 * What the schema must look like around each group of a migration's statements: before, all
 * that the migration touches stands as the plan saw it, with what the groups before have made
 * of it; after, what the group makes is there. Nothing, where the schema was not read.
 */
export function schemaAround(diagnosis: Diagnosis, id: string, groups: readonly Group[]): Around {
  const seen = seenOf(diagnosis);
  const { schema } = diagnosis.facts;
  if (seen === null || schema.state !== 'read') return () => ({ before: [], after: [] });
  const statements =
    schema.replay.migrations.find((migration) => migration.id === id)?.statements ?? [];
  const changesOf = ({ numbers }: Group): readonly Change[] =>
    statements.filter(({ number }) => numbers.includes(number)).flatMap(({ changes }) => changes);
  const keys = statements.flatMap(({ changes }) => changes.map(keyOf));
  const world = new Map(seenNow(keys, seen).map((one) => [one.key, one]));
  const around = new Map<Group, { before: readonly Check[]; after: readonly Check[] }>();
  for (const group of groups) {
    const before = checks([...world.values()]);
    const behind = effects(changesOf(group));
    for (const one of behind) world.set(one.key, one);
    around.set(group, { before, after: checks(behind) });
  }
  const end = { before: checks([...world.values()]), after: [] };
  return (group) => (group === null ? end : (around.get(group) ?? end));
}

function keyOf(change: Change): string {
  return change.type === 'set' ? change.object.key : change.key;
}

/** How each object stands when all of the changes are done. */
function effects(changes: readonly Change[]): readonly ExpectedObject[] {
  const last = new Map(changes.map((change) => [keyOf(change), change]));
  return [...last].map(([key, change]) =>
    change.type === 'drop' ? { key, is: 'missing' } : steadyParts(change.object),
  );
}

function checks(expected: readonly ExpectedObject[]): readonly Check[] {
  const check = asExpected(expected.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
  return check === null ? [] : [check];
}
