import type { BoardRow, Diagnosis } from '../diagnosis.js';
import type { MigrationEvidence, StatementEvidence } from '../evidence/evidence.js';
import type { HistoryRow, Migration } from '../facts.js';
import { redactText } from '../redact.js';
import type { ReplayedStatement } from '../replay.js';
import type { RowMatch } from '../tool.js';
import type { Cell } from './board-words.js';
import { boardCells } from './board-words.js';
import { grouped } from './amounts.js';
import { whyWords } from './evidence-words.js';
import { objectLines } from './object-words.js';

/** A row of the details: a sign, always with its word in the text; or a line of SQL with its number. */
export type DetailRow =
  | { readonly type: 'told'; readonly mark: Cell['mark'] | null; readonly text: string }
  | {
      readonly type: 'sql';
      readonly mark: Cell['mark'];
      /** 1-based line of the file. */
      readonly number: number;
      readonly text: string;
    };

export interface DetailPart {
  readonly heading: string;
  readonly rows: readonly DetailRow[];
}

/** All that is known of one migration: what each source says, its SQL statement by statement, and its objects. */
export function migrationDetails(diagnosis: Diagnosis, id: string): readonly DetailPart[] {
  const row = diagnosis.board.find((one) => one.id === id);
  if (row === undefined) return [];
  const migration = diagnosis.facts.folder.migrations.find((one) => one.id === id);
  const evidence = diagnosis.evidence?.migrations.get(id);
  const parts: readonly DetailPart[] = [
    { heading: 'What each source says', rows: sources(diagnosis, row, migration, evidence) },
    { heading: 'What cannot be proven, and why', rows: unproven(diagnosis, migration, evidence) },
    { heading: 'SQL', rows: sqlRows(diagnosis, migration, evidence) },
    { heading: 'Objects it touches', rows: objectLines(diagnosis, id) },
  ];
  return parts.filter(({ rows }) => rows.length > 0);
}

function told(text: string, mark: Cell['mark'] | null = null): DetailRow {
  return { type: 'told', mark, text: redactText(text) };
}

function sources(
  diagnosis: Diagnosis,
  row: BoardRow,
  migration: Migration | undefined,
  evidence: MigrationEvidence | undefined,
): readonly DetailRow[] {
  const cells = boardCells(row, evidence);
  const matches = diagnosis.matching.recorded.get(row.id) ?? [];
  const { lacks, stoppedAt } = row;
  return [
    told(`file: ${row.file}${fileWords(migration)}`, cells.file.mark),
    ...(row.journal === 'none' ? [] : journalRows(diagnosis, row, migration)),
    ...(row.snapshot === 'none'
      ? []
      : [told(`snapshot: ${row.snapshot}${snapshotWords(migration)}`, cells.snapshot.mark)]),
    told(`history: ${row.history}`, cells.history.mark),
    ...matches.map((match) => told(`  ${matchWords(match)}`)),
    told(`schema: ${row.schema}`, cells.schema.mark),
    ...lacks.map((key) => told(`  lacks ${key}`, 'no')),
    ...(stoppedAt === null ? [] : [told(`  a run of it stopped at ${stoppedAt}`, 'doubt')]),
  ];
}

function fileWords(migration: Migration | undefined): string {
  const file = migration?.file ?? null;
  return file === null ? '' : `, ${file.path}, ${grouped(file.size)} bytes, sha256 ${file.sha256}`;
}

function journalRows(
  { facts }: Diagnosis,
  row: BoardRow,
  migration: Migration | undefined,
): readonly DetailRow[] {
  const entries = migration?.entries ?? [];
  const path = facts.folder.journal?.path ?? 'the journal';
  if (entries.length === 0) return [told(`journal: ${row.journal}, no entry in ${path}`, 'no')];
  return entries.map(({ line, idx, when }) =>
    told(`journal: listed, ${path} line ${line}: idx ${idx ?? 'none'}, ${whenWords(when)}`, 'yes'),
  );
}

/** A stamp in milliseconds, and the date that it is. */
function whenWords(when: number | null): string {
  return when === null ? 'without a stamp' : `when ${when}${dateOf(when)}`;
}

function dateOf(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? '' : ` (${date.toISOString().slice(0, 19)}Z)`;
}

function snapshotWords(migration: Migration | undefined): string {
  return migration?.snapshot == null ? '' : `, ${migration.snapshot}`;
}

function matchWords({ row, by }: RowMatch): string {
  return `row ${rowWords(row)}; known by its ${by}`;
}

function rowWords(row: HistoryRow): string {
  if (row.name === undefined) {
    const stamp = row.stamp === null ? 'none' : `${row.stamp}${dateOf(Number(row.stamp))}`;
    return `${row.id}: hash ${row.hash}, stamp ${stamp}`;
  }
  const columns = Object.entries(row.columns).map(([name, value]) => `${name} ${value ?? 'NULL'}`);
  return [`${row.id}: ${row.name}`, ...columns].join(', ');
}

function unproven(
  { facts }: Diagnosis,
  migration: Migration | undefined,
  evidence: MigrationEvidence | undefined,
): readonly DetailRow[] {
  const { schema } = facts;
  if (migration?.isCode) {
    const why = migration.whyCode == null ? '' : ` (${migration.whyCode})`;
    return [told(`It is a program, not SQL${why}: what it does is not known before it ran.`)];
  }
  if (evidence === undefined) {
    const why =
      schema.state === 'failed' ? schema.reason : 'The schema has not been held against it yet.';
    return [told(why, 'doubt')];
  }
  const words = whyWords(evidence);
  const count = evidence.statements.filter(({ state }) => state === 'unprovable').length;
  return [
    ...(words === null ? [] : [told(words, 'doubt')]),
    ...(count === 0
      ? []
      : [
          told(
            `${count} of ${evidence.statements.length} statements leave nothing in the catalog (rows inserted or changed, for one): whether they ran cannot be seen.`,
            'doubt',
          ),
        ]),
  ];
}

function sqlRows(
  { facts }: Diagnosis,
  migration: Migration | undefined,
  evidence: MigrationEvidence | undefined,
): readonly DetailRow[] {
  const statements = evidence?.statements ?? [];
  if (statements.length === 0) {
    const text = migration?.file?.text;
    return text === undefined ? [] : sqlLines(text.replace(/\n$/, ''), 1, 'none');
  }
  const { schema } = facts;
  const replayed =
    schema.state === 'read'
      ? (schema.replay.migrations.find(({ id }) => id === migration?.id)?.statements ?? [])
      : [];
  return statements.flatMap((statement, index) => {
    const { mark, words } = statementWords(statement, evidence?.lacks ?? []);
    const { number, line, label, text } = statement;
    const here = evidence?.stoppedAtStatement === number;
    return [
      ...(here
        ? [told('A run of it stopped here: what is above is done, this is not.', 'no')]
        : []),
      told(`statement ${number} of ${statements.length}, ${label}: ${words}`, mark),
      ...failure(replayed[index]),
      ...sqlLines(text, line, mark),
    ];
  });
}

function failure(replayed: ReplayedStatement | undefined): readonly DetailRow[] {
  const error = replayed?.error ?? null;
  return error === null
    ? []
    : [told(`  it fails in the sandbox: ${error.message} (SQLSTATE ${error.sqlstate})`, 'doubt')];
}

function sqlLines(text: string, first: number, mark: Cell['mark']): readonly DetailRow[] {
  return redactText(text)
    .split('\n')
    .map((line, index) => ({ type: 'sql', mark, number: first + index, text: line }));
}

/** What the live schema says of one statement. */
function statementWords(
  { state, objects }: StatementEvidence,
  lacks: readonly string[],
): { readonly mark: Cell['mark']; readonly words: string } {
  const gone = objects.filter((key) => lacks.includes(key));
  switch (state) {
    case 'done':
      return gone.length === 0
        ? { mark: 'yes', words: 'present' }
        : { mark: 'doubt', words: `lacks ${gone.join(', ')}` };
    case 'superseded':
      return { mark: 'yes', words: 'present, as a later migration has changed it' };
    case 'changed':
      return { mark: 'doubt', words: 'there, and not as any migration leaves it' };
    case 'not done':
      return { mark: 'no', words: 'not there' };
    case 'unprovable':
      return { mark: 'doubt', words: 'unprovable, it leaves nothing in the catalog' };
    case 'either':
      return { mark: 'doubt', words: 'unknown, before and after it look the same' };
    case 'unknown':
      return { mark: 'doubt', words: 'unknown, it fails in the sandbox' };
  }
}
