import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of a file's bytes, hex. */
export async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, { signal });
  return hash.digest('hex');
}

/** One line in the format of sha256sum, so that `sha256sum --check` reads it. */
export function checksumLine(sha256: string, name: string): string {
  return `${sha256}  ${name}\n`;
}
