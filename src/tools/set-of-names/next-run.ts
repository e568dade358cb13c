import type { Folder, History, Migration, MigrationFile, NamedRow } from '../../core/facts.js';
import {
  type Matching,
  nameOfRow,
  type NextRun,
  type RowMatch,
  type RunFailure,
} from '../../core/tool.js';
import { recordedName } from './read-folder.js';
import { type NamesSpec, wholeText } from './spec.js';

/** The rows of a history, all of which this tool has read. */
function namedRows(history: History | null): readonly NamedRow[] {
  return history?.rows.filter((row): row is NamedRow => row.name !== undefined) ?? [];
}

/** A row says which migration it is of. Where two files have one name, it stands for both, as it does to the tool. */
export function match(spec: NamesSpec, folder: Folder, history: History): Matching {
  const rows = namedRows(history).filter(({ state }) => state !== 'rolled back');
  const recorded = new Map<string, RowMatch[]>();
  const failed = new Map<string, RowMatch[]>();
  for (const { id, name, file } of folder.migrations) {
    const own = rows
      .filter((row) => nameOfRow(row) === name)
      .map((row): RowMatch => ({ row, by: isOther(row, file) ? 'name, other text' : 'name' }));
    const lost = own.filter(({ row }) => row.state === 'failed');
    if (own.length > lost.length)
      recorded.set(
        id,
        own.filter((one) => !lost.includes(one)),
      );
    if (lost.length > 0) failed.set(id, lost);
  }
  const names = new Set<string | null>(folder.migrations.map(({ name, id }) => name ?? id));
  names.add(null);
  const unknown = rows.filter((row) => !names.has(nameOfRow(row)));
  return { recorded, ...(spec.history.runs !== undefined && { failed }), unknown };
}

function isOther({ checksum }: NamedRow, file: MigrationFile | null): boolean {
  if (checksum === undefined || file === null) return false;
  return ![file.hash, ...file.variantHashes].includes(checksum);
}

/** What is on disk and not in the table, in the tool's order, up to what it refuses. */
export function nextRun(spec: NamesSpec, folder: Folder, history: History | null): NextRun {
  const rows = namedRows(history).filter(({ state }) => state !== 'rolled back');
  const recorded = new Set(rows.map(nameOfRow));
  const inFolder = folder.migrations.filter(
    (one) => one.file !== null || isUnreadable(folder, one),
  );
  const pending = inFolder.filter(({ name }) => !recorded.has(name ?? ''));
  const refused =
    failedRun(spec, folder, rows) ??
    refusedBy(spec, inFolder, pending, history?.table ? rows : null) ??
    refusal(spec, inFolder, pending, rows) ??
    (history?.locked == null ? null : failure(null, history.locked.says));
  if (refused !== null) return { runs: [], skips: [], fails: refused };
  return {
    runs: pending.map(({ id }) => id),
    skips: [],
    fails: firstFailure(spec, folder, pending, history),
  };
}

/** A tool that keeps rows of failed runs goes no further. */
function failedRun(
  { words }: NamesSpec,
  { migrations }: Folder,
  rows: readonly NamedRow[],
): RunFailure | null {
  const lost = rows.filter(({ state }) => state === 'failed');
  const [first] = lost;
  if (first === undefined) return null;
  const own = migrations.find(({ name }) => name === first.name);
  return failure(own?.id ?? null, words?.failed?.(lost) ?? `${first.name} has failed`);
}

/** By a rule of its own. */
export function refusedBy(
  { refuses }: NamesSpec,
  ...given: Parameters<NonNullable<NamesSpec['refuses']>>
): RunFailure | null {
  const refused = refuses?.(...given) ?? null;
  return typeof refused === 'string' ? failure(null, refused) : refused;
}

/** Before anything is run. */
function refusal(
  spec: NamesSpec,
  inFolder: readonly Migration[],
  pending: readonly Migration[],
  rows: readonly NamedRow[],
): RunFailure | null {
  const recorded = rows.flatMap((row) => nameOfRow(row) ?? []);
  const names = inFolder.map(({ name, id }) => name ?? id);
  const gone = recorded.filter((name) => !names.includes(name));
  if (spec.gone === 'refuse' && gone[0] !== undefined) {
    return failure(gone[0], spec.words?.gone?.(gone) ?? `the files of ${gone.join(', ')} are gone`);
  }
  if (spec.late === 'by place') {
    const at = recorded.findIndex(
      (name, place) => names[place] !== undefined && names[place] !== name,
    );
    const [row, name] = [recorded[at], names[at]];
    if (row === undefined || name === undefined) return null;
    return failure(
      inFolder[at]?.id ?? name,
      spec.words?.late?.(name, row, at) ?? `${name} precedes ${row}`,
    );
  }
  const last = inFolder.findLast((one) => !pending.includes(one));
  const [late] = pending;
  if (spec.late === 'refuse' && late !== undefined && last !== undefined) {
    if (inFolder.indexOf(late) < inFolder.indexOf(last)) {
      const [name, after] = [late.name ?? late.id, last.name ?? last.id];
      return failure(
        late.id,
        spec.words?.late?.(name, after, inFolder.indexOf(last)) ?? `${name} comes before ${after}`,
      );
    }
  }
  return null;
}

/** What it can be known to stop at without the schema: files that it cannot read. */
function firstFailure(
  spec: NamesSpec,
  folder: Folder,
  pending: readonly Migration[],
  history: History | null,
): RunFailure | null {
  const seen = new Set<string | undefined>();
  const ids = new Set(history?.rows.map(({ id }) => id));
  for (const [at, { id, name, file, isCode }] of pending.entries()) {
    if (file === null) {
      const own = folder.unreadable.find(({ path }) => recordedName(spec, path, null) === name);
      const said = own === undefined ? undefined : spec.words?.unreadable?.(own.path);
      return failure(id, said ?? `${own?.path ?? id}: ${own?.reason ?? 'it cannot be read'}`);
    }
    const parts = (isCode === true ? wholeText : (spec.parts ?? wholeText))(file.text);
    if ('refused' in parts) return failure(id, parts.refused);
    // The second of one name goes through, and then its row is there already.
    const { sequence } = history ?? { sequence: null };
    const taken = sequence !== null && ids.has(String(sequence.next + at));
    const twice =
      taken || (seen.has(name) && spec.history.id === null) ? duplicate(spec, history) : undefined;
    const fails = parts.fails ?? twice;
    if (fails !== undefined) return { migration: id, statement: null, ...fails };
    seen.add(name);
  }
  return null;
}

function duplicate(
  { history: spec }: NamesSpec,
  history: History | null,
): Pick<RunFailure, 'message' | 'sqlstate'> {
  const { table } = history?.table ?? spec.table;
  return {
    sqlstate: '23505',
    message: `duplicate key value violates unique constraint "${table}_pkey"`,
  };
}

function isUnreadable({ unreadable }: Folder, { id }: Migration): boolean {
  return unreadable.some(({ path }) => path.startsWith(id));
}

function failure(migration: string | null, message: string): RunFailure {
  return { migration, statement: null, sqlstate: null, message };
}
