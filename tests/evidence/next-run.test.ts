import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cases } from '../support/cases.js';
import { foldersWithData } from '../support/generate/with-data.js';
import { currentServer } from './live-server.js';
import { newRunCount, rehearseAndRun, tellRuns } from './next-run.js';
import { deepLimit } from './support.js';

test(
  'the rehearsal says what the real migrator then does: the statement that fails, and its SQLSTATE',
  async () => {
    const server = currentServer();
    const count = newRunCount();
    await fc.assert(
      fc.asyncProperty(foldersWithData(6), (one) => rehearseAndRun(server, one, count)),
      cases(1, 85),
    );
    tellRuns('18', count);
    expect(count.unknown / count.runs).toBeLessThan(0.1);
  },
  deepLimit,
);
