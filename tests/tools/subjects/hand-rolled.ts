import { join } from 'node:path';
import pg from 'pg';
import { folder, settings } from '../../../src/drill/swallowed-error/migrations.js';
import { migrateOnStart } from '../../../src/drill/swallowed-error/runner.js';
import type { Subject } from '../conformance.js';

/** What the runner of incident 002 printed in its last run. */
export let printed: readonly string[] = [];

/** The runner of incident 002, ported. */
export const handRolled: Subject = {
  name: 'hand-rolled',
  judge: 'real',
  folder,
  column: 'version',
  table: 'schema_migrations',
  async run(dir, url) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      printed = await migrateOnStart(client, join(dir, folder));
      return null;
    } catch (error) {
      return (error as Error).message;
    } finally {
      await client.end();
    }
  },
  files: (samples) => ({
    'pgmedic.config.yaml': settings,
    ...Object.fromEntries(
      samples.flatMap(({ place, slug, up, down }) => [
        [`${folder}/00${place}_${slug}.up.sql`, up.join(';\n')],
        [`${folder}/00${place}_${slug}.down.sql`, down.join(';\n')],
      ]),
    ),
  }),
};
