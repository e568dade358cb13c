import fc from 'fast-check';
import { defaultTable, type SeedRow, sha256 } from './drizzle-project.js';
import type { TableRef } from '../../src/core/facts.js';

/** A project as it may be found: files with their journal, and the rows of a history table. */
export interface ProjectCase {
  readonly files: Readonly<Record<string, string>>;
  /** null: the table is not there. */
  readonly rows: readonly SeedRow[] | null;
  readonly table: TableRef;
}

interface Options {
  /** Journals that are none, entries without a usable `when`, files that fail, null stamps, a sequence left behind. */
  readonly hostile: boolean;
}

const tags = [
  '0000_init',
  '0001_users',
  '0002_orders',
  '0003_items',
  '0003_merge',
  '0004_tax',
  '0010_late',
];
const tag = fc.constantFrom(...tags);

/** Harmless whatever the order, and however often it runs. */
const sql = (hostile: boolean): fc.Arbitrary<(id: string) => string> => {
  const table = (id: string): string => `create table if not exists t_${id} (id int);`;
  const two = (id: string): string => `${table(id)}\n--> statement-breakpoint\nselect 1;\n`;
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(table) },
    { weight: 3, arbitrary: fc.constant(two) },
    { weight: 2, arbitrary: fc.constant((id: string) => two(id).replaceAll('\n', '\r\n')) },
    { weight: 1, arbitrary: fc.constant(() => '') },
    {
      weight: 1,
      arbitrary: fc.constant(() => '-- Custom SQL migration file, put your code below! --'),
    },
    { weight: 1, arbitrary: fc.constant(() => 'select 1;') },
    ...(hostile ? [{ weight: 1, arbitrary: fc.constant((id: string) => `\uFEFF${two(id)}`) }] : []),
  );
};

/** Few values, so that equal stamps and stamps around each other are common. */
const stamp = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 9 }).map((n) => 1_700_000_000_000 + n * 100) },
  { weight: 1, arbitrary: fc.constantFrom(4_102_444_800_000, 1_700_000_000_350, 0, -5) },
);
const oddWhen = fc.constantFrom<unknown>(
  '1700000000500',
  'soon',
  null,
  undefined,
  1_700_000_000_500.5,
  true,
  false,
  1e21,
  {},
  ' 17 ',
);

const rowKind = fc.constantFrom('raw', 'crlf', 'edited', 'other stamp', 'unknown', 'no stamp');

export function projectCases(options: Options): fc.Arbitrary<ProjectCase> {
  const when = options.hostile
    ? fc.oneof({ weight: 30, arbitrary: stamp }, { weight: 1, arbitrary: oddWhen })
    : fc.oneof(
        { weight: 12, arbitrary: stamp },
        { weight: 1, arbitrary: fc.constantFrom('soon', 1.5, undefined) },
      );
  return fc
    .record({
      files: fc.uniqueArray(fc.tuple(tag, sql(options.hostile)), {
        selector: ([id]) => id,
        minLength: 1,
      }),
      entries: fc.array(fc.tuple(tag, when), { maxLength: 7 }),
      // Most projects are half in order: the entries sorted, each with its file.
      tidy: fc.integer({ min: 0, max: 9 }).map((n) => n < 6),
      all: fc.integer({ min: 0, max: 9 }).map((n) => n < 6),
      layout: fc.constantFrom('kit', 'kit', 'kit', 'tabs', 'compact', 'crlf', 'lines'),
      broken: fc.integer({ min: 0, max: 79 }),
      rows: fc.option(fc.array(fc.tuple(fc.nat(6), rowKind, stamp), { maxLength: 7 }), { freq: 8 }),
      applied: fc.nat(7),
      again: fc.boolean(),
      behind: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
      table: fc.constantFrom(defaultTable, defaultTable, {
        schema: 'public',
        table: 'My "migrations"',
      }),
    })
    .map((parts) => build(parts, options));
}

type Parts = Parameters<
  Parameters<ReturnType<typeof fc.record<Record<string, unknown>>>['map']>[0]
>[0];

interface Built {
  readonly files: [string, (id: string) => string][];
  readonly entries: [string, unknown][];
  readonly tidy: boolean;
  readonly all: boolean;
  readonly layout: string;
  readonly broken: number;
  readonly rows: [number, string, number][] | null;
  readonly applied: number;
  readonly again: boolean;
  readonly behind: boolean;
  readonly table: TableRef;
}

function build(parts: Parts, { hostile }: Options): ProjectCase {
  const { files, table, ...rest } = parts as unknown as Built;
  const texts = new Map(files.map(([id, text]) => [id, text(id)]));
  const entries = listed(rest, [...texts.keys()]);
  const rows = rowsFor(rest, entries, texts, hostile);
  const journal = write(entries, rest.layout);
  const meta = hostile || rest.broken < 10 ? breakJournal(journal, rest.broken, entries) : journal;
  return {
    files: {
      ...Object.fromEntries([...texts].map(([id, text]) => [`${id}.sql`, text])),
      ...(meta === null ? {} : { 'meta/_journal.json': meta }),
    },
    rows,
    table,
  };
}

function listed(
  { entries, tidy, all }: Omit<Built, 'files' | 'table'>,
  files: string[],
): [string, unknown][] {
  let list = entries;
  if (all) list = list.filter(([id]) => files.includes(id));
  if (!tidy) return list;
  const seen = new Set<string>();
  const unique = list.filter(([id]) => !seen.has(id) && seen.add(id) !== undefined);
  return unique.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function rowsFor(
  { rows, applied, again, behind }: Omit<Built, 'files' | 'table'>,
  entries: [string, unknown][],
  texts: ReadonlyMap<string, string>,
  hostile: boolean,
): SeedRow[] | null {
  if (rows === null) return null;
  const result: SeedRow[] = [];
  const whole = (when: unknown): string | null =>
    Number.isSafeInteger(when) ? String(when) : null;
  for (const [id, when] of entries.slice(0, applied)) {
    const at = whole(when);
    if (at !== null) result.push({ hash: sha256(texts.get(id) ?? `gone ${id}`), stamp: at });
  }
  for (const [number, kind, other] of rows.slice(0, again ? 3 : 1)) {
    const [id, when] = entries[number % Math.max(1, entries.length)] ?? ['', null];
    const text = texts.get(id) ?? '';
    const own = whole(when) ?? String(other);
    if (kind === 'raw') result.push({ hash: sha256(text), stamp: own });
    if (kind === 'crlf')
      result.push({ hash: sha256(text.replaceAll(/\r?\n/g, '\r\n')), stamp: own });
    if (kind === 'edited') result.push({ hash: sha256(`${text} edited`), stamp: own });
    if (kind === 'other stamp') result.push({ hash: sha256(text), stamp: String(other) });
    if (kind === 'unknown') result.push({ hash: sha256('unknown'), stamp: String(other) });
    if (kind === 'no stamp' && hostile) result.push({ hash: sha256(text), stamp: null });
  }
  return behind && hostile ? result.map((row, at) => ({ ...row, id: at + 2 })) : result;
}

function write(entries: readonly [string, unknown][], layout: string): string {
  const value = {
    version: '7',
    dialect: 'postgresql',
    entries: entries.map(([id, when], idx) => ({
      idx,
      version: '7',
      when,
      tag: id,
      breakpoints: true,
      note: `kept ${idx}`,
    })),
  };
  switch (layout) {
    case 'tabs':
      return `${JSON.stringify(value, null, '\t')}\n`;
    case 'compact':
      return JSON.stringify(value);
    case 'crlf':
      return JSON.stringify(value, null, 2).replaceAll('\n', '\r\n');
    case 'lines': {
      const lines = value.entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n');
      return `{ "version": "7", "dialect": "postgresql", "entries": [\n${lines}\n] }\n`;
    }
    default:
      return JSON.stringify(value, null, 2);
  }
}

function breakJournal(
  text: string,
  broken: number,
  entries: readonly [string, unknown][],
): string | null {
  const conflict = `<<<<<<< HEAD\n${text}\n=======\n${write(entries.slice(0, -1), 'kit')}\n>>>>>>> theirs\n`;
  const ways = [
    null,
    text.slice(0, -3),
    conflict,
    `\uFEFF${text}`,
    text.replace(/\}\s*\]/, '},]'),
    '{"version":"7"}',
    '{"entries":null}',
    'null',
    '{"entries":"ab"}',
    '{"entries":[null]}',
    '{"entries":{"0":1}}',
    '[]',
    '',
  ];
  return broken < ways.length ? (ways[broken] ?? null) : text;
}
