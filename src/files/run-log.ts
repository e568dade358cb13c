import { createHash } from 'node:crypto';
import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError, messageOf } from '../core/errors.js';
import { redactDeep } from '../core/redact.js';
import type { RunLogEntry, RunLogRecord } from '../core/run-log.js';
import { isLocked, takeLock } from './run-log-lock.js';
import type { recordShape } from './run-log-shape.js';

/** pgmedic's record of one session: JSON lines, only ever appended to. */
export interface RunLog {
  readonly path: string;
  /** Every record so far, those of an earlier process included. */
  readonly records: readonly RunLogRecord[];
  /** What was wrong with the file when it was opened, each a whole sentence. */
  readonly problems: readonly string[];
  /**
   * Writes a record down, without its secrets. Resolves when it is on the disk (fsync), not before.
   * @throws UserError when it could not be written; nothing more can be appended then.
   */
  append(entry: RunLogEntry): Promise<RunLogRecord>;
  close(): Promise<void>;
}

/**
 * Opens or begins a run log: folder 0700, file 0600, one process at a time.
 * @throws UserError when it cannot be written or another process has it open.
 */
export async function openRunLog(
  path: string,
  now: () => Date = () => new Date(),
): Promise<RunLog> {
  const folder = dirname(path);
  const release = await cannot(path, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return takeLock(lockOf(path), path);
  });
  try {
    const handle = await cannot(path, () => open(path, 'a', 0o600));
    const found = await readRunLog(path);
    // A line that was cut short keeps its place; the next record begins on a line of its own.
    if (found.unfinished) await handle.appendFile('\n');
    await handle.sync();
    await syncFolder(folder);
    return appender(path, handle, found, now, release);
  } catch (error) {
    await release();
    throw error;
  }
}

function appender(
  path: string,
  handle: FileHandle,
  found: RunLogContents,
  now: () => Date,
  release: () => Promise<void>,
): RunLog {
  const records = [...found.records];
  let prev = found.lastLineHash;
  let broken: unknown = null;
  // One after another, whoever calls: two records never share a line or a number.
  let queue: Promise<unknown> = Promise.resolve();

  async function write(entry: RunLogEntry): Promise<RunLogRecord> {
    if (broken !== null) throw broken;
    const stamp = { at: now().toISOString(), seq: (records.at(-1)?.seq ?? 0) + 1, prev };
    const record: RunLogRecord = { ...stamp, ...redactDeep(entry) };
    const line = JSON.stringify(record);
    try {
      await handle.appendFile(`${line}\n`);
      await handle.sync();
    } catch (error) {
      broken = unwritable(path, error);
      throw broken;
    }
    prev = hash(line);
    records.push(record);
    return record;
  }

  return {
    path,
    records,
    problems: found.problems,
    append(entry) {
      const written = queue.then(() => write(entry));
      queue = written.catch(() => {});
      return written;
    },
    async close() {
      await queue;
      await handle.close();
      await release();
    },
  };
}

export interface RunLogContents {
  readonly records: readonly RunLogRecord[];
  /** Lines that cannot be read, and breaks of the hash chain; said, never hidden. */
  readonly problems: readonly string[];
  /** sha256 of the last line as it stands; '' for an empty file. */
  readonly lastLineHash: string;
  /** The file does not end with a line feed: the last append was cut short. */
  readonly unfinished: boolean;
}

/** Reads what is there; a torn or damaged line is told in `problems`. @throws UserError when the file cannot be read. */
export async function readRunLog(path: string): Promise<RunLogContents> {
  const text = await cannot(path, () => readFile(path, 'utf8'));
  const unfinished = text !== '' && !text.endsWith('\n');
  const lines = text.split('\n');
  if (!unfinished) lines.pop();
  const records: RunLogRecord[] = [];
  const problems: string[] = [];
  const { recordShape } = await import('./run-log-shape.js');
  let prev = '';
  lines.forEach((line, index) => {
    const record = recordOf(line, recordShape);
    const last = index === lines.length - 1;
    if (record === null) {
      problems.push(
        `Line ${index + 1} of ${path} ${last ? 'was cut short' : 'cannot be read'}: what it told is lost.`,
      );
    } else {
      if (record.prev !== prev || record.seq !== (records.at(-1)?.seq ?? 0) + 1) {
        problems.push(`Line ${index + 1} of ${path} does not follow from the one before it.`);
      }
      records.push(record);
    }
    prev = hash(line);
  });
  return { records, problems, lastLineHash: prev, unfinished };
}

function recordOf(line: string, { safeParse }: typeof recordShape): RunLogRecord | null {
  try {
    const value: unknown = JSON.parse(line);
    return safeParse(value).success ? (value as RunLogRecord) : null;
  } catch {
    return null;
  }
}

/** Makes a new name in a folder last through a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether a living process has this run log open to append to it. */
export function isOpen(path: string): Promise<boolean> {
  return isLocked(lockOf(path));
}

function lockOf(path: string): string {
  return `${path}.lock`;
}

function hash(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}

async function cannot<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof UserError ? error : unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): UserError {
  return new UserError(
    `The run log ${path} cannot be used: ${messageOf(cause)}.`,
    ['Make room and check who may write there, or name another place with --out.'],
    { cause },
  );
}
