import { availableParallelism } from 'node:os';
import type { BackupFormat } from '../core/backup.js';
import type { DumperFacts } from '../core/facts.js';
import { bytes } from '../core/telling/amounts.js';

/** From this size (pg_database_size, bytes) on a native dump is a folder that several processes fill at once. */
const LARGE = 4_000_000_000;

/** More would take the server from those who work on it. */
const mostJobs = 4;

export interface Shape {
  readonly format: BackupFormat;
  readonly compression: 'zstd' | 'gzip' | 'none';
  /** Processes that dump at once. */
  readonly jobs: number;
  /** For screen, run log and report: what was chosen, and why. */
  readonly words: string;
}

/** How a database of this size is dumped. `noZstd`: why not with zstd; null where pg_dump and pg_restore both said that they can. */
export function shapeOf(options: {
  readonly dumper: DumperFacts;
  readonly databaseSize: number;
  readonly noZstd: string | null;
  readonly largeFrom?: number;
  readonly cores?: number;
}): Shape {
  const { dumper, databaseSize, noZstd, largeFrom = LARGE } = options;
  const size = `the database has ${bytes(databaseSize)}`;
  if (dumper.use !== 'native') {
    const words = `plain SQL by the WebAssembly pg_dump: ${size}`;
    return { format: 'plain', compression: 'none', jobs: 1, words };
  }
  const compression = noZstd === null ? 'zstd' : 'gzip';
  const compressed = `compressed with ${compression}${noZstd === null ? '' : ` (${noZstd})`}`;
  if (databaseSize < largeFrom) {
    const words = `-Fc, ${compressed}: ${size}`;
    return { format: 'custom', compression, jobs: 1, words };
  }
  const jobs = jobsFor(options.cores);
  const words = `-Fd -j ${jobs}, ${compressed}: ${size}, and from ${bytes(largeFrom)} on that is quicker`;
  return { format: 'directory', compression, jobs, words };
}

/** Processes at once, for a dump or a restore. */
export function jobsFor(cores: number = availableParallelism()): number {
  return Math.min(Math.max(cores, 2), mostJobs);
}
