import type { CatalogObject } from '../catalog.js';
import { identsOf } from './names.js';
import type { Moved } from './rename.js';
import type { Catalog } from './states.js';

/**
 * What a table or column that is being taken back is called in the live database now: statements that
 * ran later may have renamed it, or dropped it. Names are quoted.
 */
export interface LiveNames {
  /** null: the live database does not have it; it comes back empty. */
  table(name: string): string | null;
  column(table: string, column: string): string | null;
  /** "integer", of a column as it is called there. */
  type(table: string, column: string): string | null;
  /** Whether a type is there under its name. */
  has(key: string): boolean;
}

export interface NamesBack extends LiveNames {
  /** Goes back behind a renaming. */
  back(moved: Moved): void;
  /** These come back empty: what the live database has under their names is something else. */
  fresh(objects: Iterable<CatalogObject>): void;
}

export function namesBack(live: Catalog): NamesBack {
  /** The newest first. */
  const moves: Moved[] = [];
  let empty: (readonly string[])[] = [];
  const liveOf = (path: readonly string[]): readonly string[] | null => {
    if (empty.some((one) => startsWith(path, one))) return null;
    return moves.reduceRight<readonly string[]>((at, { from, to }) => replaced(at, from, to), path);
  };
  const found = (kinds: readonly string[], path: readonly string[]): readonly string[] | null => {
    const at = liveOf(path);
    return at !== null && kinds.some((kind) => live.has(`${kind} ${at.join('.')}`)) ? at : null;
  };
  return {
    table: (name) => found(['table'], identsOf(name))?.join('.') ?? null,
    column: (table, column) => found(['column'], [...identsOf(table), column])?.at(-1) ?? null,
    type: (table, column) => live.get(`column ${table}.${column}`)?.parts['type'] ?? null,
    has: (key) => live.has(key),
    back(moved) {
      moves.push(moved);
      empty = empty.map((path) => replaced(path, moved.to, moved.from));
    },
    fresh(objects) {
      for (const { key, kind } of objects) {
        if (kind === 'table' || kind === 'column') empty.push(identsOf(key.slice(kind.length + 1)));
      }
    },
  };
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.every((ident, index) => path[index] === ident);
}

export function replaced(
  path: readonly string[],
  from: readonly string[],
  to: readonly string[],
): readonly string[] {
  return startsWith(path, from) ? [...to, ...path.slice(from.length)] : path;
}
