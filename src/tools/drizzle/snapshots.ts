import type { Snapshot } from '../../core/facts.js';
import { parseJson, place } from './json.js';
import { type KnownTables, withoutTables } from './known-tables.js';
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
export function readSnapshot(path: string, bytes: Buffer, known: KnownTables): Snapshot {
  const rest = withoutTables(bytes, known);
  const judged = rest === null ? null : judge(path, rest);
  return judged?.state === 'read' ? judged : judge(path, bytes.toString('utf8'));
}

function judge(path: string, text: string): Snapshot {
  const malformed = (reason: string): Snapshot => ({ state: 'malformed', path, reason });
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
