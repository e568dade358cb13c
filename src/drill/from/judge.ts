import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { CatalogObject } from '../../core/catalog.js';
import type { Folder, TableRef } from '../../core/facts.js';
import { isEdited, tableName } from '../../core/tool.js';
import { readFolderContents } from '../../files/read-folder.js';
import { readCatalog } from '../../postgres/catalog/read-catalog.js';
import { readingTransaction } from '../../postgres/reading-transaction.js';
import { join } from 'node:path';
import type { Ground, Verdict } from '../ground.js';
import { judged, type Judged } from '../judged.js';
import { withConnection } from '../../postgres/connect.js';
import { folderOf, type Given } from './given.js';
import { historyOf } from './run-migrations.js';
import { contentsOf, type Contents, type Rows } from './rows.js';

/** What a database is like that was made by the migrations alone, as far as it is known. */
export interface Truth {
  readonly catalog: readonly CatalogObject[];
  /** Null where there were no rows to be kept. */
  readonly contents: Contents | null;
  readonly rows: readonly Rows[];
  /** What may be so as well: nobody is asked to take it away, or to change it. */
  readonly besides: readonly CatalogObject[];
  /** Files that may have been changed. */
  readonly edited: readonly string[];
}

/** None of the migrations' business. */
export function leftOut({ tool, table }: Given): readonly TableRef[] {
  return [table, ...(tool.beside?.(table) ?? [])];
}

export async function catalogOf(url: string, given: Given): Promise<readonly CatalogObject[]> {
  return readingTransaction(url, { purpose: 'drill judge' }, async ({ query }) => {
    const [row] = await query('SHOW server_version_num');
    return readCatalog(query, Number(row?.['server_version_num']), leftOut(given));
  });
}

/** By the files, the rule of the tool, its history, the schema and the rows: not by what was pressed. */
export async function judge(ground: Ground, given: Given, truth: Truth): Promise<Verdict> {
  const { tool, migrations } = given;
  const shown = await readFolderContents(join(ground.dir, migrations), migrations, (path) =>
    tool.wants(path),
  );
  const folder = folderOf({ ...given, files: shown.files }, shown.root);
  const facts = await withConnection(
    ground.url,
    { purpose: 'drill judge', statementTimeout: 10_000 },
    async ({ client }) => [
      judgeFiles(given, shown.files, truth),
      ...(await judgeHistory(client, given, folder)),
      judgeSchema(await catalogOf(ground.url, given), truth),
      ...(truth.contents === null
        ? []
        : [await judgeRows(client, given, truth.contents, truth.rows)]),
    ],
  );
  return { solved: facts.every(({ ok }) => ok), facts: facts.map(({ fact }) => fact) };
}

/** All but the journal, which is judged by what the tool makes of it. */
function judgeFiles({ files }: Given, now: Given['files'], { edited }: Truth): Judged {
  const paths = new Set([...files.keys(), ...now.keys()]);
  const wrong = [...paths].filter(
    (path) =>
      !edited.includes(path) &&
      !isDeepStrictEqual(files.get(path), now.get(path)) &&
      !/(^|\/)_journal\.json$/.test(path),
  );
  return judged(
    wrong.length === 0,
    'The migration files are as they were.',
    `Migration files were changed, added or removed: ${wrong.join(', ')}.`,
  );
}

async function judgeHistory(client: pg.Client, given: Given, folder: Folder): Promise<Judged[]> {
  const { tool, table } = given;
  const history = await historyOf(client, given);
  const { recorded, unknown, failed } = tool.match(folder, history);
  const ids = folder.migrations.map(({ id }) => id);
  const wrong = [
    ...ids.filter((id) => !recorded.has(id)).map((id) => `none of ${id}`),
    ...ids.filter((id) => (recorded.get(id)?.length ?? 0) > 1).map((id) => `several of ${id}`),
    ...ids.filter((id) => isEdited(recorded.get(id)?.[0])).map((id) => `of another text of ${id}`),
    ...[...(failed?.keys() ?? [])].map((id) => `of a failed run of ${id}`),
    ...unknown.map(({ id }) => `one of no migration, ${id}`),
  ];
  const { runs, skips, fails } = tool.nextRun(folder, history);
  const anew = tool.nextRun(folder, null);
  const left = [...runs.map((id) => `would run ${id}`), ...skips.map((id) => `passes over ${id}`)];
  const lost = ids.filter((id) => !anew.runs.includes(id));
  if (fails !== null) left.push(`stops: ${fails.message}`);
  if (lost.length > 0) left.push(`would not run ${lost.join(', ')} on a new database`);
  return [
    judged(
      wrong.length === 0,
      `${tableName(table)} says of all ${ids.length} migrations that they have run.`,
      `The rows of ${tableName(table)} are not those of the migrations: ${few(wrong)}.`,
    ),
    judged(
      left.length === 0,
      `${tool.title} agrees, by its rule: it has nothing to run, and on a new database it runs all.`,
      `${tool.title} does not agree, by its rule: it ${few(left)}.`,
    ),
  ];
}

function judgeSchema(live: readonly CatalogObject[], { catalog, besides }: Truth): Judged {
  const [right, now, also] = [catalog, live, besides].map(partsByKey) as [Parts, Parts, Parts];
  const lacks = [...right.keys()].filter((key) => !now.has(key));
  const differs = [...right].flatMap(([key, parts]) => {
    const there = now.get(key);
    const fits = [parts, also.get(key)].some((one) => isDeepStrictEqual(there, one));
    return there === undefined || fits ? [] : [key];
  });
  const extra = [...now.keys()].filter((key) => !right.has(key) && !also.has(key));
  const wrong = [
    ...lacks.map((key) => `no ${key}`),
    ...differs.map((key) => `another ${key}`),
    ...extra.map((key) => `a ${key} too many`),
  ];
  return judged(
    wrong.length === 0,
    'The schema is what the migrations make of an empty database.',
    `The schema is not what the migrations make of an empty database: there is ${few(wrong)}.`,
  );
}

type Parts = ReadonlyMap<string, CatalogObject['parts']>;

function partsByKey(objects: readonly CatalogObject[]): Parts {
  return new Map(objects.map(({ key, parts }) => [key, parts]));
}

async function judgeRows(
  client: pg.Client,
  given: Given,
  contents: Contents,
  rows: readonly Rows[],
): Promise<Judged> {
  const now = await contentsOf(client, rows, leftOut(given));
  const wrong = Object.entries(contents).filter(
    ([table, content]) => !isDeepStrictEqual({ ...now[table] }, { ...content }),
  );
  const said = wrong.map(([table, { count }]) =>
    now[table]?.count === count
      ? `${table} has other rows`
      : `${table} has ${now[table]?.count ?? 'no'} rows, and not ${count}`,
  );
  return judged(
    wrong.length === 0,
    'The rows are those that a right run leaves: none is lost, and none was written twice.',
    `The rows are not those that a right run leaves: ${few(said)}.`,
  );
}

function few(all: readonly string[]): string {
  const more = all.length > 3 ? `, and ${all.length - 3} more` : '';
  return `${all.slice(0, 3).join('; ')}${more}`;
}
