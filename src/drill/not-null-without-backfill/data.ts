// Rows of a learning platform in use; the same in every run. No account is an administrator: the
// vendor's own was the only one, and it was deleted when the schools took over.

const schools = `
INSERT INTO schools (name, slug, created_at)
SELECT name, lower(replace(name, ' ', '-')), timestamptz '2025-08-20 08:00+00' + n * interval '26 hours'
FROM unnest(ARRAY['Alder Grove', 'Birch Lane', 'Canal Street', 'Dunmore', 'East Quay'])
     WITH ORDINALITY s(name, n)`;

// Ids begin at 2: the first account was the vendor's.
const users = `
INSERT INTO users (id, school_id, email, name, role, created_at)
SELECT 1 + n, 1 + (n * 3) % 5, lower(first) || '.' || lower(last) || n || '@example.com', first || ' ' || last,
       CASE WHEN n <= 10 THEN 'instructor' WHEN n <= 15 THEN 'registrar' ELSE 'student' END,
       timestamptz '2025-08-22 07:30+00' + n * interval '5 hours'
FROM generate_series(1, 120) n,
     LATERAL (SELECT (ARRAY['Aoife', 'Bram', 'Chidi', 'Dana', 'Emre', 'Freya', 'Goran'])[1 + n % 7] AS first,
                     (ARRAY['Ahmed', 'Byrne', 'Castro', 'Dekker', 'Eriksen', 'Fontaine'])[1 + n % 6] AS last) name`;

const usersNext = `SELECT setval('users_id_seq', (SELECT max(id) FROM users))`;

const courses = `
INSERT INTO courses (school_id, instructor_id, title, status, created_at)
SELECT u.school_id, u.id, (ARRAY['Algebra', 'Biology', 'Ceramics', 'Drama', 'Economics'])[1 + n % 5] || ' ' || n,
       (ARRAY['published', 'published', 'draft'])[1 + n % 3], timestamptz '2025-09-01 09:00+00' + n * interval '9 hours'
FROM generate_series(1, 30) n JOIN users u ON u.id = 2 + n % 10`;

const media = `
INSERT INTO media (school_id, filename, mime_type, filesize, alt, created_at)
SELECT 1 + (n * 2) % 5, (ARRAY['worksheet', 'slides', 'recording', 'photo'])[1 + n % 4] || '-' || n || (ARRAY['.pdf', '.pdf', '.mp4', '.jpg'])[1 + n % 4],
       (ARRAY['application/pdf', 'application/pdf', 'video/mp4', 'image/jpeg'])[1 + n % 4], 20000 + (n * 7919) % 900000,
       CASE WHEN n % 4 = 3 THEN 'A page of the exercise book' END, timestamptz '2025-09-05 12:00+00' + n * interval '6 hours'
FROM generate_series(1, 240) n`;

const enrollments = `
INSERT INTO enrollments (course_id, user_id)
SELECT c.id, u.id FROM courses c JOIN users u ON u.school_id = c.school_id AND u.role = 'student'
WHERE (c.id + u.id) % 4 = 0`;

const lessons = `
INSERT INTO lessons (course_id, title, position)
SELECT 1 + n % 30, 'Week ' || 1 + n / 30, n / 30 FROM generate_series(0, 149) n`;

const lessonMedia = `
INSERT INTO lesson_media (lesson_id, media_id)
SELECT n, 1 + (n * 11) % 240 FROM generate_series(1, 150) n`;

const thumbnails = `UPDATE courses SET thumbnail_id = id * 4 - 1 WHERE id <= 20`;

/** In an order that the foreign keys allow. */
export const data: readonly string[] = [
  schools,
  users,
  usersNext,
  courses,
  media,
  enrollments,
  lessons,
  lessonMedia,
  thumbnails,
];

/** Rows by table once `data` is in. */
export const seeded: Readonly<Record<string, number>> = {
  schools: 5,
  users: 120,
  courses: 30,
  media: 240,
  enrollments: 126,
  lessons: 150,
  lesson_media: 150,
};
