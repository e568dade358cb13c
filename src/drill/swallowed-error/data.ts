import type { Values } from '../judge-parts.js';

/** Rows of a fleet that has been running for a year; before the migrations that failed. */
export const data: readonly string[] = [
  `INSERT INTO agents (hostname, agent_version, last_seen)
   SELECT 'node-' || n, '0.1.26', now() - n * interval '1 minute' FROM generate_series(1, 40) n`,
  `INSERT INTO agent_subsystems (agent_id, subsystem) SELECT id, 'updates' FROM agents`,
  `INSERT INTO update_logs (agent_id, result) SELECT id, 'success' FROM agents, generate_series(1, 5)`,
];

/** What has to be there in the end. */
export const seeded: Values = {
  agents: { sql: 'SELECT count(*) FROM agents', is: '40' },
  'update logs': { sql: 'SELECT count(*) FROM update_logs', is: '200' },
  'agents that report their updates': {
    sql: `SELECT count(*) FROM agent_subsystems WHERE subsystem = 'updates'`,
    is: '40',
  },
  'agents that report their storage': {
    sql: `SELECT count(*) FROM agent_subsystems WHERE subsystem = 'storage'`,
    is: '40',
  },
};
