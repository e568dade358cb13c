import type { Folder, History, HistoryRow, Migration, StampedRow } from '../../core/facts.js';
import type { Matching, RowMatch } from '../../core/tool.js';
import { stampedRows } from '../drizzle/match.js';
import { byName } from './read-folder.js';
import { stampOf } from './stamp.js';

/**
 * Which row is of which migration. Names decide; a row that says none does not count, whatever
 * its hash. In a table of 0.x no row has a name: there each is of the migration whose name the
 * upgrade will give it.
 */
export function match(folder: Folder, history: History): Matching {
  const recorded = new Map<string, RowMatch[]>();
  const unknown: HistoryRow[] = [];
  const byId = new Map(folder.migrations.map((one) => [one.id, one]));
  const upgraded = history.outdated === true ? upgrade(folder, history) : null;
  for (const row of history.rows) {
    const migration =
      row.name === undefined ? (upgraded?.get(row) ?? null) : (byId.get(row.name) ?? null);
    if (migration === null) unknown.push(row);
    else {
      const others = recorded.get(migration.id) ?? [];
      recorded.set(migration.id, [...others, { row, by: how(row, migration) }]);
    }
  }
  return { recorded, unknown };
}

/**
 * Whose name each row of an old table gets (up-migrations/pg.js, upToV1): the one folder of that
 * second, of several the one with that hash, of none any with that hash. null: none, and then the
 * whole upgrade is refused.
 */
export function upgrade(
  folder: Folder,
  history: History,
): ReadonlyMap<StampedRow, Migration | null> {
  const there = upgradeOrder(folder);
  return new Map(
    stampedRows(history).map((row) => {
      const hashed = ({ file }: Migration): boolean => file?.hash === row.hash;
      const candidates = there.filter(({ id }) => isInSecond(row, id));
      const found =
        candidates.length === 1
          ? candidates[0]
          : candidates.length > 1
            ? candidates.find(hashed)
            : there.findLast(hashed);
      return [row, found ?? null];
    }),
  );
}

/** By time, then by name: the run that upgrades goes in this order, too. */
export function upgradeOrder({ migrations }: Folder): readonly Migration[] {
  return migrations
    .filter(({ file }) => file !== null)
    .toSorted((a, b) => {
      const [left, right] = [stampOf(a.id), stampOf(b.id)];
      return left === right ? byName(a.id, b.id) : left - right;
    });
}

function how(row: HistoryRow, { id, file }: Migration): RowMatch['by'] {
  const hash = row.name === undefined ? row.hash : (row.checksum ?? null);
  // Line ends do not make another content; a file that is gone has none to compare.
  const lineEnds = file === null || hash === null || file.variantHashes.includes(hash);
  const same = file?.hash === hash;
  if (row.name !== undefined) return same || lineEnds ? 'name' : 'name, other text';
  if (same) return isInSecond(row, id) ? 'stamp and hash' : 'hash';
  return lineEnds ? 'stamp and line endings' : 'stamp';
}

/** The stamp of 0.x with its milliseconds cut off, as text. The migrator asks a Map, to which NaN is NaN. */
function isInSecond({ stamp }: StampedRow, name: string): boolean {
  const second = Number(`${String(stamp).slice(0, -3)}000`);
  const own = stampOf(name);
  return second === own || (Number.isNaN(second) && Number.isNaN(own));
}
