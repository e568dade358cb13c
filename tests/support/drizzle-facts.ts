import type { Facts, History, HistoryRow, Surroundings, Target } from '../../src/core/facts.js';
import type { FolderContents } from '../../src/tools/contract.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { contentsOf, defaultTable, factsOf, sha256 } from './drizzle-project.js';

export interface Project {
  /** Tag to stamp, as listed in the journal. */
  readonly journal?: readonly (readonly [tag: string, when: unknown])[];
  /** The journal's text instead; null: there is none. */
  readonly journalText?: string | null;
  /** Tags with a file, its text being `select '<tag>';`; those of the journal by default. */
  readonly files?: readonly string[];
  /** Further files, by path. */
  readonly extra?: Readonly<Record<string, string>>;
  readonly unreadable?: FolderContents['unreadable'];
  /** Ids of snapshots with their parents, by prefix. */
  readonly snapshots?: Readonly<Record<string, string>>;
  readonly siblings?: readonly FolderContents[];
  /** null: offline. */
  readonly history?: Partial<History> | null;
  readonly target?: Partial<Target>;
  readonly surroundings?: Partial<Surroundings>;
  readonly settings?: Facts['settings'];
}

export const stamp = 1_700_000_000_000;
const origin = '00000000-0000-0000-0000-000000000000';

export function row(id: number, tag: string, at: number | null): HistoryRow {
  return {
    id: String(id),
    hash: sha256(`select '${tag}';`),
    stamp: at === null ? null : String(at),
  };
}

export function snapshotText(id: string, prevId: string, version = '7'): string {
  const maps = { tables: {}, enums: {}, schemas: {} };
  const meta = { schemas: {}, tables: {}, columns: {} };
  return JSON.stringify({ id, prevId, version, dialect: 'postgresql', ...maps, _meta: meta });
}

/** Three migrations, applied, each with its snapshot; whatever is given departs from that. */
export function project(change: Project = {}): Facts {
  const journal = change.journal ?? [
    ['0000_a', stamp],
    ['0001_b', stamp + 1],
    ['0002_c', stamp + 2],
  ];
  const entries = journal.map(([tag, when], idx) => ({ idx, version: '7', when, tag }));
  const text =
    change.journalText === undefined ? JSON.stringify({ entries }, null, 2) : change.journalText;
  const tags = change.files ?? [...new Set(journal.map(([tag]) => tag))];
  const prefixes = [...new Set(journal.map(([tag]) => tag.split('_')[0] ?? ''))];
  const chain = prefixes.map((prefix, at) => [prefix, prefixes[at - 1] ?? origin] as const);
  const snapshots = change.snapshots ?? Object.fromEntries(chain);
  const folder = drizzle.readFolder(
    contentsOf(
      'drizzle',
      {
        ...Object.fromEntries(tags.map((tag) => [`${tag}.sql`, `select '${tag}';`])),
        ...(text === null ? {} : { 'meta/_journal.json': text }),
        ...Object.fromEntries(
          Object.entries(snapshots).map(([id, parent]) => [
            `meta/${id}_snapshot.json`,
            snapshotText(id, parent),
          ]),
        ),
        ...change.extra,
      },
      change.unreadable,
    ),
    change.siblings ?? [],
  );
  const history: History = {
    expected: defaultTable,
    configured: false,
    table: defaultTable,
    elsewhere: [],
    rows: journal.map(([tag, when], at) => row(at + 1, tag, Number(when))),
    sequence: { name: 'drizzle.__drizzle_migrations_id_seq', next: journal.length + 1 },
    otherTables: 3,
  };
  const facts = factsOf(folder, change.history === null ? null : { ...history, ...change.history });
  if (facts.target === null || facts.surroundings === null)
    throw new Error('facts without a server');
  return {
    ...facts,
    target: { ...facts.target, ...change.target },
    surroundings: { ...facts.surroundings, ...change.surroundings },
    settings: change.settings ?? [],
  };
}
