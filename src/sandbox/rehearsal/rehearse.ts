import type pg from 'pg';
import { lineAt } from '../../core/lines.js';
import type { Rehearsal, RehearsalFailure, RehearsedStatement } from '../../core/rehearsal.js';
import { counted } from '../../core/telling/amounts.js';
import { quoteTable } from '../../core/tool.js';
import { inSandbox } from '../told.js';
import { codeOf, foundHereOnly } from './classify.js';
import { type Copy, fillMaterializedViews, makeCopy } from './copy.js';
import { prepareRows, type Rows } from './data.js';
import { inTheWay } from './in-the-way.js';
import { type Asked, askAbout, capital, countsFor, schemaHere } from './live-rows.js';
import { mayHaveMade, whyLeftOut } from './left-out.js';
import {
  type Held,
  type KnownRelation,
  makeMeasure,
  type Measured,
  meddled,
  readRelations,
} from './measure.js';
import { watchNewEnumValues } from './new-enum-values.js';
import { type Failed, type Placed, runAll, type Watcher } from './run.js';
import { attempt } from './send.js';
import { keyOf } from './touched.js';
import type { RehearsalInput } from './types.js';

/**
 * Runs what the tool would run, as it would run it, on a schema-only copy of the live database
 * that holds the rows of its small tables; asks the live rows, read-only, about the others.
 * Nothing here writes to the live database, and no value of its rows is in the result.
 *
 * @throws UserError where there can be no copy; the signal's reason when aborted
 */
export async function rehearse(input: RehearsalInput): Promise<Rehearsal> {
  const { signal } = input;
  const runs = input.runs.map(({ id }) => id);
  if (runs.length === 0) return { runs, statements: [], failure: null, unknown: [] };
  signal.throwIfAborted();
  const named = runs.length === 1 ? runs[0] : counted(runs.length, 'migration');
  const what = `rehearse ${named} on a schema-only copy of the live database`;
  return inSandbox(what, () => rehearsed(input));
}

async function rehearsed(input: RehearsalInput): Promise<Rehearsal> {
  const { signal, live, onProgress } = input;
  onProgress('reading the schema');
  const [sandbox, dump] = await Promise.all([input.sandbox(), live.schemaDump()]);
  onProgress('restoring the schema');
  const copy = await makeCopy(sandbox, dump, input);
  const rehearsal = await rehearseOn(copy, input).catch(async (error: unknown) => {
    await copy.end();
    signal.throwIfAborted();
    throw error;
  });
  const left = await copy.end();
  return { ...rehearsal, unknown: [...rehearsal.unknown, ...left.map(sentence)] };
}

function sentence(text: string): string {
  return `${capital(text).replace(/\.$/, '')}.`;
}

async function rehearseOn(copy: Copy, input: RehearsalInput): Promise<Rehearsal> {
  const { runs, history, onProgress } = input;
  const ids = runs.map(({ id }) => id);
  const unknown = copy.unlike.map(sentence);
  const known = await readRelations(copy.admin);
  const session = await copy.session();
  for (const sql of history.create) {
    const error = await attempt(session, sql);
    if (error === null) continue;
    const [run] = runs;
    if (run === undefined) break;
    const failed = { at: null, run, own: sql, error };
    return {
      runs: ids,
      statements: [],
      failure: await failureOf(copy, session, input, failed),
      unknown,
    };
  }
  onProgress('copying rows');
  const rows = await prepareRows(copy, input);
  await fillMaterializedViews(copy.admin);
  await lookAtCopy(copy, input, 'before');
  onProgress('running the migrations');
  const watched = await watch(copy, session, input, known, rows);
  const hereOnly = ({ at, error }: Failed): string | null =>
    watched.askedOf(at)?.error == null && rows.mayBeNoOrphan(at, error)
      ? 'what its rows refer to was not copied'
      : foundHereOnly(error.sqlstate, error.message, {
          lacks: [...copy.leftOut, ...copy.lacks],
          roles: new Set(input.live.roles.map(({ name }) => name)),
          leftOut: watched.leftOut(),
        });
  const toldOf = async (failed: Failed): Promise<RehearsalFailure> => {
    await session.query('ROLLBACK').catch(() => {});
    const told = await failureOf(copy, session, input, failed, watched.askedOf(failed.at));
    return failed.own !== null && watched.recordsItself()
      ? { ...told, code: 'records-itself' }
      : told;
  };
  const swallowed: RehearsalFailure[] = [];
  const failed = await runAll(session, input, watched.watcher, async (one) => {
    if (input.swallows?.(one.error.message) !== true || hereOnly(one) !== null) return false;
    swallowed.push(await toldOf(one));
    return true;
  });
  unknown.push(...watched.unknown);
  const so = {
    runs: ids,
    statements: watched.statements(),
    ...(swallowed.length > 0 && { swallowed }),
    unknown,
  };
  if (failed === null) {
    await lookAtCopy(copy, input, 'after');
    return { ...so, failure: null };
  }
  const here = hereOnly(failed);
  if (here === null) return { ...so, failure: await toldOf(failed) };
  const where =
    failed.at === null ? failed.run.id : `statement ${failed.at.number} of ${failed.run.id}`;
  unknown.push(`From ${where} on it is not known what happens: ${here}.`);
  return { ...so, failure: null };
}

/** In a transaction of its own, with the search_path that reading the catalog wants. */
async function lookAtCopy(
  { admin }: Copy,
  { onCopy }: RehearsalInput,
  when: 'before' | 'after',
): Promise<void> {
  if (onCopy === undefined) return;
  await admin.query('BEGIN; SET LOCAL search_path = pg_catalog, pg_temp');
  await onCopy(async (sql, values = []) => (await admin.query(sql, [...values])).rows, when);
  await admin.query('ROLLBACK');
}

interface Watched {
  readonly watcher: Watcher;
  readonly unknown: readonly string[];
  statements(): readonly RehearsedStatement[];
  /** Whether a statement so far has written to the history table or changed it. */
  recordsItself(): boolean;
  askedOf(statement: Placed | null): Asked | null;
  /** Whether a statement was left out that may have made something. */
  leftOut(): boolean;
}

async function watch(
  copy: Copy,
  session: pg.Client,
  input: RehearsalInput,
  known: readonly KnownRelation[],
  rows: Rows,
): Promise<Watched> {
  const { live, ask, history } = input;
  const historyOid = await oidOf(copy.admin, quoteTable(history.table));
  const measure = makeMeasure(known, live.sizes);
  const newEnumValues = await watchNewEnumValues(session, live.serverVersionNum);
  const statements: RehearsedStatement[] = [];
  const asked = new Map<string, Asked>();
  const written = new Set<string>();
  let before: readonly Held[] = [];
  let recorded: string | null = null;
  let recordsItself = false;
  let leftOut = false;
  const unknown: string[] = [];
  const tell = (statement: Placed, measured: Measured | null): void => {
    statements.push({
      migration: statement.run.id,
      number: statement.number,
      label: statement.label,
      line: lineAt(statement.run.text, statement.offset).line,
      locks: measured?.locks ?? [],
      rewrites: measured?.rewrites ?? [],
      readsRows: measured?.readsRows ?? false,
      destroys: statement.parsed?.destroys ?? null,
      probe: asked.get(keyOf(statement))?.probe ?? null,
    });
  };
  const watcher: Watcher = {
    leavesOut(statement, block) {
      const why = whyLeftOut(statement, block, copy.server);
      if (why === null) return false;
      unknown.push(
        `Statement ${statement.number} of ${statement.run.id} (${statement.label}) was not tried: ${why}.`,
      );
      tell(statement, null);
      leftOut ||= mayHaveMade(statement);
      return true;
    },
    async before(statement) {
      const unsafe = await newEnumValues(statement);
      if (unsafe !== null) return unsafe;
      const tables = rows.asksAbout(keyOf(statement));
      if (tables.length === 0 || statement.parsed === null) return null;
      const schema = await schemaHere(session);
      const answer = await askAbout(ask, statement.text, schema, tables, written);
      asked.set(keyOf(statement), answer);
      unknown.push(...answer.unknown);
      return answer.error;
    },
    after(statement, held) {
      const measured = measure(statement.label, held);
      for (const oid of measured.written) written.add(rows.tableOf(oid) ?? oid);
      // Between two migrations the tool has written its own row.
      const own = recorded === null || recorded === statement.run.id ? 0 : 1;
      recorded = statement.run.id;
      recordsItself ||= historyOid !== null && meddled(historyOid, before, held, own);
      before = held;
      const blind = rows.blindSpot(statement, asked.get(keyOf(statement)));
      if (blind !== null) unknown.push(blind);
      tell(statement, measured);
    },
  };
  return {
    watcher,
    unknown,
    statements: () => statements,
    recordsItself: () => recordsItself,
    leftOut: () => leftOut,
    askedOf: (statement) => (statement === null ? null : (asked.get(keyOf(statement)) ?? null)),
  };
}

async function failureOf(
  copy: Copy,
  session: pg.Client,
  input: RehearsalInput,
  { at, run, own, error }: Failed,
  asked: Asked | null = null,
): Promise<RehearsalFailure> {
  const { sqlstate, detail } = error;
  const message = error.message.replaceAll(copy.name, input.live.session.database);
  const statement = at?.text.trim() ?? own ?? '';
  const evidence: string[] = [];
  const code = codeOf(sqlstate, message, statement);
  if (code === 'will-fail-exists') evidence.push(...(await inTheWay(copy.admin, message)));
  const probe =
    asked?.probe ??
    (sqlstate.startsWith('2') && at !== null
      ? await countsFor(input.ask, statement, sqlstate, await searchPathOf(session))
      : null);
  if (probe !== null) evidence.push(`${capital(probe.question)}: ${probe.detail}.`);
  return {
    migration: run.id,
    statement,
    sqlstate,
    message,
    line: at === null ? 1 : lineAt(run.text, at.offset).line,
    code,
    evidence,
    // Nothing of a row is in it.
    ...(sqlstate === '2BP01' && detail !== undefined && { standing: detail }),
  };
}

async function searchPathOf(session: pg.Client): Promise<readonly string[]> {
  const { rows } = await session.query<{ path: string }>(
    'SELECT pg_catalog.to_json(pg_catalog.current_schemas(false)) AS path',
  );
  return JSON.parse(rows[0]?.path ?? '[]') as string[];
}

async function oidOf(admin: pg.Client, name: string): Promise<string | null> {
  const { rows } = await admin.query<{ oid: string | null }>(
    'SELECT pg_catalog.to_regclass($1)::pg_catalog.oid AS oid',
    [name],
  );
  return rows[0]?.oid ?? null;
}
