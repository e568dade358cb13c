import type { Subject } from '../conformance.js';
import { at, historyTable, migration } from '../payload-project.js';
import { runPayload } from '../payload-run.js';

/** Where PGMEDIC_PAYLOAD names a folder with the packages, the real one is beside it: payload-real.ts. */
export const payload: Subject = {
  name: 'payload',
  judge: 'rule',
  folder: 'src/migrations',
  column: 'name',
  table: 'payload_migrations',
  run: runPayload,
  files: (samples) => ({
    // As Payload's templates have it.
    'package.json': '{ "type": "module" }\n',
    ...Object.fromEntries(
      samples.map(({ place, slug, up, down }) => [
        at(`2025100${place}_000000_${slug}`),
        migration([...(place === 1 ? [historyTable()] : []), ...up].join(';\n'), down.join(';\n')),
      ]),
    ),
  }),
};
