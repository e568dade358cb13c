import type { Diagnosis } from '../core/diagnosis.js';
import { tableName } from '../core/tool.js';

/** `diagnose --json`: the contract of DESIGN.md, field by field. */
export function diagnosisJson(diagnosis: Diagnosis, version: string): unknown {
  const { facts, board, findings, nextRun } = diagnosis;
  const { target, history } = facts;
  return {
    format: 1,
    pgmedic: version,
    target: target && {
      host: target.host,
      port: target.port,
      database: target.database,
      user: target.user,
      serverVersion: target.serverVersion,
      role: target.role,
      pooler: target.pooler,
    },
    tool: facts.tool,
    historyTable: history && tableName(history.table ?? history.expected),
    migrations: board.map(({ note: _, ...row }) => row),
    findings,
    nextRun,
  };
}
