import type { Values } from '../judge-parts.js';

/** Rows of a small academy; its administrator left in spring, and the account with them. */
export const data: readonly string[] = [
  // Ids begin at 2: the first account was the administrator's.
  `INSERT INTO users (id, email, role, created_at)
   SELECT 1 + n, CASE WHEN n = 4 THEN 'registrar' ELSE 'person' || n END || '@academy.example',
          (CASE WHEN n <= 5 THEN 'instructor' ELSE 'student' END)::enum_users_role,
          timestamptz '2025-08-20 08:00+00' + n * interval '7 hours'
     FROM generate_series(1, 60) n`,
  `SELECT setval('users_id_seq', (SELECT max(id) FROM users))`,
  `INSERT INTO courses (title, instructor_id)
   SELECT (ARRAY['Algebra', 'Biology', 'Ceramics', 'Drama'])[1 + n % 4] || ' ' || n, 2 + n % 5
     FROM generate_series(1, 12) n`,
  `INSERT INTO media (alt, filename) VALUES ('The front of the academy', 'front.jpg')`,
];

/** What has to be there in the end. */
export const seeded: Values = {
  accounts: { sql: 'SELECT count(*) FROM users', is: '60' },
  courses: { sql: 'SELECT count(*) FROM courses', is: '12' },
  administrators: { sql: `SELECT count(*) FROM users WHERE role = 'admin'`, is: '0' },
  'owner of front.jpg': {
    sql: `SELECT u.email FROM media m JOIN users u ON u.id = m.created_by_id WHERE m.filename = 'front.jpg'`,
    is: 'registrar@academy.example',
  },
};
