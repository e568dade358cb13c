import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Subject } from '../conformance.js';
import { byRule } from '../rails-run.js';

export const at = (name: string): string => `db/migrate/${name}.rb`;

export function migration(slug: string, up: readonly string[], down: readonly string[]): string {
  const name = `${slug.charAt(0).toUpperCase()}${slug.slice(1)}`;
  const lines = (all: readonly string[]): string =>
    all.map((sql) => `    execute "${sql}"\n`).join('');
  return `class ${name} < ActiveRecord::Migration[6.1]
  def up
${lines(up)}  end

  def down
${lines(down)}  end
end
`;
}

/** A program `PGMEDIC_RAILS URL FOLDER` that runs Active Record's migrations stands in for the port of it. */
async function run(dir: string, url: string): Promise<string | null> {
  const program = process.env['PGMEDIC_RAILS'];
  const folder = join(dir, 'db/migrate');
  if (program === undefined) return byRule(folder, url);
  const ended = await promisify(execFile)(program, [url, folder]).catch(
    (error: unknown) => error as { readonly stdout: string; readonly code: number },
  );
  return 'code' in ended ? ended.stdout : null;
}

export const rails: Subject = {
  name: 'rails',
  judge: 'rule',
  folder: 'db/migrate',
  opaque: true,
  column: 'version',
  table: 'schema_migrations',
  run,
  files: (samples) =>
    Object.fromEntries(
      samples.map(({ place, slug, up, down }) => [
        at(`2025010${place}000000_${slug}`),
        migration(slug, up, down),
      ]),
    ),
};
