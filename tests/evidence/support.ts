import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { ensureRoles, type GeneratedFolder, writeGenerated } from '../support/generate/folder.js';
import { createTestDatabase } from '../support/server.js';

/** A database of its own for one generated case, gone afterwards. */
export async function withDatabase<T>(
  use: (client: pg.Client, url: string) => Promise<T>,
): Promise<T> {
  const { url, drop } = await createTestDatabase();
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query('SET client_min_messages = error');
    await ensureRoles(client);
    return await use(client, url);
  } finally {
    await client.end();
    await drop();
  }
}

/** The generated folder on the disk, for the real migrator. */
export async function onDisk<T>(
  made: GeneratedFolder,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'pgmedic-generated-'));
  try {
    await writeGenerated(root, made);
    return await use(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
