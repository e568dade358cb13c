import type pg from 'pg';
import type { Probe } from '../../core/rehearsal.js';
import { tableName } from '../../core/tool.js';
import {
  type PlannedProbe,
  planProbes,
  type ProbeOutcome,
  type ProbeSchema,
  readProbeSchema,
  runProbe,
} from '../../postgres/probes/index.js';
import type { Query } from '../../tools/contract.js';
import type { ServerError } from './send.js';
import { inTransaction } from './send.js';
import type { LiveRows } from './types.js';

/** What the live rows say against a statement. */
export interface Asked {
  /** The worst of what was asked; null: nothing had to be. */
  readonly probe: Probe | null;
  /** What the statement would fail with. */
  readonly error: ServerError | null;
  readonly unknown: readonly string[];
}

const nothing: Asked = { probe: null, error: null, unknown: [] };

/**
 * Asks the live rows about one statement that touches tables which were not copied.
 * @param touches all tables ("public.orders") that it touches
 * @param written tables whose rows an earlier statement of the run writes
 */
export async function askAbout(
  ask: LiveRows,
  statement: string,
  schema: ProbeSchema,
  touches: readonly string[],
  written: ReadonlySet<string>,
): Promise<Asked> {
  const probes = planProbes(statement, schema);
  if (probes.length === 0) return nothing;
  return ask.look((query) => askAll(query, ask, probes, schema, touches, written));
}

async function askAll(
  query: Query,
  { timeout = 5_000 }: LiveRows,
  probes: readonly PlannedProbe[],
  schema: ProbeSchema,
  touches: readonly string[],
  written: ReadonlySet<string>,
): Promise<Asked> {
  let worst = nothing;
  const unknown: string[] = [];
  for (const planned of probes) {
    const table = tableName(planned.table);
    const changed = [table, ...touches, ...referredTo(schema, planned)].find((one) =>
      written.has(one),
    );
    const outcome = await runProbe(query, planned, timeout);
    const { sqlstate, message } = outcome;
    const probe = probeOf(outcome);
    if (outcome.result === 'clear') {
      if (worst.probe === null) worst = { ...worst, probe };
      if (written.has(table))
        unknown.push(
          `${planned.question}: none now, but this run changes rows of ${table} before.`,
        );
      continue;
    }
    worst = { ...worst, probe };
    if (outcome.result !== 'violated' || sqlstate === null || message === null) {
      unknown.push(`${capital(planned.question)}: ${outcome.detail}.`);
    } else if (changed !== undefined) {
      unknown.push(
        `${capital(planned.question)}: ${outcome.detail} now, but this run changes rows of ${changed} before.`,
      );
    } else return { probe, error: { sqlstate, message, table }, unknown };
  }
  return { ...worst, unknown };
}

/** Counts for a statement that failed on rows that were copied; as the live schema stands. */
export async function countsFor(
  ask: LiveRows,
  statement: string,
  sqlstate: string,
  searchPath: readonly string[],
): Promise<Probe | null> {
  return ask.look(async (query) => {
    const schema = await readProbeSchema(query, searchPath);
    for (const planned of planProbes(statement, schema)) {
      if (planned.sqlstate !== sqlstate) continue;
      const outcome = await runProbe(query, planned, ask.timeout ?? 5_000);
      if (outcome.result === 'violated') return probeOf(outcome);
    }
    return null;
  });
}

/** The schema of the copy at this moment, with what the session has not committed yet. */
export async function schemaHere(session: pg.Client): Promise<ProbeSchema> {
  const query: Query = async (sql, values = []) =>
    (await session.query<Record<string, string | null>>(sql, [...values])).rows;
  const [begin, end] = inTransaction(session)
    ? ['SAVEPOINT pgmedic_schema', 'ROLLBACK TO SAVEPOINT pgmedic_schema; RELEASE pgmedic_schema']
    : ['BEGIN', 'ROLLBACK'];
  const [row] = await query('SELECT pg_catalog.to_json(pg_catalog.current_schemas(false)) AS path');
  await session.query(begin);
  await session.query('SET LOCAL search_path = pg_catalog, pg_temp');
  try {
    return await readProbeSchema(query, JSON.parse(row?.['path'] ?? '[]') as string[]);
  } finally {
    await session.query(end);
  }
}

function probeOf({ question, sql, result, detail, lockedBy }: ProbeOutcome): Probe {
  return { question, sql, result, detail, ...(lockedBy !== undefined && { lockedBy }) };
}

/** What the table's foreign keys refer to: rows that come there take orphans away. */
function referredTo(schema: ProbeSchema, { table }: PlannedProbe): readonly string[] {
  const own = schema.tables.find((one) => one.schema === table.schema && one.table === table.table);
  return (own?.constraints ?? []).flatMap(({ references }) =>
    references === null ? [] : tableName(references),
  );
}

export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
