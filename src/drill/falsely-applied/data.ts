// Rows of a fleet in use; ids come from md5 of a word and a number: the same in every run.

const agents = `
INSERT INTO agents (id, hostname, os_type, agent_version, status, last_seen, machine_id, created_at)
SELECT md5('agent' || n)::uuid, (ARRAY['web', 'db', 'build', 'nas', 'kiosk'])[1 + n % 5] || '-' || lpad(n::text, 2, '0'),
       (ARRAY['linux', 'linux', 'windows'])[1 + n % 3], (ARRAY['0.1.26', '0.1.27'])[1 + n % 2],
       CASE WHEN n % 8 = 0 THEN 'offline' ELSE 'online' END, timestamptz '2025-12-18 22:00+00' - n % 8 * interval '3 hours',
       CASE WHEN n % 6 <> 0 THEN encode(sha256(('machine' || n)::bytea), 'hex') END,
       timestamptz '2025-10-02 10:00+00' + n * interval '11 hours'
FROM generate_series(1, 45) n`;

const packages = `
INSERT INTO agent_update_packages (version, platform, checksum, file_size)
SELECT version, platform, encode(sha256((version || platform)::bytea), 'hex'), 9400000 + length(platform) * 1013
FROM unnest(ARRAY['0.1.25', '0.1.26', '0.1.27']) version, unnest(ARRAY['linux-amd64', 'linux-arm64', 'windows-amd64']) platform`;

const commands = `
INSERT INTO agent_commands (id, agent_id, command_type, status, source, created_at)
SELECT md5('command' || n)::uuid, md5('agent' || 1 + n % 45)::uuid,
       (ARRAY['scan_updates', 'install_update', 'scan_docker', 'reboot'])[1 + n % 4],
       (ARRAY['completed', 'completed', 'failed', 'pending'])[1 + n / 4 % 4], (ARRAY['manual', 'system'])[1 + n % 2],
       timestamptz '2025-11-20 06:00+00' + n * interval '100 minutes'
FROM generate_series(1, 320) n`;

const logs = `
INSERT INTO update_logs (id, agent_id, action, result, subsystem, executed_at)
SELECT md5('log' || n)::uuid, md5('agent' || 1 + n % 45)::uuid, (ARRAY['scan', 'install', 'rollback'])[1 + n % 3],
       (ARRAY['success', 'success', 'success', 'failed'])[1 + n % 4],
       CASE WHEN n > 380 THEN (ARRAY['apt', 'dnf', 'docker'])[1 + n % 3] END,
       timestamptz '2025-11-20 06:05+00' + n * interval '75 minutes'
FROM generate_series(1, 440) n`;

const tokens = `
INSERT INTO registration_tokens (id, token, max_seats, expires_at)
SELECT md5('token' || n)::uuid, encode(sha256(('token' || n)::bytea), 'hex'), 1 + n % 10, timestamptz '2026-01-31' + n * interval '1 day'
FROM generate_series(1, 12) n`;

const subsystems = `
INSERT INTO agent_subsystems (agent_id, subsystem, enabled)
SELECT md5('agent' || n)::uuid, subsystem, n % 9 <> 0
FROM generate_series(1, 45) n, unnest(ARRAY['updates', 'docker']) subsystem`;

const settings = `INSERT INTO settings VALUES ('server_name', 'fleet-01'), ('agent_poll_seconds', '300')`;

/** In an order that the foreign keys allow. */
export const data: readonly string[] = [
  agents,
  packages,
  commands,
  logs,
  tokens,
  subsystems,
  settings,
];

/** Rows by table once `data` is in. */
export const seeded: Readonly<Record<string, number>> = {
  agents: 45,
  agent_update_packages: 9,
  agent_commands: 320,
  update_logs: 440,
  registration_tokens: 12,
  agent_subsystems: 90,
  settings: 2,
};
