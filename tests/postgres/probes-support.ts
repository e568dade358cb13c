import { loadModule } from 'libpg-query';
import pg from 'pg';
import {
  planProbes,
  readProbeSchema,
  runProbe,
  type PlannedProbe,
  type ProbeOutcome,
} from '../../src/postgres/probes/index.js';
import type { Query } from '../../src/tools/contract.js';

export interface Asked {
  readonly probes: readonly PlannedProbe[];
  readonly outcomes: readonly ProbeOutcome[];
  /** Of the first that is violated. */
  readonly violated: ProbeOutcome | null;
}

export interface Raised {
  readonly sqlstate: string;
  readonly message: string;
}

/** One connection: asks the probes of a statement, and runs it for real, undone afterwards. */
export interface Bench {
  run(sql: string): Promise<void>;
  ask(statement: string, timeout?: number): Promise<Asked>;
  /** What the statement fails with; null: it goes through. */
  really(statement: string): Promise<Raised | null>;
  end(): Promise<void>;
}

export async function bench(url: string): Promise<Bench> {
  await loadModule();
  const client = new pg.Client({
    connectionString: url,
    types: { getTypeParser: () => (value: string) => value },
  });
  await client.connect();
  const run = async (sql: string): Promise<void> => void (await client.query(sql));
  const query: Query = async (sql, values = []) =>
    (await client.query<Record<string, string | null>>(sql, [...values])).rows;
  return {
    run,
    async ask(statement, timeout = 10_000) {
      await run(`BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
        SET LOCAL lock_timeout = 200; SET LOCAL search_path = pg_catalog, pg_temp`);
      try {
        const probes = planProbes(statement, await readProbeSchema(query));
        const outcomes: ProbeOutcome[] = [];
        for (const probe of probes) outcomes.push(await runProbe(query, probe, timeout));
        const violated = outcomes.find(({ result }) => result === 'violated') ?? null;
        return { probes, outcomes, violated };
      } finally {
        await run('ROLLBACK');
      }
    },
    async really(statement) {
      await run('BEGIN');
      try {
        await run(statement);
        return null;
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        return { sqlstate: code, message };
      } finally {
        await run('ROLLBACK');
      }
    },
    end: () => client.end(),
  };
}
