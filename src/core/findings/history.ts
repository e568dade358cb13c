import type { HistoryRow } from '../facts.js';
import { isEdited } from '../tool.js';
import { failedRuns } from './failed-runs.js';
import {
  at,
  few,
  finding,
  isOrAre,
  isOutOfOrder,
  journalAt,
  type Rule,
  stampText,
  withHistory,
} from './input.js';
import { newestRow, rowText } from './rows.js';
import { unknownRows } from './unknown-rows.js';

const day = 24 * 60 * 60 * 1000;

/** A tool that records names says itself what is gone. */
const fileGone = withHistory((history, { facts: { folder }, matching, nextRun }) => {
  if (folder.journal !== null) return [];
  const { locked } = history;
  const gone = folder.migrations.filter(
    ({ file, name }) => file === null && (locked?.row === undefined || name !== locked.row),
  );
  if (gone.length === 0) return [];
  const ids = gone.map(({ id }) => id);
  const stops = nextRun.fails !== null && ids.includes(nextRun.fails.migration ?? '');
  return [
    finding(
      'history-row-unknown',
      stops ? 'error' : 'info',
      `${few(ids)} ${isOrAre(ids)} recorded as applied, and the file is not there${stops ? ': the migrator refuses to run' : ''}.`,
      {
        migrations: ids,
        evidence: gone.flatMap(({ id }) =>
          (matching.recorded.get(id) ?? []).map(
            ({ row }) => `${rowText(history, row)}; no file of ${folder.path} is of that name`,
          ),
        ),
        playbooks: stops ? ['mark-unapplied'] : [],
      },
    ),
  ];
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

const nullStamps = withHistory((history, { facts, matching }) => {
  if (facts.folder.journal === null) return [];
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
  if (facts.folder.journal === null) return [];
  const limit = Date.parse(facts.readAt) + day;
  const future = history.rows.filter(({ stamp }) => stamp != null && Number(stamp) > limit);
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

const editedAfterApply = withHistory((history, { facts: { folder }, matching }) => {
  const edited = folder.migrations.flatMap(({ id, file }) => {
    const [best] = matching.recorded.get(id) ?? [];
    return file !== null && best !== undefined && isEdited(best)
      ? [{ id, file, row: best.row }]
      : [];
  });
  if (edited.length === 0) return [];
  const ids = edited.map(({ id }) => id);
  return [
    finding(
      'edited-after-apply',
      folder.journal === null ? 'info' : 'warning',
      `${few(ids)} ${ids.length === 1 ? 'is' : 'are'} applied, but not with the content of the file as it is now: the migrator never compares.`,
      {
        migrations: ids,
        evidence: edited.map(
          ({ file, row }) =>
            `${at(folder, file.path)} has the hash ${file.hash?.slice(0, 12)}...; ${rowText(history, row)}${row.name === undefined ? '' : ` with ${row.checksum?.slice(0, 12)}...`}`,
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

function ownersOf(
  recorded: ReadonlyMap<string, readonly { readonly row: HistoryRow }[]>,
  rows: readonly HistoryRow[],
): string[] {
  return [...recorded]
    .filter(([, matches]) => matches.some(({ row }) => rows.includes(row)))
    .map(([id]) => id);
}

export const historyRules: readonly Rule[] = [
  failedRuns,
  nullStamps,
  silentlySkipped,
  unknownRows,
  fileGone,
  futureStamps,
  editedAfterApply,
  duplicateRows,
];
