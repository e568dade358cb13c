import type { LargeObjects } from './large-objects.js';
import type { Sequences } from './sequences.js';
import type { TableCount } from './tables.js';

/** One thing in which the restored copy is not what was dumped. */
export interface Difference {
  readonly object: string;
  readonly what: string;
}

interface Side {
  readonly counts: readonly TableCount[];
  readonly sequences: Sequences;
  readonly largeObjects: LargeObjects;
}

/**
 * Every table must be there with as many rows, and with the same hash where one was taken.
 * A materialised view is rebuilt from its query when it is restored, so it must be there, but
 * may rightly hold other rows than a live one that was not refreshed lately. Of `expected`
 * only the sequences that stood still are given, and these must be equal.
 */
export function compare(expected: Side, restored: Side): Difference[] {
  const counts = new Map(restored.counts.map((one) => [nameOf(one), one]));
  const differences: Difference[] = [];
  for (const one of expected.counts) {
    const what = tableDifference(one, counts.get(nameOf(one)));
    if (what !== null) differences.push({ object: nameOf(one), what });
  }
  for (const [object, value] of expected.sequences) {
    const now = restored.sequences.get(object);
    if (now === undefined) differences.push({ object, what: 'the sequence is missing' });
    else if (now !== value) {
      differences.push({
        object,
        what: `the sequence stands at ${now ?? 'its start'}, not ${value ?? 'its start'}`,
      });
    }
  }
  const large = largeDifference(expected.largeObjects, restored.largeObjects);
  if (large !== null) differences.push({ object: 'the large objects', what: large });
  return differences;
}

function largeDifference(expected: LargeObjects, restored: LargeObjects): string | null {
  if (expected.count !== restored.count) return `${restored.count}, ${expected.count} were dumped`;
  const compared = expected.content !== null && restored.content !== null;
  return compared && expected.content !== restored.content ? 'as many, but not the same' : null;
}

function tableDifference(expected: TableCount, restored: TableCount | undefined): string | null {
  if (!restored) return 'is missing';
  if (expected.kind === 'materialised view') return null;
  if (restored.rows !== expected.rows) {
    return `${restored.rows} rows, ${expected.rows} were dumped`;
  }
  if (expected.content !== restored.content) return 'as many rows, but not the same';
  return null;
}

function nameOf(table: TableCount): string {
  return `${table.schema}.${table.table}`;
}
