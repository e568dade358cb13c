import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Subject } from '../conformance.js';
import { byRule } from '../goose-run.js';

export const at = (name: string): string => `migrations/${name}.sql`;
export const file = (up: string, down: string): string =>
  `-- +goose Up\n${up}\n\n-- +goose Down\n${down}\n`;

/** A program `PGMEDIC_GOOSE URL FOLDER` that does what `goose up` does stands in for the port of it. */
async function run(dir: string, url: string): Promise<string | null> {
  const program = process.env['PGMEDIC_GOOSE'];
  const folder = join(dir, 'migrations');
  if (program === undefined) return byRule(folder, url);
  const ended = await promisify(execFile)(program, [url, folder]).catch(
    (error: unknown) => error as { readonly stdout: string; readonly code: number },
  );
  return 'code' in ended ? ended.stdout : null;
}

export const goose: Subject = {
  name: 'goose',
  judge: 'rule',
  folder: 'migrations',
  column: 'version_id',
  table: 'goose_db_version',
  where: 'version_id > 0',
  columns: { is_applied: 'true' },
  run,
  files: (samples) =>
    Object.fromEntries(
      samples.map(({ place, slug, up, down }) => [
        at(`0000${place}_${slug}`),
        file(up.map((sql) => `${sql};`).join('\n'), down.map((sql) => `${sql};`).join('\n')),
      ]),
    ),
};
