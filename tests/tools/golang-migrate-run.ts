import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import pg from 'pg';

export type Command = { readonly do: 'up' } | { readonly do: 'force'; readonly version: number };

/** `migrate up` or `migrate force V`: the real one where PGMEDIC_GOLANG_MIGRATE names a program, else its rule. */
export async function golangMigrateRun(
  dir: string,
  url: string,
  command: Command = { do: 'up' },
): Promise<string | null> {
  const folder = join(dir, 'db/migrations');
  const program = process.env['PGMEDIC_GOLANG_MIGRATE'];
  return program === undefined ? byRule(folder, url, command) : real(program, folder, url, command);
}

/** `PROGRAM FOLDER URL up|force [V]`: migrate.New("file://FOLDER", URL), then Up or Force; its error on stderr. */
async function real(
  program: string,
  folder: string,
  url: string,
  command: Command,
): Promise<string | null> {
  const more = command.do === 'force' ? [String(command.version)] : [];
  const args = [folder, `${url}?sslmode=disable`, command.do, ...more];
  return promisify(execFile)(program, args).then(
    () => null,
    ({ stderr }: { stderr: string }) => stderr,
  );
}

interface File {
  readonly version: number;
  readonly up: string | null;
}

/** golang-migrate 4.19: migrate.go (Up, readUp, versionExists, runMigrations), postgres.go (Lock, SetVersion). */
async function byRule(folder: string, url: string, command: Command): Promise<string | null> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows: named } = await client.query<{ name: string }>('SELECT current_database() AS name');
  const setVersion = async (version: number, dirty: boolean): Promise<void> => {
    await client.query('BEGIN; TRUNCATE schema_migrations');
    if (version >= 0 || dirty) {
      await client.query('INSERT INTO schema_migrations VALUES ($1, $2)', [version, dirty]);
    }
    await client.query('COMMIT');
  };
  try {
    const files = await filesOf(folder);
    await client.query(
      'CREATE TABLE IF NOT EXISTS schema_migrations (version bigint not null primary key, dirty boolean not null)',
    );
    const lock = crc32(`public\0schema_migrations\0/${named[0]?.name}`);
    await client.query('SELECT pg_advisory_lock(($1::bigint * 1486364155) % 4294967296)', [lock]);
    if (command.do === 'force') {
      await setVersion(command.version, false);
      return null;
    }
    const { rows } = await client.query<{ version: string; dirty: boolean }>(
      'SELECT version, dirty FROM schema_migrations LIMIT 1',
    );
    const current = Number(rows[0]?.version ?? -1);
    if (rows[0]?.dirty === true) {
      return `Dirty database version ${current}. Fix and force version.`;
    }
    if (current >= 0 && !files.some(({ version }) => version === current)) {
      return `no migration found for version ${current}: read down for version ${current} .: file does not exist`;
    }
    for (const { version, up } of files.filter((one) => one.version > current)) {
      await setVersion(version, true);
      if (up !== null && up.trim() !== '') await client.query(up);
      await setVersion(version, false);
    }
    return null;
  } catch (error) {
    return `migration failed: ${(error as Error).message}`;
  } finally {
    await client.end();
  }
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
