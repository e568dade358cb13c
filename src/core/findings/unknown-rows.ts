import type { Facts, History, HistoryRow } from '../facts.js';
import type { Finding } from '../finding.js';
import type { NextRun } from '../tool.js';
import { count, few, finding, withHistory } from './input.js';
import { newestRow, rowText } from './rows.js';

/** Rows that are of no migration of this folder. */
export const unknownRows = withHistory((history, { facts, matching, nextRun }) => {
  const { journal } = facts.folder;
  if (matching.unknown.length === 0 || (journal !== null && journal.state !== 'read')) return [];
  const theirs = matching.unknown.flatMap((row) => {
    const found = siblingOf(facts, row);
    return found === null ? [] : [{ row, path: found }];
  });
  const found: Finding[] = [];
  const skipping = nextRun.skips.length > 0 && isNewest(history, matching.unknown);
  if (theirs.length > 0) {
    const paths = [...new Set(theirs.map(({ path }) => path))];
    found.push(
      finding(
        'shared-history-table',
        journal === null ? 'warning' : 'error',
        journal === null
          ? `${few(paths)} records its migrations in the same table.`
          : `${few(paths)} records its migrations in the same table: the migrator skips whatever is stamped below the newest row of either.`,
        {
          evidence: theirs.map(({ row, path }) => `${rowText(history, row)} is of ${path}`),
        },
      ),
    );
  }
  const others = matching.unknown.filter((row) => !theirs.some((each) => each.row === row));
  const isNameless = ({ name }: HistoryRow): boolean => journal === null && name === undefined;
  const rest = others.filter((row) => !isNameless(row));
  const nameless = others.filter(isNameless);
  if (nameless.length > 0) found.push(namelessRows(history, facts, nextRun, nameless));
  if (rest.length > 0) {
    const newer = skipping ? ', and the newest of them makes the migrator skip' : '';
    found.push(
      finding(
        'history-row-unknown',
        skipping ? 'warning' : 'info',
        `${count(rest.length, 'row')} of the history table ${rest.length === 1 ? 'belongs' : 'belong'} to no migration of this folder${newer}.`,
        {
          evidence: rest.map((row) => rowText(history, row)),
        },
      ),
    );
  }
  return found;
});

/** Rows of a tool that goes by names, and these say none: Drizzle 0.x wrote them, and 1.0 reads them. */
function namelessRows(
  history: History,
  { folder }: Facts,
  { runs }: NextRun,
  rows: readonly HistoryRow[],
): Finding {
  const evidence = rows.map((row) => rowText(history, row));
  const say = `${count(rows.length, 'row')} of the history table`;
  if (history.outdated === true) {
    const title = `${say} ${rows.length === 1 ? 'is' : 'are'} of no folder: drizzle-orm 1.0 cannot give the table its names, and runs nothing.`;
    const help =
      'bring the folder back from version control, or take the row out if what it did is not wanted';
    return finding('history-row-unknown', 'error', title, { evidence: [...evidence, help] });
  }
  const again = folder.migrations.filter(
    ({ id, file }) => runs.includes(id) && rows.some(({ hash }) => hash === file?.hash),
  );
  const ids = again.map(({ id }) => id);
  return finding(
    'history-row-unknown',
    ids.length === 0 ? 'info' : 'warning',
    `${say} ${rows.length === 1 ? 'has' : 'have'} no name, as drizzle-orm 0.x writes it: 1.0 does not count ${rows.length === 1 ? 'it' : 'them'}${ids.length === 0 ? '' : `, and runs ${few(ids)} again`}.`,
    { migrations: ids, evidence, playbooks: ids.length === 0 ? [] : ['baseline', 'mark-applied'] },
  );
}

function isNewest(history: History, rows: readonly HistoryRow[]): boolean {
  const newest = newestRow(history);
  return (
    newest !== null &&
    rows.some(({ stamp }) => stamp != null && Number(stamp) >= Number(newest.stamp))
  );
}

function siblingOf({ folder }: Facts, row: HistoryRow): string | null {
  const found = folder.siblings.find(
    ({ stamps, marks }) =>
      marks.includes(row.name ?? row.hash) ||
      (row.stamp != null && stamps.includes(Number(row.stamp))),
  );
  return found?.path ?? null;
}
