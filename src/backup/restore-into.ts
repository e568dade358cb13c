import type { BackupFormat } from '../core/backup.js';
import { UserError, messageOf } from '../core/errors.js';
import type { DumperFacts } from '../core/facts.js';
import { counted } from '../core/telling/amounts.js';
import { urlParts } from '../postgres/connect.js';
import { explain } from './explain.js';
import { compareCopy, type Expected, type OnProof, restore } from './proof.js';
import { sameBytes } from './read-back.js';
import { withoutEventTriggers } from './ways-out.js';

/**
 * Restores a backup into an empty database that stays, its owners and privileges with it, and
 * compares what is there then. Resolves to what was found, in words.
 *
 * @throws UserError naming each difference, or why it could not be restored; what was restored by then stays
 */
export async function restoreInto(options: {
  readonly url: string;
  readonly file: string;
  readonly format: BackupFormat;
  readonly sha256: string;
  /** null: nothing tells what it holds, and nothing is compared. */
  readonly expected: Expected | null;
  readonly dumper: DumperFacts;
  readonly signal: AbortSignal;
  readonly onProgress: OnProof;
}): Promise<string> {
  const { url, file, sha256, expected, signal } = options;
  try {
    await sameBytes(file, sha256, signal);
    const quiet = await withoutEventTriggers(url);
    const how = { owners: true, waysOut: true };
    await restore({ ...options, expected: expected ?? { counts: [] } }, quiet, how);
    await sameBytes(file, sha256, signal);
    if (expected === null) return 'restored, and compared with nothing';
    const differences = await compareCopy({ ...options, expected }, quiet, true);
    if (differences.length === 0) return inWords(expected);
    const shown = differences.slice(0, 5).map(({ object, what }) => `${object}: ${what}`);
    if (differences.length > shown.length) {
      shown.push(`and ${differences.length - shown.length} more`);
    }
    throw new UserError(`What was restored is not what was dumped. ${shown.join('; ')}`, [
      'Take another backup: --set backup=PATH',
    ]);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const secrets = [urlParts(url).password ?? ''];
    throw explain('The restore failed', new Error(messageOf(error), { cause: error }), secrets);
  }
}

function inWords({ counts, hashing }: Expected): string {
  const tables = counts.filter((one) => one.kind === 'table');
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  const how = hashing === null ? 'equal in number' : 'equal';
  return `restored: ${counted(tables.length, 'table')}, ${counted(rows, 'row')} ${how}`;
}
