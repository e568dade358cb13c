import type { TableRef } from '../core/facts.js';
import type { Tool } from '../tools/contract.js';
import { tableAt } from '../tools/tables.js';
import { readingTransaction } from './reading-transaction.js';

/** Which of these tools have their history table in the database, going by the shape of what stands there. */
export async function tellApart<One extends { readonly tool: Tool; readonly table: TableRef }>(
  url: string,
  candidates: readonly One[],
): Promise<One[]> {
  return readingTransaction(url, { purpose: 'read' }, async ({ query }) => {
    const found: One[] = [];
    for (const one of candidates) {
      const table = await tableAt(query, one.table);
      if (table !== null && one.tool.isHistory(table.columns)) found.push(one);
    }
    return found;
  });
}
