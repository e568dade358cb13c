// The rows of a dashboard app in use, made with generate_series so that they can be read here.
// Ids come from md5 of a word and a number: the same in every run.

const organizations = `
INSERT INTO organizations (organization_id, name, slug, is_active, created_at)
SELECT md5('organization' || n)::uuid, name, lower(replace(name, ' ', '-')), n <> 8,
       timestamptz '2025-08-12 09:00+00' + n * interval '19 hours'
FROM unnest(ARRAY['Lakeside Rheumatology', 'Northgate Clinic', 'Harbor Physicians', 'Summit Care',
                  'Riverbend Medical', 'Old Mill Practice', 'Cedar Hills', 'Westfield Group'])
     WITH ORDINALITY o(name, n)`;

const roles = `
INSERT INTO roles (role_id, name, description, is_system_role)
SELECT md5('role' || n)::uuid, name, name || ' of an organization', n < 3
FROM unnest(ARRAY['Administrator', 'Practice manager', 'Analyst', 'Viewer']) WITH ORDINALITY r(name, n)`;

const users = `
INSERT INTO users (user_id, organization_id, email, first_name, last_name, password_hash,
                   email_verified, is_active, auth_method, created_at)
SELECT md5('user' || n)::uuid, md5('organization' || 1 + n % 8)::uuid,
       lower(first) || '.' || lower(last) || n || '@example.com', first, last,
       CASE WHEN n % 5 = 0 THEN NULL ELSE '$argon2id$v=19$' || md5('password' || n) END,
       n % 7 <> 0, n % 11 <> 0, CASE WHEN n % 5 = 0 THEN 'saml' ELSE 'password' END,
       timestamptz '2025-08-14 08:00+00' + n * interval '7 hours'
FROM generate_series(1, 96) n,
     LATERAL (SELECT (ARRAY['Ana', 'Ben', 'Chloe', 'Dario', 'Elif', 'Femi', 'Greta'])[1 + n % 7] AS first,
                     (ARRAY['Abbott', 'Brandt', 'Costa', 'Diaz', 'Evans'])[1 + n % 5] AS last) name`;

const userRoles = `
INSERT INTO user_roles (user_id, role_id)
SELECT md5('user' || n)::uuid, md5('role' || CASE WHEN n <= 8 THEN 1 ELSE 2 + n % 3 END)::uuid
FROM generate_series(1, 96) n`;

const userSessions = `
INSERT INTO user_sessions (session_id, user_id, device_name, ip_address, is_active, last_activity)
SELECT 'sess_' || md5('session' || n), md5('user' || 1 + n % 96)::uuid,
       (ARRAY['Chrome on Windows', 'Safari on iPad', 'Firefox on Linux'])[1 + n % 3],
       '10.20.' || n % 4 || '.' || 10 + n % 200, n % 3 <> 0,
       timestamptz '2025-10-06 17:00+00' + n * interval '3 minutes'
FROM generate_series(1, 130) n`;

const loginAttempts = `
INSERT INTO login_attempts (attempt_id, email, user_id, success, failure_reason, ip_address, attempted_at)
SELECT md5('attempt' || n)::uuid, u.email, u.user_id, n % 6 <> 0,
       CASE WHEN n % 6 = 0 THEN 'invalid_password' END, '10.20.1.' || 10 + n % 200,
       timestamptz '2025-09-20 06:00+00' + n * interval '95 minutes'
FROM generate_series(1, 240) n JOIN users u ON u.user_id = md5('user' || 1 + n % 96)::uuid`;

const auditLogs = `
INSERT INTO audit_logs (audit_log_id, event_type, action, user_id, severity, metadata, created_at)
SELECT md5('audit' || n)::uuid, (ARRAY['auth', 'data_change', 'security'])[1 + n % 3],
       (ARRAY['login', 'dashboard_updated', 'permission_denied'])[1 + n % 3],
       md5('user' || 1 + n % 96)::uuid,
       (ARRAY['low', 'low', 'high'])[1 + n % 3]::audit_severity,
       jsonb_build_object('requestId', left(md5('request' || n), 12)),
       timestamptz '2025-09-24 00:00+00' + n * interval '41 minutes'
FROM generate_series(1, 420) n`;

const chartDataSources = `
INSERT INTO chart_data_sources (name, schema_name, table_name)
SELECT initcap(replace(t, '_', ' ')), 'analytics', t
FROM unnest(ARRAY['encounters', 'charges', 'payments', 'appointment_slots']) t`;

const chartDataSourceColumns = `
INSERT INTO chart_data_source_columns (data_source_id, column_name, display_name, data_type)
SELECT s.data_source_id, c, initcap(replace(c, '_', ' ')),
       CASE c WHEN 'amount' THEN 'numeric' WHEN 'service_date' THEN 'date' ELSE 'text' END
FROM chart_data_sources s,
     unnest(ARRAY['practice', 'provider', 'service_date', 'amount', 'status', 'location']) c`;

const chartDefinitions = `
INSERT INTO chart_definitions (chart_definition_id, chart_name, chart_type, data_source, created_by,
                               data_source_id, chart_config, created_at)
SELECT md5('chart' || n)::uuid, initcap(s.table_name) || ' by ' || by, type, 'analytics.' || s.table_name,
       md5('user' || 1 + n % 8)::uuid, s.data_source_id, jsonb_build_object('groupBy', by, 'stacked', n % 2 = 0),
       timestamptz '2025-08-30 10:00+00' + n * interval '9 hours'
FROM generate_series(1, 36) n
     JOIN chart_data_sources s ON s.data_source_id = 1 + n % 4,
     LATERAL (SELECT (ARRAY['practice', 'provider', 'month'])[1 + n % 3] AS by,
                     (ARRAY['bar', 'line', 'pie', 'table'])[1 + n / 3 % 4] AS type) c`;

const chartDisplayConfigurations = `
INSERT INTO chart_display_configurations (chart_type, default_width, default_height)
VALUES ('bar', 600, 400), ('line', 800, 400), ('pie', 400, 400), ('table', 900, 600)`;

const colorPalettes = `
INSERT INTO color_palettes (palette_name, colors, is_default)
VALUES ('Ocean', '["#003f5c", "#2f4b7c", "#665191"]', true), ('Forest', '["#2d6a4f", "#52b788"]', false)`;

// The first of each organization is archived, so "the oldest" is not "the oldest active".
const dashboards = `
INSERT INTO dashboards (dashboard_id, organization_id, dashboard_name, layout_config, created_by,
                        is_active, created_at, updated_at)
SELECT md5('dashboard' || n)::uuid, md5('organization' || 1 + n % 8)::uuid,
       (ARRAY['Overview', 'Revenue', 'Front desk', 'Quality'])[1 + n / 8 % 4],
       jsonb_build_object('columns', 12, 'rowHeight', 150), md5('user' || 1 + n % 8)::uuid,
       n >= 8, timestamptz '2025-08-31 12:00+00' + n * interval '11 hours',
       timestamptz '2025-09-28 12:00+00' + n * interval '2 hours'
FROM generate_series(0, 31) n`;

const dashboardCharts = `
INSERT INTO dashboard_charts (dashboard_id, chart_definition_id, position)
SELECT md5('dashboard' || n)::uuid, md5('chart' || 1 + (n + 7 * p) % 36)::uuid, p
FROM generate_series(0, 31) n, generate_series(0, 3) p`;

const oidcStates = `
INSERT INTO oidc_states (state, nonce, code_verifier, is_used, expires_at)
SELECT md5('state' || n), md5('nonce' || n), md5('verifier' || n), n % 4 <> 0,
       timestamptz '2025-10-06 20:00+00' + n * interval '2 minutes'
FROM generate_series(1, 45) n`;

/** In an order that the foreign keys allow. */
export const data: readonly string[] = [
  organizations,
  roles,
  users,
  userRoles,
  userSessions,
  loginAttempts,
  auditLogs,
  chartDataSources,
  chartDataSourceColumns,
  chartDefinitions,
  chartDisplayConfigurations,
  colorPalettes,
  dashboards,
  dashboardCharts,
  oidcStates,
];

/** Rows by table once `data` is in. */
export const seeded: Readonly<Record<string, number>> = {
  organizations: 8,
  roles: 4,
  users: 96,
  user_roles: 96,
  user_sessions: 130,
  login_attempts: 240,
  audit_logs: 420,
  chart_data_sources: 4,
  chart_data_source_columns: 24,
  chart_definitions: 36,
  chart_display_configurations: 4,
  color_palettes: 2,
  dashboards: 32,
  dashboard_charts: 128,
  oidc_states: 45,
};
