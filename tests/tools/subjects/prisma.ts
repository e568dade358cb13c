import type { Subject } from '../conformance.js';
import { deploy } from '../prisma-run.js';

export const at = (name: string): string => `prisma/migrations/${name}/migration.sql`;
export const lockFile = { 'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n' };

/** Prisma's own engine, in the process of the test. */
export const prisma: Subject = {
  name: 'prisma',
  judge: 'real',
  keepsFailed: true,
  folder: 'prisma/migrations',
  column: 'migration_name',
  table: '_prisma_migrations',
  // A row of a run that failed, or was taken back, is no record.
  where: 'finished_at IS NOT NULL AND rolled_back_at IS NULL',
  run: deploy,
  files: (samples) => ({
    ...lockFile,
    ...Object.fromEntries(
      samples.map(({ place, slug, up }) => [
        at(`2025010${place}000000_${slug}`),
        `${up.join(';\n')};\n`,
      ]),
    ),
  }),
};
