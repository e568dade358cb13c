import type { Facts, History, HistoryRow } from '../facts.js';
import type { Finding } from '../finding.js';
import { tableName } from '../tool.js';
import { at, count, few, finding, isOutOfOrder, journalAt, type Rule, stampText } from './input.js';

const day = 24 * 60 * 60 * 1000;

/** A rule about a history that was read. */
function withHistory(
  rule: (history: History, input: Parameters<Rule>[0]) => readonly Finding[],
): Rule {
  return (input) => (input.facts.history === null ? [] : rule(input.facts.history, input));
}

const tableMissing = withHistory((history) => {
  if (history.table !== null || history.elsewhere.length > 0 || history.otherTables === 0)
    return [];
  return [
    finding(
      'history-table-missing',
      'warning',
      'Nothing is recorded as applied, although the database has tables: the next run starts with the first migration.',
      {
        evidence: [
          `${tableName(history.expected)} does not exist`,
          `the database has ${count(history.otherTables, 'other table')}`,
        ],
        playbooks: ['mark-applied'],
      },
    ),
  ];
});

const tableElsewhere = withHistory((history, { facts }) => {
  const { table, expected, configured } = history;
  const name = tableName(expected);
  const advice = 'name it with --history-table if that is the one';
  if (table !== null && tableName(table) !== name) {
    return [
      finding(
        'history-table-elsewhere',
        'warning',
        `The history stands in ${tableName(table)}; a migrator that is told nothing looks for ${name}.`,
        {
          evidence: [
            `${tableName(table)}: ${count(history.rows.length, 'row')}; taken for the history`,
            `${name} does not exist`,
          ],
        },
      ),
    ];
  }
  const own = history.elsewhere.flatMap((other) => {
    const known = knownHashes(facts, other.hashes);
    const text = `${tableName(other)}: ${count(other.rows, 'row')}, ${known} of them of files in ${facts.folder.path}; ${advice}`;
    return other.rows > 0 && known > 0 ? [text] : [];
  });
  if (own.length === 0 || history.rows.length > 0) return [];
  const lack = table === null ? 'does not exist' : 'is empty';
  return [
    finding(
      'history-table-elsewhere',
      'error',
      `${name} ${lack}, and another table records these migrations: the next run would start with the first.`,
      {
        evidence: [`${name} ${lack}${configured ? '; a setting names it' : ''}`, ...own],
      },
    ),
  ];
});

const unknownRows = withHistory((history, { facts, matching, nextRun }) => {
  if (matching.unknown.length === 0 || facts.folder.journal?.state !== 'read') return [];
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
        'error',
        `${few(paths)} records its migrations in the same table: the migrator skips whatever is stamped below the newest row of either.`,
        {
          evidence: theirs.map(({ row, path }) => `${rowText(history, row)} is of ${path}`),
        },
      ),
    );
  }
  const rest = matching.unknown.filter((row) => !theirs.some((each) => each.row === row));
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

const duplicateRows = withHistory((history, { matching }) => {
  const twice = [...matching.recorded].filter(([, matches]) => matches.length > 1);
  if (twice.length === 0) return [];
  const ids = twice.map(([id]) => id);
  return [
    finding(
      'history-row-duplicate',
      'info',
      `${few(ids)} ${ids.length === 1 ? 'is' : 'are'} recorded more than once: ${ids.length === 1 ? 'it' : 'they'} ran more than once, or several migrators ran at a time.`,
      {
        migrations: ids,
        evidence: twice.flatMap(([id, matches]) =>
          matches.map(({ row }) => `${id}: ${rowText(history, row)}`),
        ),
      },
    ),
  ];
});

const nullStamps = withHistory((history, { matching }) => {
  const blank = history.rows.filter(({ stamp }) => stamp === null);
  if (blank.length === 0) return [];
  return [
    finding(
      'history-row-null-stamp',
      'error',
      'A row without a stamp makes the migrator run every migration again.',
      {
        migrations: ownersOf(matching.recorded, blank),
        evidence: blank.map((row) => `${rowText(history, row)}: NULL sorts before every stamp`),
        playbooks: ['mark-unapplied', 'mark-applied'],
      },
    ),
  ];
});

const futureStamps = withHistory((history, { facts, matching, nextRun }) => {
  const limit = Date.parse(facts.readAt) + day;
  const future = history.rows.filter(({ stamp }) => stamp !== null && Number(stamp) > limit);
  if (future.length === 0) return [];
  return [
    finding(
      'history-future-stamp',
      'warning',
      'A row is stamped in the future: what drizzle-kit generates until then is skipped without a word.',
      {
        migrations: ownersOf(matching.recorded, future),
        evidence: future.map((row) => rowText(history, row)),
        playbooks: nextRun.skips.length > 0 ? ['reconcile-journal'] : [],
      },
    ),
  ];
});

const sequenceBehind = withHistory((history) => {
  const { sequence, table } = history;
  const ids = history.rows.map(({ id }) => Number(id)).filter(Number.isSafeInteger);
  const highest = ids.reduce((a, b) => Math.max(a, b), -Infinity);
  if (sequence === null || table === null || sequence.next > highest) return [];
  const now = ids.includes(sequence.next);
  const cost = 'recording a migration fails with 23505, and the whole run is rolled back.';
  return [
    finding(
      'history-sequence-behind',
      now ? 'error' : 'warning',
      now
        ? `The next id that the history table gives is taken: ${cost}`
        : `The ids that the history table gives run into ones that are taken: then ${cost}`,
      {
        evidence: [
          `${sequence.name} gives ${sequence.next} next; ${tableName(table)} has rows up to id ${highest}`,
          `to put it right: SELECT setval('${sequence.name.replaceAll("'", "''")}', ${highest})`,
        ],
      },
    ),
  ];
});

const editedAfterApply = withHistory((history, { facts: { folder }, matching }) => {
  const edited = folder.migrations.flatMap(({ id, file }) => {
    const [best] = matching.recorded.get(id) ?? [];
    return file !== null && best?.by === 'stamp' ? [{ id, file, row: best.row }] : [];
  });
  if (edited.length === 0) return [];
  const ids = edited.map(({ id }) => id);
  return [
    finding(
      'edited-after-apply',
      'warning',
      `${few(ids)} ${ids.length === 1 ? 'is' : 'are'} applied, but not with the content of the file as it is now: the migrator never compares.`,
      {
        migrations: ids,
        evidence: edited.map(
          ({ file, row }) =>
            `${at(folder, file.path)} has the hash ${file.hash.slice(0, 12)}…; ${rowText(history, row)}`,
        ),
      },
    ),
  ];
});

const silentlySkipped = withHistory((history, { facts: { folder }, nextRun, evidence }) => {
  if (nextRun.skips.length === 0) return [];
  const { skips } = nextRun;
  const newest = newestRow(history);
  return [
    finding(
      'silently-skipped',
      'error',
      `The migrator skips ${few(skips)} and reports success: ${skips.length === 1 ? 'it is' : 'they are'} stamped no later than the newest row.`,
      {
        migrations: skips,
        evidence: [
          ...skips.map((id) => {
            const entry = folder.migrations.find((migration) => migration.id === id)?.entries[0];
            return `${journalAt(folder, entry?.line)}: ${id}, when ${stampText(entry?.when ?? null)}`;
          }),
          ...(newest === null ? [] : [`the newest: ${rowText(history, newest)}`]),
        ],
        playbooks: skips.some((id) => isOutOfOrder(folder, id))
          ? ['reconcile-journal', 'apply-manually', 'mark-applied']
          : skips.every((id) => evidence?.migrations.get(id)?.schema === 'present')
            ? ['baseline', 'mark-applied']
            : ['apply-manually', 'mark-applied', 'reconcile-journal'],
      },
    ),
  ];
});

function rowText(history: History, row: HistoryRow): string {
  const table = tableName(history.table ?? history.expected);
  return `${table} row ${row.id}: created_at ${stampText(row.stamp)}, hash ${row.hash.slice(0, 12)}…`;
}

function newestRow(history: History): HistoryRow | null {
  return history.rows.reduce<HistoryRow | null>(
    (best, row) =>
      row.stamp !== null && (best === null || Number(row.stamp) > Number(best.stamp)) ? row : best,
    null,
  );
}

function isNewest(history: History, rows: readonly HistoryRow[]): boolean {
  const newest = newestRow(history);
  return (
    newest !== null &&
    rows.some(({ stamp }) => stamp !== null && Number(stamp) >= Number(newest.stamp))
  );
}

function ownersOf(
  recorded: ReadonlyMap<string, readonly { readonly row: HistoryRow }[]>,
  rows: readonly HistoryRow[],
): string[] {
  return [...recorded]
    .filter(([, matches]) => matches.some(({ row }) => rows.includes(row)))
    .map(([id]) => id);
}

function siblingOf({ folder }: Facts, row: HistoryRow): string | null {
  const found = folder.siblings.find(
    ({ stamps, hashes }) =>
      hashes.includes(row.hash) || (row.stamp !== null && stamps.includes(Number(row.stamp))),
  );
  return found?.path ?? null;
}

/** How many of these hashes are of files in the folder. */
function knownHashes({ folder }: Facts, hashes: readonly string[]): number {
  const own = new Set(
    folder.migrations.flatMap(({ file }) =>
      file === null || file.text.trim() === '' ? [] : [file.hash, ...file.variantHashes],
    ),
  );
  return hashes.filter((hash) => own.has(hash)).length;
}

export const historyRules: readonly Rule[] = [
  tableMissing,
  tableElsewhere,
  nullStamps,
  silentlySkipped,
  sequenceBehind,
  unknownRows,
  futureStamps,
  editedAfterApply,
  duplicateRows,
];
