import { afterAll, beforeAll, describe, test } from 'vitest';
import { type LiveServer, olderServer } from '../../evidence/live-server.js';
import { deepLimit } from '../../evidence/support.js';
import { cases } from '../../support/cases.js';
import { expectAllTakenBack } from './taken-back.js';

/** The live database is on an older server; the timelines are of today's. */
describe.each([14, 16] as const)('on PostgreSQL %i', (major) => {
  let server: LiveServer & { stop(): Promise<void> };

  beforeAll(async () => {
    server = await olderServer(major);
  });
  afterAll(() => server.stop());

  test(
    'what k migrations did is taken back to j, or it is refused with a reason',
    () => expectAllTakenBack(server, cases(2, 80)),
    deepLimit,
  );
});
