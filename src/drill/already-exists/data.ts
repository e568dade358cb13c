// Rows of a file collection service in use; ids come from md5 of a word and a number.

const users = `
INSERT INTO users (id, email, username, plan, storage_used, created_at)
SELECT md5('user' || n)::uuid, lower(name) || n || '@example.com', lower(name) || n,
       (ARRAY['free', 'free', 'pro', 'free', 'business'])[1 + n % 5]::plan, n * 104857600::bigint,
       timestamptz '2024-12-13 08:00+00' + n * interval '15 hours'
FROM generate_series(1, 60) n, LATERAL (SELECT (ARRAY['Ada', 'Bo', 'Cyn', 'Dov', 'Eva', 'Finn', 'Gia'])[1 + n % 7] AS name) x`;

const workspaces = `
INSERT INTO workspaces (id, user_id, name, created_at)
SELECT md5('workspace' || n)::uuid, md5('user' || 1 + (n - 1) % 60)::uuid,
       CASE WHEN n <= 60 THEN 'My workspace' ELSE 'Clients' END, timestamptz '2024-12-14 08:00+00' + n * interval '15 hours'
FROM generate_series(1, 75) n`;

const branding = `
INSERT INTO workspace_branding (workspace_id, color)
SELECT md5('workspace' || n)::uuid, '#' || left(md5('color' || n), 6) FROM generate_series(3, 75, 4) n`;

const links = `
INSERT INTO links (id, user_id, slug, title, is_active, expires_at, created_at)
SELECT md5('link' || n)::uuid, md5('user' || 1 + n % 60)::uuid, 'l' || left(md5('slug' || n), 9),
       (ARRAY['Tax documents', 'Wedding photos', 'Essay hand-in', 'Logo drafts'])[1 + n % 4], n % 9 <> 0,
       CASE WHEN n % 5 = 0 THEN timestamptz '2025-03-01' + n * interval '1 day' END,
       timestamptz '2024-12-20 12:00+00' + n * interval '4 hours'
FROM generate_series(1, 150) n`;

const files = `
INSERT INTO files (id, link_id, file_name, file_size, uploaded_at)
SELECT md5('file' || n)::uuid, md5('link' || 1 + n % 150)::uuid, 'IMG_' || 4000 + n || '.jpg', 180000 + (n * 7919) % 4000000,
       timestamptz '2024-12-22 07:00+00' + n * interval '80 minutes'
FROM generate_series(1, 500) n`;

/** In an order that the foreign keys allow. */
export const data: readonly string[] = [users, workspaces, branding, links, files];

/** After the broken attempt customers asked support to move some links to their second workspace. */
export const moved = `
UPDATE links SET workspace_id = (SELECT id FROM workspaces w WHERE w.user_id = links.user_id AND w.name = 'Clients')
WHERE id IN (SELECT md5('link' || n)::uuid FROM generate_series(1, 12, 3) n)`;

/** Rows by table once all that is in. */
export const seeded: Readonly<Record<string, number>> = {
  users: 60,
  workspaces: 75,
  workspace_branding: 19,
  links: 150,
  files: 500,
};
