import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { resolveBinary } from 'dbmate';
import type { Subject } from '../conformance.js';

export const at = (name: string): string => `db/migrations/${name}.sql`;
export const file = (up: string, down = ''): string =>
  `-- migrate:up\n${up}\n\n-- migrate:down\n${down}\n`;

/** The real dbmate; it prints "Applied" for what has failed, so that only its exit tells. */
export const dbmate: Subject = {
  name: 'dbmate',
  judge: 'real',
  folder: 'db/migrations',
  column: 'version',
  table: 'schema_migrations',
  async run(dir, url) {
    const args = ['--no-dump-schema', '--url', `${url}?sslmode=disable`, 'migrate'];
    return promisify(execFile)(resolveBinary(), args, { cwd: dir, env: {} }).then(
      () => null,
      ({ stderr }: { stderr: string }) => stderr,
    );
  },
  files: (samples) =>
    Object.fromEntries(
      samples.map(({ place, slug, up, down }) => [
        at(`2025010${place}000000_${slug}`),
        file(up.join(';\n'), down.join(';\n')),
      ]),
    ),
};
