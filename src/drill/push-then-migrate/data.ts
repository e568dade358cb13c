// Rows of a coaching app in use. Ids come from md5 of a word and a number: the same in every run.

const users = `
INSERT INTO users (id, email, name, role, created_at)
SELECT md5('user' || n)::uuid, lower(first) || n || '@example.com', first || ' ' || last,
       (CASE WHEN n <= 6 THEN 'coach' ELSE 'client' END)::user_role,
       timestamptz '2024-11-26 09:00+00' + n * interval '13 hours'
FROM generate_series(1, 70) n,
     LATERAL (SELECT (ARRAY['Noor', 'Otis', 'Priya', 'Quinn', 'Rosa', 'Sami', 'Tess'])[1 + n % 7] AS first,
                     (ARRAY['Keller', 'Lind', 'Moreau', 'Novak', 'Okafor'])[1 + n % 5] AS last) name`;

const accounts = `
INSERT INTO accounts (user_id, provider, provider_account_id)
SELECT md5('user' || n)::uuid, (ARRAY['google', 'apple'])[1 + n % 2], md5('account' || n)
FROM generate_series(1, 70) n`;

const programs = `
INSERT INTO programs (id, coach_id, title, status, created_at)
SELECT md5('program' || n)::uuid, md5('user' || 1 + n % 6)::uuid,
       (ARRAY['Back to running', 'Sleep reset', 'Strength basics', 'Career compass'])[1 + n % 4] || ' ' || n,
       (ARRAY['active', 'active', 'draft'])[1 + n % 3],
       timestamptz '2024-12-03 08:00+00' + n * interval '20 hours'
FROM generate_series(1, 24) n`;

const sessions = `
INSERT INTO sessions (id, program_id, title, scheduled_at, duration_minutes, notes)
SELECT md5('session' || n)::uuid, md5('program' || 1 + n % 24)::uuid, 'Week ' || 1 + n / 24,
       timestamptz '2024-12-16 16:00+00' + n * interval '5 hours', (ARRAY[30, 45, 60])[1 + n % 3],
       CASE WHEN n % 4 = 0 THEN 'Went through the week; next step agreed.' END
FROM generate_series(1, 190) n`;

const activities = `
INSERT INTO activities (id, coach_id, title, kind, is_template)
SELECT md5('activity' || n)::uuid, md5('user' || 1 + n % 6)::uuid,
       (ARRAY['Warm-up', 'Journal', 'Chapter', 'Mobility'])[1 + n % 4] || ' ' || n,
       (ARRAY['exercise', 'reflection', 'reading', 'video'])[1 + n % 4]::activity_kind, n % 5 = 0
FROM generate_series(1, 60) n`;

const sessionActivities = `
INSERT INTO session_activities (session_id, activity_id, position, completed_at)
SELECT md5('session' || n)::uuid, md5('activity' || 1 + (n + 11 * p) % 60)::uuid, p,
       CASE WHEN n < 120 THEN timestamptz '2024-12-17 10:00+00' + n * interval '5 hours' END
FROM generate_series(1, 190) n, generate_series(0, 1) p`;

const programEnrollments = `
INSERT INTO program_enrollments (program_id, client_id)
SELECT md5('program' || 1 + n % 24)::uuid, md5('user' || n)::uuid FROM generate_series(7, 70) n`;

/** In an order that the foreign keys allow. */
export const data: readonly string[] = [
  users,
  accounts,
  programs,
  sessions,
  activities,
  sessionActivities,
  programEnrollments,
];

/** Rows by table once `data` is in. */
export const seeded: Readonly<Record<string, number>> = {
  users: 70,
  accounts: 70,
  programs: 24,
  sessions: 190,
  activities: 60,
  session_activities: 380,
  program_enrollments: 64,
};
