import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CountingBackup } from '../core/backup.js';
import { UserError, messageOf } from '../core/errors.js';
import type { SqlParser } from '../core/sql.js';
import { schemaWithNative } from './native.js';
import { splitDump } from './split.js';

/** What defines an object, or says whose it is. No row can stand in these; all else is left out. */
const defines = /^(?:CREATE|ALTER|COMMENT|GRANT|REVOKE|SET)\b/;
/** What leads to other servers, with their addresses and passwords, and what is the server's own. */
const leadsOut =
  /^(?:CREATE|ALTER|COMMENT|GRANT|REVOKE)\b.*\b(?:SERVER|USER MAPPING|FOREIGN|SUBSCRIPTION|PUBLICATION|DATABASE|ROLE|USER|TABLESPACE)\b/;

/**
 * The definitions in a backup, as statements: the schema as it was when the backup was taken, and
 * no row. What leads to other servers is left out.
 *
 * @throws UserError where the backup cannot be read here
 */
export async function schemaOfBackup(
  { path, format, by }: Pick<CountingBackup, 'path' | 'format' | 'by'>,
  parser: SqlParser,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pgmedic-schema-'));
  try {
    const plain = format === 'plain' ? path : join(folder, 'schema.sql');
    const program = /\((\/.*)\)$/.exec(by)?.[1];
    if (format !== 'plain') {
      if (program === undefined) throw new Error(`it was made by ${by}`);
      await schemaWithNative({ program, file: path, into: plain, signal });
    }
    return await definitionsIn(plain, parser, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new UserError(
      `The schema cannot be read from the backup ${path}: ${messageOf(error)}.`,
      [
        'A backup in the custom or directory format needs the pg_restore beside the pg_dump that made it.',
      ],
      { cause: error },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function definitionsIn(
  file: string,
  parser: SqlParser,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const piece of splitDump(createReadStream(file, { highWaterMark: 1 << 18 }), [])) {
    signal.throwIfAborted();
    if (piece.type !== 'sql' || piece.table !== null || piece.object.startsWith('BLOB')) continue;
    const split = parser.split(piece.sql.toString('utf8'));
    if (!split.ok) throw new Error(`${piece.object}: ${split.message}`);
    found.push(
      ...split.statements.flatMap(({ label, text }) =>
        defines.test(label) && !leadsOut.test(label) ? [text] : [],
      ),
    );
  }
  return found;
}
