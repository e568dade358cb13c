import type { DumperFacts } from '../../src/core/facts.js';
import { prove } from '../../src/backup/proof.js';
import { readSequences } from '../../src/backup/sequences.js';
import { openSnapshot } from '../../src/backup/snapshot.js';
import { countTables, listTables } from '../../src/backup/tables.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';

/** Proves a dump file against the database as it is now. */
export async function proveAgain(options: {
  url: string;
  file: string;
  format: 'custom' | 'plain';
  sha256: string;
  dumper: DumperFacts;
  sandbox: Sandbox;
  content?: boolean;
  onRestored?: (url: string) => Promise<void>;
}): Promise<string> {
  const { url, content = true, ...rest } = options;
  const snapshot = await openSnapshot(url);
  try {
    const counts = await countTables(
      snapshot.client,
      await listTables(snapshot.client),
      content,
      () => {},
    );
    const sequences = await readSequences(snapshot.client);
    return await prove({
      ...rest,
      expected: { counts, content, sequences, roles: [] },
      signal: new AbortController().signal,
      onProgress: () => {},
    });
  } finally {
    await snapshot.end();
  }
}
