import type { RunLogRecord } from '../run-log.js';

export type Of<T extends RunLogRecord['type']> = Extract<RunLogRecord, { type: T }>;

/** The records of one type, in order. */
export function only<T extends RunLogRecord['type']>(
  records: readonly RunLogRecord[],
  type: T,
): readonly Of<T>[] {
  return records.filter((record): record is Of<T> => record.type === type);
}
