import type { Snapshot } from '../../core/facts.js';
import type { Memo } from '../contract.js';
import { parseJson, place } from './json.js';
import { mismatch, snapshotShape } from './snapshot-shape.js';

/**
 * Where drizzle-kit puts the snapshot of a migration: by the prefix of its tag alone, so that two
 * migrations with one prefix share a file. null in prefix mode "none", where all would share
 * `_snapshot.json`, which drizzle-kit itself passes over.
 */
export function snapshotPath(tag: string): string | null {
  const prefix = tag.split('_')[0] ?? '';
  return prefix === '' ? null : `meta/${prefix}_snapshot.json`;
}

/** Reads a snapshot as drizzle-kit 0.31 judges it; versions 5 and 6 are read too, being merely old. */
function readSnapshot(path: string, bytes: Buffer): Snapshot {
  const malformed = (reason: string): Snapshot => ({ state: 'malformed', path, reason });
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const at = parseJson(text);
    return malformed(at.ok ? 'not JSON' : `${place(text, at.offset)}: ${at.problem}`);
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (version !== '5' && version !== '6' && version !== '7') {
    return malformed(
      `$.version: expected "5", "6" or "7", found ${JSON.stringify(version) ?? 'nothing'}`,
    );
  }
  const wrong = mismatch(
    value,
    version === '7' ? snapshotShape : { id: 'string', prevId: 'string', tables: { map: 'any' } },
  );
  if (wrong !== null) return malformed(wrong);
  const { id, prevId } = value as { id: string; prevId: string };
  return { state: 'read', path, id, prevId, version };
}

/** Changes with whatever changes the judgement of readSnapshot. */
const JUDGE = 'drizzle snapshot 1';

/** readSnapshot, remembering what was sound; what was not is looked at again each time. */
export function readOnce(path: string, bytes: Buffer, memo: Memo | null): Snapshot {
  if (memo === null) return readSnapshot(path, bytes);
  const known = memo.recall(path, JUDGE);
  if (known !== undefined) {
    const sound = JSON.parse(known) as Pick<Sound, 'id' | 'prevId' | 'version'>;
    return { state: 'read', path, ...sound };
  }
  const snapshot = readSnapshot(path, bytes);
  if (snapshot.state === 'read') {
    const { id, prevId, version } = snapshot;
    memo.note(path, JUDGE, JSON.stringify({ id, prevId, version }));
  }
  return snapshot;
}

type Sound = Extract<Snapshot, { readonly state: 'read' }>;
