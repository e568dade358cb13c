import type { Folder, History, Migration, MigrationFile, StampedRow } from '../../core/facts.js';
import type { Matching, RowMatch } from '../../core/tool.js';

type By = RowMatch['by'];
/** A match of this tool's: no other rows than its own get here. */
interface StampedMatch extends RowMatch {
  readonly row: StampedRow;
}
export interface StampedMatching extends Matching {
  readonly recorded: ReadonlyMap<string, readonly StampedMatch[]>;
  readonly unknown: readonly StampedRow[];
}
type Owners = ReadonlyMap<string, string>;

/**
 * Gives each history row to one migration at the most. A row has no name, so it is recognised by
 * its stamp (the journal's `when`) and by the hash of the file, the surest first over all
 * migrations before the less sure; never by number, id or age. What is left over and says the same
 * as a row already given is a duplicate of it. After facts/drizzle.md, section 4.
 */
export function match(folder: Folder, history: History): StampedMatching {
  const recorded = new Map<string, StampedMatch[]>();
  const rows = stampedRows(history);
  const left = new Set<StampedRow>(rows);
  const give = (id: string, row: StampedRow, by: By): void => {
    recorded.set(id, [...(recorded.get(id) ?? []), { row, by }]);
    left.delete(row);
  };
  const owners = ownersOf(folder.migrations);
  const candidates = candidatesIn(rows);

  for (const pass of passes) {
    for (const migration of folder.migrations) {
      if (recorded.has(migration.id)) continue;
      const row = candidates(migration).find(
        (candidate) => left.has(candidate) && how(migration, candidate, owners) === pass,
      );
      if (row !== undefined) give(migration.id, row, pass);
    }
  }
  for (const row of left) {
    const again = repeated(row, folder, recorded, owners);
    if (again !== null) give(again.id, row, again.by);
  }
  return { recorded, unknown: rows.filter((row) => left.has(row)) };
}

const passes: readonly By[] = [
  'stamp and hash',
  'stamp and line endings',
  'stamp',
  'hash',
  'line endings',
];

/** Finds the rows that could be a migration's, having a stamp or a hash of it: in their own order, each once. */
function candidatesIn(
  rows: readonly StampedRow[],
): (migration: Migration) => readonly StampedRow[] {
  const by = new Map<string | number, number[]>();
  for (const [at, { hash, stamp }] of rows.entries()) {
    for (const key of [hash, Number(stamp)]) by.set(key, [...(by.get(key) ?? []), at]);
  }
  return ({ file, entries }) => {
    const hashes = hashesOf(file);
    const keys = [...hashes, ...entries.flatMap(({ when }) => when ?? [])];
    const found = new Set(keys.flatMap((key) => by.get(key) ?? []));
    return [...found].toSorted((a, b) => a - b).flatMap((at) => rows[at] ?? []);
  };
}

/** Whose row this is a further one of: the same row twice, or the same content under another stamp. */
function repeated(
  row: StampedRow,
  folder: Folder,
  recorded: ReadonlyMap<string, readonly StampedMatch[]>,
  owners: Owners,
): { id: string; by: By } | null {
  for (const [id, matches] of recorded) {
    const twin = matches.find((m) => m.row.hash === row.hash && m.row.stamp === row.stamp);
    if (twin !== undefined) return { id, by: twin.by };
  }
  for (const migration of folder.migrations) {
    const by = recorded.has(migration.id) ? how(migration, row, owners) : null;
    // A stamp alone is too little for a second row: another application may have the same.
    if (by !== null && by !== 'stamp') return { id: migration.id, by };
  }
  return null;
}

/** How a row would be recognised as this migration's; null when not at all. */
function how(migration: Migration, row: StampedRow, owners: Owners): By | null {
  const { file } = migration;
  const same = file !== null && file.hash === row.hash;
  const variant = file !== null && file.variantHashes.includes(row.hash);
  const owner = owners.get(row.hash);
  if (hasStamp(migration, row)) {
    if (same) return 'stamp and hash';
    if (variant) return 'stamp and line endings';
    // Stamps get swapped and copied by hand; the content of another file is the stronger sign.
    return owner === undefined || owner === migration.id ? 'stamp' : null;
  }
  if (owner !== migration.id) return null;
  return same ? 'hash' : variant ? 'line endings' : null;
}

/** Rows hold what the driver wrote of the journal's number, so that numbers are compared, as the migrator does. */
function hasStamp(migration: Migration, row: StampedRow): boolean {
  return row.stamp !== null && migration.entries.some(({ when }) => when === Number(row.stamp));
}

/**
 * The one migration a hash belongs to, variants included. Empty files and drizzle-kit's
 * placeholder are alike in many migrations: such a hash belongs to none.
 */
function ownersOf(migrations: readonly Migration[]): Owners {
  const owner = new Map<string, string>();
  const shared = new Set<string>();
  for (const { id, file } of migrations) {
    if (file === null) continue;
    for (const hash of hashesOf(file)) {
      if (owner.has(hash)) shared.add(hash);
      owner.set(hash, id);
    }
  }
  for (const hash of shared) owner.delete(hash);
  return owner;
}

/** The rows of a history, all of which this tool has read. */
export function stampedRows(history: Pick<History, 'rows'> | null): readonly StampedRow[] {
  return history?.rows.filter((row): row is StampedRow => row.name === undefined) ?? [];
}

function hashesOf(file: MigrationFile | null): readonly string[] {
  return file?.hash == null ? [] : [file.hash, ...file.variantHashes];
}
