import { createHash } from 'node:crypto';

/** Numbers from 0 to below 1; the same seed gives the same. */
export function randomOf(seed: string): () => number {
  let turn = 0;
  return () =>
    createHash('sha256').update(`${seed} ${turn++}`).digest().readUInt32BE(0) / 0x1_0000_0000;
}
