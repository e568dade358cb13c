import { messageOf } from '../../core/errors.js';
import type { FindingCode } from '../../core/finding.js';
import { quoteIdent, tableName } from '../../core/tool.js';
import type { Query } from '../../tools/contract.js';
import { describeBlocker, readBlockers } from '../read-blockers.js';
import { sqlstateOf } from '../reading-transaction.js';
import { ENOUGH } from './rows.js';
import type { PlannedProbe, ProbeOutcome } from './types.js';

/**
 * Asks the live rows, inside a reading transaction, which goes on whatever happens here.
 * Reads no values out, only counts. Row security that would hide rows makes it `refused`.
 * @param timeout milliseconds
 * @throws when the connection is lost.
 */
export async function runProbe(
  query: Query,
  probe: PlannedProbe,
  timeout: number,
): Promise<ProbeOutcome> {
  await query('SAVEPOINT pgmedic_probe');
  let outcome: Verdict;
  try {
    await query(
      `SELECT set_config('statement_timeout', $1, true), set_config('row_security', 'off', true), set_config('search_path', $2, true)`,
      [String(Math.max(1, Math.trunc(timeout))), probe.searchPath.map(quoteIdent).join(', ')],
    );
    outcome = judge(probe, (await query(probe.sql))[0] ?? {});
  } catch (error) {
    const sqlstate = sqlstateOf(error);
    if (sqlstate === null || sqlstate.startsWith('57P') || sqlstate.startsWith('08')) throw error;
    await query('ROLLBACK TO SAVEPOINT pgmedic_probe');
    outcome = await explain(query, probe, sqlstate, messageOf(error), timeout);
  }
  await query('ROLLBACK TO SAVEPOINT pgmedic_probe');
  await query('RELEASE SAVEPOINT pgmedic_probe');
  const { question, sql } = probe;
  return { code: null, sqlstate: null, message: null, question, sql, ...outcome };
}

type Verdict = Pick<ProbeOutcome, 'result' | 'detail' | 'lockedBy'> &
  Partial<Pick<ProbeOutcome, 'code' | 'sqlstate' | 'message'>>;

function judge(probe: PlannedProbe, row: Readonly<Record<string, string | null>>): Verdict {
  const bad = Number(row['bad']);
  const total = row['total'] ?? null;
  const rows = bad === ENOUGH ? `more than ${ENOUGH - 1}` : String(bad);
  const detail =
    total === null ? `${rows} ${bad === 1 ? 'row' : 'rows'}` : `${rows} of ${total} rows`;
  if (bad === 0) return { result: 'clear', detail };
  if (probe.doubt !== null) return { result: 'refused', detail: `${detail}, but ${probe.doubt}` };
  const relation = row['relation'] ?? null;
  const message =
    relation === null
      ? probe.message
      : probe.message.replace(`"${probe.table.table}"`, () => `"${relation}"`);
  return { result: 'violated', detail, code: probe.code, sqlstate: probe.sqlstate, message };
}

/** What the data made an expression raise is what the statement would raise; all else says nothing about it. */
async function explain(
  query: Query,
  probe: PlannedProbe,
  sqlstate: string,
  message: string,
  timeout: number,
): Promise<Verdict> {
  if (sqlstate === '57014') {
    return { result: 'timed out', detail: `not done within ${timeout / 1000} s` };
  }
  if (/^(2[0-3]|2F|38|39|P0)/.test(sqlstate)) {
    if (probe.doubt !== null) return { result: 'refused', detail: probe.doubt };
    return {
      result: 'violated',
      detail: `a row of ${tableName(probe.table)} makes it raise ${sqlstate}`,
      code: codeOf(sqlstate),
      sqlstate,
      message: withoutValues(sqlstate, message, probe.message),
    };
  }
  if (sqlstate === '55P03') {
    const blockers = await readBlockers(query, probe.table);
    const detail = `${tableName(probe.table)} is locked by another session`;
    return { result: 'refused', detail, lockedBy: blockers.map(describeBlocker).join('; ') };
  }
  return { result: 'refused', detail: refusal(sqlstate, message) };
}

function codeOf(sqlstate: string): FindingCode {
  if (sqlstate === '23502') return 'will-fail-not-null';
  return sqlstate.startsWith('22') ? 'will-fail-cast' : 'will-fail-other';
}

function refusal(sqlstate: string, message: string): string {
  if (sqlstate === '42501' && /row-level security/.test(message)) {
    return `row security hides rows of it from this role, but not from the statement: ${message}`;
  }
  if (sqlstate === '42501') return `this role may not read the rows: ${message}`;
  if (sqlstate === '25006') return `it cannot be asked without writing: ${message}`;
  if (sqlstate.startsWith('42'))
    return `the live database cannot be asked this as it is: ${message}`;
  return `the server refused: ${message} (${sqlstate})`;
}

/** The server's words for data errors put the value last or in front of "is"; what a function raises may hold anything. */
function withoutValues(sqlstate: string, message: string, planned: string): string {
  if (!/^2[0-3]/.test(sqlstate)) return `a function raised ${sqlstate}`;
  if (sqlstate.startsWith('23')) return message;
  const masked = message.replace(/: ".*$/s, '').replace(/^value ".*" is /s, 'value is ');
  return masked.includes('"') && !message.startsWith(planned) ? planned : masked;
}
