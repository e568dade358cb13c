import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** active_record/migration.rb, Migrator: what has no row, by number, each in a transaction with its row. */
export async function byRule(folder: string, url: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE TABLE IF NOT EXISTS schema_migrations (version varchar NOT NULL PRIMARY KEY);
      CREATE TABLE IF NOT EXISTS ar_internal_metadata (key varchar NOT NULL PRIMARY KEY, value varchar,
        created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL)`);
    const { rows } = await client.query<{ version: string }>(
      'SELECT version FROM schema_migrations',
    );
    const done = new Set(rows.map(({ version }) => Number.parseInt(version, 10)));
    const files = (await readdir(folder)).filter((name) => /^\d.*_.*\.rb$/.test(name));
    const found = files
      .map((name) => ({ name, version: Number.parseInt(name, 10) }))
      .toSorted((a, b) => a.version - b.version);
    refuse(found);
    for (const { name, version } of found.filter((one) => !done.has(one.version))) {
      const [up = ''] = (await readFile(join(folder, name), 'utf8')).split('  def down');
      await client.query('BEGIN');
      for (const [, sql = ''] of up.matchAll(/^    execute "(.*)"$/gm)) await client.query(sql);
      await client.query('INSERT INTO schema_migrations VALUES ($1)', [String(version)]);
      await client.query('COMMIT');
    }
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end();
  }
}

function refuse(found: readonly { readonly name: string; readonly version: number }[]): void {
  const names = found.map(({ name }) => {
    const word = /^\d+_([_a-z0-9]*)\.rb$/.exec(name)?.[1];
    if (word === undefined) throw new Error(`Illegal name for migration file: ${name}`);
    return word
      .split('_')
      .map((part) => `${part.charAt(0).toUpperCase()}${part.slice(1)}`)
      .join('');
  });
  const sameName = names.find((name, at) => names.indexOf(name) < at);
  if (sameName !== undefined) throw new Error(`Multiple migrations have the name ${sameName}.`);
  const same = found.find(({ version }, at) => found[at - 1]?.version === version);
  if (same) throw new Error(`Multiple migrations have the version number ${same.version}.`);
}
