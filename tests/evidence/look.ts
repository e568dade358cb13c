import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import { openGround } from '../../src/runtime/ground.js';
import { look } from '../../src/runtime/parts.js';
import { runMigrator } from '../support/drizzle-project.js';
import { writeGenerated } from '../support/generate/folder.js';
import { type DataCase, fillRows } from '../support/generate/with-data.js';
import { sandboxServer } from '../support/server.js';
import type { LiveServer } from './live-server.js';
import { expectAlike, reallyRun, type RunCount } from './next-run.js';
import { withDatabase } from './support.js';

const ofHistory =
  /^(?:history-|dev-push-row|applied-unrecorded|recorded-absent|partially-applied|edited-|silently-|shared-)/;
const ofSchema = /^(?:drift-|invalid-index|constraint-not-validated)/;
const ofNextRun =
  /^(?:will-fail-|records-itself|redundant|transaction-control|locks-table|rewrites-table|loses-data)/;

function codesOf({ findings }: Diagnosis, ...groups: readonly RegExp[]): string[] {
  return findings
    .filter(({ code }) => groups.some((group) => group.test(code)))
    .map(({ code, title, evidence }) => `${code}: ${title} (${evidence.join('; ')})`);
}

/** What the program says of the project, its sandbox being the run's server. */
async function lookAt(dir: string, databaseUrl: string): Promise<Diagnosis> {
  const options = { dir, databaseUrl, sandboxUrl: sandboxServer().adminUrl };
  const ground = await openGround(options, {});
  try {
    const diagnosis = await look(ground, () => new Date(), { evidence: true });
    expect(diagnosis.facts.schema).toMatchObject({ state: 'read' });
    return diagnosis;
  } finally {
    await ground.close();
  }
}

/**
 * A project as it is found: all of it is applied, and nothing is said of it. Then migrations are
 * pending: what is applied stays without a finding, and the next run is what the migrator does.
 */
export async function lookAndRun(
  server: LiveServer,
  one: DataCase,
  count: RunCount,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'pgmedic-generated-'));
  const root = join(dir, 'drizzle');
  try {
    await withDatabase(server, async (client, url) => {
      await writeGenerated(root, one.applied);
      expect((await runMigrator(client, root)).error).toBeNull();
      await fillRows(client, one);
      // A database with sessions in it cannot be copied.
      await client.end();
      const healthy = await lookAt(dir, url);
      expect(codesOf(healthy, ofHistory, ofSchema, ofNextRun)).toEqual([]);
      expect(healthy.nextRun).toEqual({ runs: [], skips: [], fails: null });
      for (const made of one.next) {
        await writeGenerated(root, made);
        const said = await lookAt(dir, url);
        expect(codesOf(said, ofHistory, ofSchema)).toEqual([]);
        const { schema } = said.facts;
        const unknown = schema.state === 'read' ? (schema.rehearsal?.unknown ?? []) : [];
        const { runs, fails } = said.nextRun;
        expect(runs).toEqual(
          made.migrations.slice(one.applied.migrations.length).map(({ id }) => id),
        );
        expectAlike({ failure: fails, unknown }, await reallyRun(server, url, root), count);
      }
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
