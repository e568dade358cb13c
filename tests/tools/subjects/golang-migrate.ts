import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Subject } from '../conformance.js';
import { golangMigrateRun } from '../golang-migrate-run.js';

export const at = (name: string): string => `db/migrations/${name}.sql`;
/** What a project of its kind has: by it, it is told from runners made at home. */
const module = {
  'go.mod': 'module shop\n\nrequire github.com/golang-migrate/migrate/v4 v4.19.0\n',
};

/** Where PGMEDIC_GOLANG_MIGRATE names a program, the real one is beside it: golang-migrate-run.ts. */
export const golangMigrate: Subject = {
  name: 'golang-migrate',
  judge: 'rule',
  keepsFailed: true,
  oneRow: true,
  folder: 'db/migrations',
  column: 'version',
  table: 'schema_migrations',
  run: golangMigrateRun,
  async names(client, dir) {
    const { rows } = await client.query<{ version: string; dirty: boolean }>(
      'SELECT version, dirty FROM schema_migrations',
    );
    const [row] = rows;
    if (row === undefined) return [];
    const files = await readdir(join(dir, 'db/migrations'));
    const versions = new Set(files.map((file) => String(Number(/^\d+/.exec(file)?.[0]))));
    const come = (version: number): boolean =>
      row.dirty ? version < Number(row.version) : version <= Number(row.version);
    return [...versions].filter((version) => come(Number(version)));
  },
  files: (samples) => ({
    ...module,
    ...Object.fromEntries(
      samples.flatMap(({ place, slug, up, down }) => [
        [at(`00${place}_${slug}.up`), `${up.join(';\n')};\n`],
        [at(`00${place}_${slug}.down`), `${down.join(';\n')};\n`],
      ]),
    ),
  }),
};
