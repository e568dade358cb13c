import type { SameDefinition } from './catalog.js';
import type { BoardRow, Diagnosis } from './diagnosis.js';
import type { Evidence, MigrationEvidence } from './evidence/evidence.js';
import { besidePrograms } from './evidence/programs.js';
import { weigh } from './evidence/weigh.js';
import type { Facts, Folder, Migration, Snapshot } from './facts.js';
import { findFindings } from './findings/index.js';
import { isEdited, type Matching, type NextRun, type RowMatch, type ToolRules } from './tool.js';

/** Facts to judgement: the board, the findings and the tool's next run. Pure; `same` compares definitions of different servers. */
export function diagnose(facts: Facts, tool: ToolRules, same: SameDefinition = equal): Diagnosis {
  const { folder, history } = facts;
  const matching: Matching =
    history === null ? { recorded: new Map(), unknown: [] } : tool.match(folder, history);
  const nextRun = rehearsed(tool.nextRun(folder, history), facts);
  const evidence = evidenceOf(facts, matching, same);
  const seen = {
    ...{ facts, matching, nextRun, evidence },
    runs: new Set(nextRun.runs),
    skips: new Set(nextRun.skips),
    snapshots: new Map(folder.snapshots.map(({ path, state }) => [path, state])),
  };
  const board = folder.migrations.map((migration) => boardRow(migration, seen));
  const findings = findFindings({ facts, matching, nextRun, evidence });
  return { facts, matching, board, findings, nextRun, evidence };
}

const equal: SameDefinition = (_kind, _part, a, b) => a === b;

function evidenceOf(facts: Facts, matching: Matching, same: SameDefinition): Evidence | null {
  const { schema, folder } = facts;
  if (schema.state !== 'read') return null;
  const recorded = new Set(matching.recorded.keys());
  const evidence = weigh({
    replay: schema.replay,
    catalog: schema.catalog,
    recorded,
    order: folder.migrations.map(({ id }) => id),
    same,
    owners: schema.owners,
  });
  return besidePrograms(evidence, folder, recorded);
}

/** The tool's rule says what it would run; the rehearsal of that, where it would stop. */
function rehearsed(nextRun: NextRun, { schema }: Facts): NextRun {
  const failure = schema.state === 'read' ? (schema.rehearsal?.failure ?? null) : null;
  if (failure === null) return nextRun;
  // A tool that goes file by file stops at the first, whether by its own rule or the server's.
  const { runs, fails } = nextRun;
  const own = fails === null ? Infinity : runs.indexOf(fails.migration ?? '');
  if (own <= runs.indexOf(failure.migration)) return nextRun;
  const { migration, statement, sqlstate, message } = failure;
  return { ...nextRun, fails: { migration, statement, sqlstate, message } };
}

/** With what each row looks up, of which there may be thousands. */
interface Seen extends Pick<Diagnosis, 'facts' | 'matching' | 'nextRun' | 'evidence'> {
  readonly runs: ReadonlySet<string>;
  readonly skips: ReadonlySet<string>;
  /** By path. */
  readonly snapshots: ReadonlyMap<string, Snapshot['state']>;
}

function boardRow(migration: Migration, seen: Seen): BoardRow {
  const { facts, matching, evidence } = seen;
  const rows = matching.recorded.get(migration.id) ?? [];
  const own = evidence?.migrations.get(migration.id) ?? null;
  const words = [...notes(migration, seen, rows), ...evidenceNotes(own, rows)];
  return {
    id: migration.id,
    file: fileState(migration, rows),
    journal: journalState(migration, facts.folder),
    snapshot: snapshotState(migration, seen.snapshots),
    history: historyState(migration, matching),
    schema: own?.schema ?? 'unknown',
    lacks: own?.lacks ?? [],
    stoppedAt: own?.stoppedAt ?? null,
    note: words.join('; '),
  };
}

function historyState({ id }: Migration, matching: Matching): BoardRow['history'] {
  const rows = matching.recorded.get(id)?.length ?? 0;
  if (matching.failed?.has(id) === true) return 'failed';
  return rows === 0 ? 'absent' : rows === 1 ? 'recorded' : 'duplicate';
}

/** What the schema adds to the end of the line: only where it does not say what the history says. */
function evidenceNotes(own: MigrationEvidence | null, rows: readonly RowMatch[]): string[] {
  const recorded = rows.length > 0;
  switch (own?.schema) {
    case 'partial':
      return [
        own.stoppedAtStatement === null
          ? 'a part of it is missing'
          : `half there: stopped at statement ${own.stoppedAtStatement}`,
      ];
    case 'absent':
      return recorded ? ['nothing of it is there'] : [];
    case 'present':
      return recorded ? [] : ['there already'];
    case 'unprovable':
      if (recorded) return [];
      return own.ambiguous.length > 0
        ? ['the schema does not tell whether it ran']
        : ['data only: cannot be proven'];
    default:
      return [];
  }
}

function fileState({ file }: Migration, rows: readonly RowMatch[]): BoardRow['file'] {
  if (file === null) return 'missing';
  return isEdited(rows[0]) ? 'edited' : 'present';
}

function journalState({ entries }: Migration, { journal }: Folder): BoardRow['journal'] {
  if (entries.length > 0) return 'listed';
  return journal?.state === 'read' ? 'unlisted' : 'none';
}

function snapshotState(
  { snapshot, id }: Migration,
  snapshots: Seen['snapshots'],
): BoardRow['snapshot'] {
  const found = snapshot === null ? undefined : snapshots.get(snapshot);
  if (found !== undefined) return found === 'read' ? 'present' : 'malformed';
  // A project without any snapshot, or one in prefix mode "none", does not go by them.
  return snapshots.size === 0 || id.startsWith('_') ? 'none' : 'missing';
}

function notes(
  migration: Migration,
  { facts: { folder, history }, matching, nextRun, runs, skips }: Seen,
  rows: readonly RowMatch[],
): string[] {
  const { id, file, entries } = migration;
  const words: string[] = [];
  const listed = entries.length > 0 || folder.journal === null;
  if (rows.length > 0)
    words.push(rows.length === 1 ? 'applied' : `applied, recorded ${times(rows.length)}`);
  if (matching.failed?.has(id) === true) words.push('failed: the migrator refuses');
  if (isEdited(rows[0]) && file !== null) words.push('edited since');
  if (file === null) words.push(entries.length > 0 ? 'listed, file gone' : 'file gone');
  if (!listed) {
    words.push(
      folder.journal?.state === 'read'
        ? 'the migrator cannot see it'
        : 'the journal cannot be read',
    );
  }
  if (entries.length > 1) words.push(`listed ${times(entries.length)}`);
  if (runs.has(id)) {
    const when = history === null ? 'would run on a fresh database' : 'runs next';
    words.push(rows.length > 0 ? 'would run again' : `pending: ${when}`);
  }
  if (skips.has(id)) words.push('would be skipped');
  if (words.length === 0)
    words.push(nextRun.fails === null ? 'pending' : 'pending: the migrator refuses');
  return words;
}

function times(number: number): string {
  return number === 2 ? 'twice' : `${number} times`;
}
