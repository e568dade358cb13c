import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type pg from 'pg';
import { messageOf } from '../../core/errors.js';

export type Command = { readonly do: 'up' } | { readonly do: 'force'; readonly version: number };

/**
 * `migrate up` or `migrate force V` by golang-migrate's own rule, as far as it matters here:
 * 4.19, migrate.go (Up, readUp, versionExists, runMigrations) and postgres.go (Lock, SetVersion). The
 * program itself does not come with npm; the adapter's tests run it beside this rule where there is one.
 * @returns its error; null where there is none
 */
export async function golangMigrate(
  client: pg.Client,
  folder: string,
  command: Command = { do: 'up' },
): Promise<string | null> {
  const { rows: named } = await client.query<{ name: string }>('SELECT current_database() AS name');
  const setVersion = async (version: number, dirty: boolean): Promise<void> => {
    await client.query('BEGIN; TRUNCATE schema_migrations');
    if (version >= 0 || dirty) {
      await client.query('INSERT INTO schema_migrations VALUES ($1, $2)', [version, dirty]);
    }
    await client.query('COMMIT');
  };
  const lock = crc32(`public\0schema_migrations\0/${named[0]?.name}`);
  const key = `(${lock}::bigint * 1486364155) % 4294967296`;
  try {
    const files = await filesOf(folder);
    await client.query(
      'CREATE TABLE IF NOT EXISTS schema_migrations (version bigint not null primary key, dirty boolean not null)',
    );
    await client.query(`SELECT pg_advisory_lock(${key})`);
    if (command.do === 'force') {
      await setVersion(command.version, false);
      return null;
    }
    const { rows } = await client.query<{ version: string; dirty: boolean | string }>(
      'SELECT version, dirty FROM schema_migrations LIMIT 1',
    );
    const current = Number(rows[0]?.version ?? -1);
    if (String(rows[0]?.dirty).startsWith('t')) {
      return `Dirty database version ${current}. Fix and force version.`;
    }
    if (current >= 0 && !files.some(({ version }) => version === current)) {
      return `no migration found for version ${current}: read down for version ${current} .: file does not exist`;
    }
    for (const { version, up } of files.filter((one) => one.version > current)) {
      await setVersion(version, true);
      // The whole file in one message: what stands after an error is what a COMMIT in it has kept.
      if (up !== null && up.trim() !== '') await client.query(up);
      await setVersion(version, false);
    }
    return null;
  } catch (error) {
    return `migration failed: ${messageOf(error)}`;
  } finally {
    // A file may have left a transaction that failed.
    await client.query('ROLLBACK').catch(() => {});
    await client.query(`SELECT pg_advisory_unlock(${key})`).catch(() => {});
  }
}

interface File {
  readonly version: number;
  readonly up: string | null;
}

async function filesOf(folder: string): Promise<readonly File[]> {
  const found = new Map<number, File>();
  const seen = new Set<string>();
  for (const name of (await readdir(folder)).toSorted()) {
    const [, digits, direction] = /^([0-9]+)_.*\.(down|up)\..*$/.exec(name) ?? [];
    if (digits === undefined) continue;
    const version = Number(digits);
    if (seen.has(`${version} ${direction}`)) throw new Error(`duplicate migration file: ${name}`);
    seen.add(`${version} ${direction}`);
    const up = direction === 'up' ? await readFile(join(folder, name), 'utf8') : null;
    found.set(version, { version, up: up ?? found.get(version)?.up ?? null });
  }
  return [...found.values()].toSorted((a, b) => a.version - b.version);
}
