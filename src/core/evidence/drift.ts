import type { CatalogObject } from '../catalog.js';
import type { Atom } from './atoms.js';
import type { Drift, MigrationEvidence } from './evidence.js';
import { describeDifference, describeParts } from './show-parts.js';
import type { Family } from './taint.js';
import type { Timeline } from './timelines.js';

/** What drift is judged by. */
export interface DriftInput {
  readonly timelines: ReadonlyMap<string, Timeline>;
  readonly live: ReadonlyMap<string, CatalogObject>;
  readonly atoms: readonly Atom[];
  readonly tainted: (object: Family) => boolean;
  /** The migration a statement belongs to. */
  readonly migrationAt: (position: number) => MigrationEvidence;
  /** What migrations are said to lack. */
  readonly lacking: ReadonlySet<string>;
  /** Whether the statement was run, as far as the schema shows. */
  readonly isDoneAt: (position: number) => boolean;
  /** Whether what a migration lacks is drift: it is recorded, and did not just stop half-way. */
  readonly expected: (migration: MigrationEvidence) => boolean;
}

/** Where known objects stand otherwise than the recorded migrations left them. One entry an object; children of a missing object are left out. */
export function driftOf(input: DriftInput): Drift[] {
  const { timelines, live, atoms } = input;
  const byKey = new Map<string, Atom[]>();
  for (const atom of atoms) byKey.set(atom.key, [...(byKey.get(atom.key) ?? []), atom]);
  const drift = [...byKey].flatMap(([key, own]): Drift[] => {
    const timeline = timelines.get(key);
    const at = own.flatMap((atom) => wrongAt(input, atom));
    if (timeline === undefined || at.length === 0 || input.tainted(timeline)) return [];
    const found = live.get(key);
    const state = timeline.states.findLast((one) => one.at <= Math.max(...at));
    const expected = state?.parts ?? null;
    if (found === undefined && expected === null) return [];
    const setters = timeline.states.filter((one) => one.parts !== null && one.at >= 0);
    const both = found && expected && describeDifference(timeline.kind, expected, found.parts);
    const type = found === undefined ? 'missing' : expected === null ? 'extra' : 'changed';
    return [
      {
        type,
        key,
        kind: timeline.kind,
        migration: input.migrationAt(Math.max(...at)).id,
        madeBy: setters[0] === undefined ? null : input.migrationAt(setters[0].at).id,
        expected: both?.expected ?? (expected && describeParts(timeline.kind, expected)),
        found: both?.found ?? (found ? describeParts(timeline.kind, found.parts) : null),
      },
    ];
  });
  const missing = new Set(drift.filter(({ type }) => type === 'missing').map(({ key }) => key));
  const wentWith = (key: string): boolean => {
    const parent = timelines.get(key)?.parent ?? null;
    if (parent === null || live.has(parent)) return false;
    return missing.has(parent) || input.lacking.has(parent) || wentWith(parent);
  };
  return drift.filter(({ type, key }) => type !== 'missing' || !wentWith(key));
}

/** The last statement by which the atom should be otherwise than it is; none where all is well. */
function wrongAt({ migrationAt, isDoneAt, expected }: DriftInput, atom: Atom): number[] {
  const due = [...atom.changes, ...atom.rides.map(({ at }) => at)].filter((at) => {
    const migration = migrationAt(at);
    return atom.fits.length === 0
      ? migration.schema !== 'absent' && isDoneAt(at)
      : expected(migration);
  });
  const last = due.toSorted((a, b) => a - b).at(-1);
  if (last === undefined) return [];
  if (atom.fits.length === 0) return [last];
  // Its number among the atom's values, had everything that is recorded been done and kept.
  const number = atom.changes.filter((at) => at <= last).length;
  return atom.fits.every((fit) => fit < number) ? [last] : [];
}
