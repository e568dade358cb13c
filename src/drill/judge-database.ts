import { createHash } from 'node:crypto';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { UserError, messageOf } from '../core/errors.js';
import { quoteTable, tableName } from '../core/tool.js';
import { withConnection } from '../postgres/connect.js';
import { catalogLines, readCatalog } from './catalog.js';
import { makeDrillFolder } from './folder.js';
import type { Ground, Source } from './ground.js';
import { readHistory, sequenceIsAhead, type HistoryRow } from './history.js';
import { judged, type Judged } from './judged.js';
import { runMigrator } from './migrator.js';
import { wouldRun } from './next-run.js';
import type { Project } from './project.js';

/** What must be true of the data, beyond the schema. */
export interface DataRule {
  /** A SELECT of one boolean. */
  readonly sql: string;
  readonly right: string;
  readonly wrong: string;
}

/** What is compared: one line an object, and the history rows. */
interface State {
  readonly schema: readonly string[];
  readonly rows: readonly HistoryRow[];
}

/** A look at the drill's database waits this long for a lock (milliseconds). */
const patience = 10_000;

/** @throws UserError when somebody holds a lock on what has to be read */
export async function judgeDatabase(
  ground: Ground,
  project: Project,
  seeded: Readonly<Record<string, number>>,
  rules: readonly DataRule[],
): Promise<Judged[]> {
  const options = { purpose: 'drill judge', statementTimeout: patience };
  try {
    return await withConnection(ground.url, options, async ({ client }) => {
      const live = await look(client, project);
      const facts = [
        ...(await judgeAgainstTruth(live, ground, project)),
        await judgeSequence(client, project),
        await judgeCounts(client, seeded),
      ];
      for (const rule of rules) facts.push(await judgeRule(client, rule));
      return facts;
    });
  } catch (error) {
    if ((error as { code?: unknown }).code !== '57014') throw error;
    throw new UserError(
      'The drill cannot be judged: another session holds a lock in its database.',
      ['Commit or roll back what is open there, and judge again.'],
    );
  }
}

async function look(client: pg.Client, project: Project): Promise<State> {
  const schema = catalogLines(await readCatalog(client));
  return { schema, rows: await readHistory(client, project.table) };
}

/**
 * The truth is a database of its own beside the drill's, made from nothing by the real migrator
 * with the project's journal.
 */
async function judgeAgainstTruth(live: State, ground: Ground, project: Project): Promise<Judged[]> {
  const folder = join(ground.dir, project.migrations);
  const runnable = await runnableFolder(folder, project);
  const url = await ground.sandbox.createDatabase();
  try {
    return await withConnection(url, { purpose: 'drill judge' }, async ({ client }) => {
      try {
        await runMigrator(client, runnable.dir, project.table);
      } catch (error) {
        const fact = `On an empty database the migrator fails with this folder: ${causeOf(error)}.`;
        return [{ ok: false, fact }];
      }
      const truth = await look(client, project);
      return [
        compareSchema(live, truth),
        compareRows(live, truth, project),
        await judgeNextRun(client, folder, live, project),
      ];
    });
  } finally {
    await ground.sandbox.dropDatabase(url);
    await runnable.remove();
  }
}

/** The folder; a copy of it, where some of its files cannot run as they are. */
async function runnableFolder(
  folder: string,
  project: Project,
): Promise<{ dir: string; remove: () => Promise<void> }> {
  const changed = project.sources.filter(({ runs }) => runs !== undefined);
  if (changed.length === 0) return { dir: folder, remove: async () => {} };
  const copy = await makeDrillFolder('truth');
  await cp(folder, copy.dir, { recursive: true });
  for (const { tag, runs = '' } of changed) await writeFile(join(copy.dir, `${tag}.sql`), runs);
  return copy;
}

function compareSchema(live: State, truth: State): Judged {
  const lacks = without(truth.schema, live.schema);
  const extra = without(live.schema, truth.schema);
  const samples = [...lacks.map((l) => `no ${l}`), ...extra.map((e) => `a ${e}`)].slice(0, 3);
  return judged(
    lacks.length + extra.length === 0,
    'The schema is what the listed migrations make of an empty database.',
    `The schema is not what the listed migrations make of an empty database: ${lacks.length} definitions are missing and ${extra.length} are extra or different; there is ${samples.join('; ')}.`,
  );
}

function compareRows(live: State, truth: State, project: Project): Judged {
  const linesOf = (rows: readonly HistoryRow[], textOf: (source: Source) => string): string[] =>
    rows.map(({ hash, stamp }) => {
      const source = project.sources.find((one) => sha256(textOf(one)) === hash);
      return `${source?.tag ?? `hash ${hash}`} at ${stamp}`;
    });
  const right = linesOf(truth.rows, ({ sql, runs }) => runs ?? sql);
  const found = linesOf(live.rows, ({ sql }) => sql);
  const lacks = without(right, found);
  const extra = without(found, right);
  return judged(
    lacks.length + extra.length === 0,
    `The history table ${tableName(project.table)} has exactly the ${truth.rows.length} rows of the journal.`,
    `The rows of ${tableName(project.table)} are not those of the journal: missing ${list(lacks)}; too many or wrong ${list(extra)}.`,
  );
}

async function judgeNextRun(
  own: pg.Client,
  folder: string,
  live: State,
  project: Project,
): Promise<Judged> {
  const tags = await wouldRun(own, folder, project.table, live.rows);
  return judged(
    tags.length === 0,
    'The migrator agrees: of what the journal lists it has nothing to run.',
    `The migrator does not agree: it would run ${list(tags)}.`,
  );
}

async function judgeSequence(client: pg.Client, project: Project): Promise<Judged> {
  return judged(
    await sequenceIsAhead(client, project.table),
    'The next history row will get an id of its own.',
    `The sequence of ${tableName(project.table)}.id is behind the rows: the next migration fails with 23505.`,
  );
}

/** A table that is gone has no rows. */
async function judgeCounts(
  client: pg.Client,
  seeded: Readonly<Record<string, number>>,
): Promise<Judged> {
  const lost: string[] = [];
  for (const [table, rows] of Object.entries(seeded)) {
    const ref = quoteTable({ schema: 'public', table });
    const now = Number((await value(client, `SELECT count(*) FROM ${ref}`)) ?? 0);
    if (now < rows) lost.push(`${table} had ${rows} rows and has ${now}`);
  }
  return judged(
    lost.length === 0,
    `No rows are lost: ${Object.keys(seeded).length} tables have at least as many as before.`,
    `Rows are lost: ${lost.join('; ')}.`,
  );
}

async function judgeRule(client: pg.Client, rule: DataRule): Promise<Judged> {
  return judged(
    (await value(client, `SELECT (${rule.sql})::text`)) === 'true',
    rule.right,
    rule.wrong,
  );
}

/** One value as text; null when its table or column is absent. */
async function value(client: pg.Client, sql: string): Promise<string | null> {
  try {
    const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' });
    return rows[0]?.[0] ?? null;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === '42P01' || code === '42703') return null;
    throw error;
  }
}

/** What `from` has more of than `other`, counting repetitions. */
function without(from: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  return from.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function list(lines: readonly string[]): string {
  return lines.length === 0 ? 'none' : lines.join(', ');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** drizzle-orm wraps the server's error; its own message quotes the whole statement. */
function causeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = (inner as { code?: string }).code;
  return code === undefined ? messageOf(inner) : `${messageOf(inner)} (${code})`;
}
