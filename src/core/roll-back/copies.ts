import type { Loss } from '../inverse/inverse.js';
import type { Statement } from '../plan.js';
import { plain } from '../planning/history-moves.js';

/**
 * What takes out of the database what goes, each into a file of its own in the session's folder: behind
 * the locks that the rest needs anyway, so that no row is written between its copy and its end. Rows
 * that row security hides from the role would go uncopied: then PostgreSQL refuses the copy (42501).
 */
export function copiesOf(losses: readonly Loss[]): readonly Statement[] {
  const going = losses.filter(({ type, rows }) => type === 'goes' && rows !== null);
  const tables = [...new Set(going.flatMap(({ table }) => table ?? []))];
  const lock = `LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`;
  return [
    ...(tables.length === 0 ? [] : [plain(lock), plain('SET LOCAL row_security = off')]),
    ...going.map(({ rows, what }, index) => ({
      sql: `COPY (${rows}) TO STDOUT WITH (FORMAT csv, HEADER)`,
      source: null,
      copyTo: `${index + 1}-${fileName(what)}.csv`,
    })),
  ];
}

/** Letters and digits of a name, so that it is one on every file system. */
function fileName(what: string): string {
  const plain = what.replaceAll(/[^A-Za-z0-9._]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, '');
  return plain.slice(0, 80) || 'rows';
}
