import { createReadStream } from 'node:fs';
import type { BackupFormat } from '../core/backup.js';
import { UserError } from '../core/errors.js';
import type { DumperFacts } from '../core/facts.js';
import { sha256Of } from './checksum.js';
import { readWithNative } from './native.js';
import { splitDump } from './split.js';

/**
 * Reads a dump from the disk to its end, as a restore would, into nothing, and its SHA-256 again.
 * Resolves to what was done, in words.
 *
 * @throws UserError when it is not what was written; any other error says why it cannot be read
 */
export async function readBack(options: {
  readonly file: string;
  readonly format: BackupFormat;
  /** Of the dump as it was when pg_dump had ended. */
  readonly sha256: string;
  readonly dumper: DumperFacts;
  readonly signal: AbortSignal;
}): Promise<string> {
  const { file, format, dumper, signal } = options;
  let by = 'to its last line';
  if (format === 'plain' || dumper.path === null) await readPlain(file, signal);
  else {
    await readWithNative({ program: dumper.path, file, signal });
    by = 'to its end by pg_restore';
  }
  await sameBytes(file, options.sha256, signal);
  return `read back ${by}, its SHA-256 is equal`;
}

/** @throws UserError when the dump is no longer what had this SHA-256. */
export async function sameBytes(file: string, sha256: string, signal: AbortSignal): Promise<void> {
  if ((await sha256Of(file, signal)) === sha256) return;
  throw new UserError(
    'The backup is not proven: the file is no longer what pg_dump wrote (its SHA-256 differs).',
    ['Check the disk it was written to, and take the backup again.'],
  );
}

/** Every line as a restore takes it; only the mark at its end tells that nothing is missing. */
async function readPlain(file: string, signal: AbortSignal): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let complete = false;
  for await (const piece of splitDump(createReadStream(file, { highWaterMark: 1 << 18 }), [])) {
    signal.throwIfAborted();
    if (piece.type === 'end') complete = true;
    else decoder.decode(piece.sql);
  }
  if (!complete) throw new Error('the dump is cut short: unexpected end of file');
}
