import type { Facts, Folder, History, StampedRow } from '../../core/facts.js';
import type { Reconciliation, ReconcileChoice } from '../../core/tool.js';
import { journalPath, type SourceEntry } from './journal.js';
import { renderJournal } from './journal-text.js';
import { match, type StampedMatching, stampedRows } from './match.js';
import { nextRun } from './next-run.js';
import { newestStamp, order, type Placed, type Slot, usable } from './order.js';
import { arrange, filesOf, withJournal } from './read-folder.js';
import { salvage } from './salvage.js';

/**
 * The journal that makes the migrator run exactly what is not recorded yet, in order. Looks at no
 * clock: the same facts give the same text. What it cannot put right is in `warnings`.
 */
export function reconcile(facts: Facts, choice: ReconcileChoice): Reconciliation {
  const { folder, history } = facts;
  const before = journalText(folder);
  const salvaged = salvage(folder, history);
  const provisional = withEntries(folder, salvaged.entries);
  const matching: StampedMatching = history === null ? nothing : match(provisional, history);
  const rows = stampedRows(history);
  const newest = newestStamp(rows);

  const changes = [...salvaged.changes];
  const kept = salvaged.entries.filter((entry) => {
    const why = whyRemove(entry, salvaged.entries, provisional, matching, choice);
    if (why !== null) changes.push(why);
    return why === null;
  });
  const slots: Slot[] = kept.map((entry) => ({
    tag: entry.tag,
    source: entry,
    row: rowOf(matching, entry.tag),
  }));
  for (const { id, entries, file } of provisional.migrations) {
    if (entries.length > 0 || file === null) continue;
    slots.push({ tag: id, source: null, row: rowOf(matching, id) });
  }
  const placed = order(slots, newest);
  changes.push(...placed.flatMap((entry, at) => describe(entry, placed[at - 1], newest)));

  const after = changes.length === 0 && before !== null ? before : renderJournal(salvaged, placed);
  const next = withJournal(folder, after);
  const result = next.journal?.state === 'read' ? next.journal.entries : [];
  return {
    path: folder.journal?.path ?? journalPath,
    before,
    after,
    entries: result,
    changes,
    warnings: [...salvaged.warnings, ...warningsFor(next, history)],
    folder: next,
  };
}

const nothing: StampedMatching = { recorded: new Map(), unknown: [] };

function journalText({ journal }: Folder): string | null {
  return journal === null || journal.state === 'missing' ? null : journal.text;
}

function withEntries(folder: Folder, entries: readonly SourceEntry[]): Folder {
  const snapshots = new Set(folder.snapshots.map(({ path }) => path));
  return { ...folder, migrations: arrange(entries, filesOf(folder), snapshots) };
}

function rowOf(matching: StampedMatching, id: string): StampedRow | null {
  return matching.recorded.get(id)?.[0]?.row ?? null;
}

/** Why an entry is taken out, as the line that tells it; null when it stays. */
function whyRemove(
  entry: SourceEntry,
  all: readonly SourceEntry[],
  folder: Folder,
  matching: StampedMatching,
  choice: ReconcileChoice,
): string | null {
  const same = all.filter(({ tag }) => tag === entry.tag);
  const rows = matching.recorded.get(entry.tag) ?? [];
  const recorded = same.find(({ when }) => rows.some(({ row }) => isStamp(row, when)));
  if (entry !== (recorded ?? same[0])) {
    return `remove the entry of ${entry.tag} at line ${entry.line}: it is listed ${same.length} times`;
  }
  const file = folder.migrations.find(({ id }) => id === entry.tag)?.file ?? null;
  if (file !== null || choice.entriesWithoutFile === 'keep' || unreadable(folder, entry.tag)) {
    return null;
  }
  return rows.length > 0
    ? `remove the entry of ${entry.tag}: its file is gone; it is applied, and the migrator needs no entry for that`
    : `remove the entry of ${entry.tag}: its file is gone; it is not recorded as applied`;
}

function isStamp(row: StampedRow, when: number | null): boolean {
  return row.stamp !== null && Number(row.stamp) === when;
}

function unreadable(folder: Folder, tag: string): boolean {
  return folder.unreadable.some(({ path }) => path === `${tag}.sql`);
}

/** What becomes of one entry, in words; nothing when it stays as it is. */
function describe(entry: Placed, before: Placed | undefined, newest: number | null): string[] {
  const { tag, idx, when, source, row } = entry;
  const place = before === undefined ? 'first' : `after ${before.tag}`;
  if (source === null) {
    const why = row === null ? '' : `, the stamp of row ${row.id}, which records it`;
    return [`add ${tag} ${place}: idx ${idx}, when ${when}${why}`];
  }
  const lines: string[] = [];
  if (entry.moved) lines.push(`move ${tag} ${place}`);
  if (source.when !== when) {
    const from = source.when ?? 'none';
    const why =
      row !== null
        ? `the stamp of row ${row.id}, which records it: it would run again otherwise`
        : usable(source.when) && newest !== null && source.when <= newest
          ? 'above every row, else it is skipped. Another database that has run it would run it again'
          : 'above the entry before it. Another database that has run it would run it again';
    lines.push(`stamp ${tag} anew: when ${from} becomes ${when}, ${why}`);
  }
  if (source.idx !== idx)
    lines.push(`number ${tag} anew: idx ${source.idx ?? 'none'} becomes ${idx}`);
  return lines;
}

function warningsFor(folder: Folder, history: History | null): string[] {
  const warnings: string[] = [];
  const blank = stampedRows(history).filter(({ stamp }) => stamp === null);
  if (blank.length > 0) {
    const ids = blank.map(({ id }) => id).join(', ');
    warnings.push(
      `Row ${ids} has no stamp, so that the migrator runs everything again, whatever the journal says: correct the row, or mark it unapplied, first.`,
    );
  }
  for (const { path, reason } of folder.unreadable) {
    if (path.endsWith('.sql'))
      warnings.push(`${path} cannot be read (${reason}); its entry is left as it is.`);
  }
  const { skips, fails } = nextRun(folder, history);
  if (fails !== null) warnings.push(`The migrator would still fail: ${fails.message}.`);
  if (skips.length > 0) {
    warnings.push(
      `The migrator would still skip ${skips.join(', ')}: no stamp above the newest row's can be written in a journal. Correct that row first.`,
    );
  }
  return warnings;
}
