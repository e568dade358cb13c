import type { Effects, RowWrite } from '../sql.js';
import type { ReplayedStatement } from '../replay.js';
import { identsOf, unquoted } from './names.js';
import type { Catalog } from './states.js';
import { said } from './states.js';
import type { StatementRef } from './inverse.js';

/** Why what a statement did to rows cannot be taken back; null where nothing is left of it. */
export interface RowsBack {
  readonly refused: readonly string[];
  readonly remarks: readonly string[];
}

/**
 * Rows are in no catalog: what a statement wrote can only go with a table, or a column, that the same
 * taking back drops.
 *
 * @param goes whether the object of this key, as it is called after the statement, was made by a statement that is taken back
 */
export function rowsBack(
  ref: StatementRef,
  statement: ReplayedStatement,
  { writes }: Effects,
  now: Catalog,
  goes: (key: string) => boolean,
): RowsBack {
  const refused: string[] = [];
  const remarks: string[] = [];
  if (!statement.beyondCatalog) return { refused, remarks };
  for (const write of writes) {
    if (write.type === 'place') {
      remarks.push(`${said(ref)} of ${ref.migration} set where a sequence stands; it stays there`);
    } else if (write.type === 'elsewhere') {
      refused.push(
        `${said(ref)}: ${write.what} is in no catalog of this database, so it cannot be taken back`,
      );
    } else if (!isGoing(write, now, goes)) {
      refused.push(
        write.type === 'unknown'
          ? `${said(ref)}: ${write.what} may have written rows, and what they were before is in no catalog`
          : write.type === 'insert'
            ? `${said(ref)} put rows into ${written(write)}, which stays: which ones is in no catalog`
            : `${said(ref)} changed rows of ${written(write)}: what they were before is in no catalog`,
      );
    }
  }
  return { refused, remarks };
}

function written({ relation }: RowWrite): string {
  return relation === null
    ? 'a table'
    : [relation.schema, relation.name].filter((part) => part !== null).join('.');
}

function isGoing(
  { type, relation, columns }: RowWrite,
  now: Catalog,
  goes: (key: string) => boolean,
): boolean {
  if (relation === null) return false;
  const tables = [...now.values()].filter(({ key, kind, schema }) => {
    if (kind !== 'table' && kind !== 'view' && kind !== 'foreign table') return false;
    const name = unquoted(identsOf(key.slice(kind.length + 1)).at(-1) ?? '');
    return name === relation.name && (relation.schema === null || schema === relation.schema);
  });
  // A temporary table is in no catalog that is read, and gone.
  if (tables.length === 0) return true;
  return tables.every(({ key, kind }) => {
    if (kind !== 'table') return false;
    if (goes(key)) return true;
    if (type !== 'update' || columns.length === 0) return false;
    return columns.every((column) =>
      [...now.values()].some(
        (object) =>
          object.kind === 'column' &&
          object.parent === key &&
          unquoted(identsOf(object.key.slice('column '.length)).at(-1) ?? '') === column &&
          goes(object.key),
      ),
    );
  });
}
