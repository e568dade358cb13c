// The server of an update manager for a fleet of machines, with the files of incident 002.

/** Where they lie in the project. */
export const folder = 'server/internal/database/migrations';

const agents = `-- Agents, their commands and their logs
CREATE TABLE agents (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    hostname VARCHAR(255) NOT NULL,
    agent_version VARCHAR(20) NOT NULL,
    last_seen TIMESTAMP WITH TIME ZONE
);

CREATE TABLE agent_commands (
    id UUID PRIMARY KEY,
    agent_id UUID NOT NULL REFERENCES agents(id) ON DELETE CASCADE,
    command_type VARCHAR(50) NOT NULL
);

CREATE TABLE update_logs (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    agent_id UUID NOT NULL REFERENCES agents(id) ON DELETE CASCADE,
    result VARCHAR(20) NOT NULL
);
`;

const subsystems = `CREATE TABLE agent_subsystems (
    agent_id UUID NOT NULL REFERENCES agents(id) ON DELETE CASCADE,
    subsystem VARCHAR(50) NOT NULL,
    enabled BOOLEAN NOT NULL DEFAULT true,
    PRIMARY KEY (agent_id, subsystem)
);
`;

const packages = `ALTER TABLE agents ADD COLUMN machine_id VARCHAR(64);

CREATE TABLE agent_update_packages (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    version VARCHAR(20) NOT NULL,
    checksum VARCHAR(64) NOT NULL
);
`;

// 016 has the column already.
const machineIndex = `CREATE UNIQUE INDEX idx_agents_machine_id_unique ON agents(machine_id) WHERE machine_id IS NOT NULL;
`;
const machineId = `ALTER TABLE agents ADD COLUMN machine_id VARCHAR(64);

${machineIndex}`;

const metrics = `CREATE TABLE storage_metrics (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    agent_id UUID NOT NULL REFERENCES agents(id) ON DELETE CASCADE,
    mountpoint VARCHAR(255) NOT NULL,
    used_bytes BIGINT NOT NULL
);

CREATE INDEX idx_storage_metrics_agent ON storage_metrics(agent_id);
`;
// It records itself, and the runner records it once more.
const storage = `${metrics}
INSERT INTO agent_subsystems (agent_id, subsystem) SELECT id, 'storage' FROM agents;

INSERT INTO schema_migrations (version) VALUES ('021_create_storage_metrics.up.sql');
`;

const logs = `ALTER TABLE update_logs ADD COLUMN subsystem VARCHAR(50);
CREATE INDEX idx_update_logs_subsystem ON update_logs(subsystem);
`;

/** By the file's name; what came before 014 was squashed into it. */
export const migrations: Readonly<Record<string, string>> = {
  '014_agents.up.sql': agents,
  '014_agents.down.sql': 'DROP TABLE update_logs, agent_commands, agents;\n',
  '015_agent_subsystems.up.sql': subsystems,
  '015_agent_subsystems.down.sql': 'DROP TABLE agent_subsystems;\n',
  '016_agent_update_packages.up.sql': packages,
  '017_add_machine_id.up.sql': machineId,
  '021_create_storage_metrics.up.sql': storage,
  '022_add_subsystem_to_logs.up.sql': logs,
  '022_add_subsystem_to_logs.down.sql': 'ALTER TABLE update_logs DROP COLUMN subsystem;\n',
};

/** What they are meant to make, with the runner's own table. */
export const truth: readonly string[] = [
  `CREATE TABLE schema_migrations (
     version VARCHAR(255) PRIMARY KEY, applied_at TIMESTAMP WITH TIME ZONE DEFAULT NOW())`,
  agents,
  subsystems,
  packages,
  machineIndex,
  metrics,
  logs,
];

/** What pgmedic has to be told of a home-made runner. */
export const settings = `tool: hand-rolled
migrations: ${folder}
runner:
  # db.go, Migrate: these roll the migration back, and it is recorded all the same
  swallows: [already exists, duplicate key]
`;
