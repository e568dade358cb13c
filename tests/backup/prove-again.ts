import type { DumperFacts } from '../../src/core/facts.js';
import { prove } from '../../src/backup/proof.js';
import type { BackupFormat } from '../../src/core/backup.js';
import { namedRoles } from '../../src/backup/dump.js';
import { readLargeObjects } from '../../src/backup/large-objects.js';
import { readSchema } from '../../src/backup/schema.js';
import { readSequences } from '../../src/backup/sequences.js';
import { openSnapshot } from '../../src/backup/snapshot.js';
import { countTables, type Hashing, listTables } from '../../src/backup/tables.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';

/** Proves a dump file against the database as it is now. */
export async function proveAgain(options: {
  url: string;
  file: string;
  format: BackupFormat;
  sha256: string;
  dumper: DumperFacts;
  sandbox: Sandbox;
  content?: boolean;
  hashing?: Hashing;
  onRestored?: (url: string) => Promise<void>;
}): Promise<string> {
  const { url, content = true, ...rest } = options;
  const hashing = options.hashing ?? (content ? { wholeUpTo: 2 ** 30 } : null);
  const snapshot = await openSnapshot(url);
  try {
    const counts = await countTables(
      snapshot.client,
      await listTables(snapshot.client, true),
      hashing,
      () => {},
    );
    const sequences = await readSequences(snapshot.client);
    const schema = await readSchema(snapshot.client);
    const roles = await namedRoles(snapshot.client);
    const largeObjects = await readLargeObjects(snapshot.client);
    return await prove({
      ...rest,
      expected: { counts, hashing, sequences, schema, largeObjects, roles },
      signal: new AbortController().signal,
      onProgress: () => {},
    });
  } finally {
    await snapshot.end();
  }
}
