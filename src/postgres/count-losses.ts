import type { Loss } from '../core/inverse/inverse.js';
import type { CountedLoss } from '../core/roll-back/roll-back.js';
import { messageOf } from '../core/errors.js';
import { readingTransactions } from './reading-transaction.js';

/** Milliseconds for one count: a table of some hundred million rows may take longer, and is then said not to be counted. */
const PATIENCE = 60_000;

/** How much of each loss there is on the live database now; read-only, each in a transaction of its own. */
export function countLosses(url: string, losses: readonly Loss[]): Promise<readonly CountedLoss[]> {
  return readingTransactions(
    url,
    { purpose: 'count', statementTimeout: PATIENCE },
    async (look) => {
      const counted: CountedLoss[] = [];
      for (const loss of losses) {
        counted.push(
          await look(async (query) => {
            // Rows that are hidden from the role go as well: then it is refused, and said.
            await query('SET LOCAL row_security = off');
            return query(loss.count);
          }).then(
            ([row]) => ({ ...loss, counted: Number(Object.values(row ?? {})[0] ?? 0), why: null }),
            (error: unknown) => ({ ...loss, counted: null, why: messageOf(error) }),
          ),
        );
      }
      return counted;
    },
  );
}
