import type { Snapshot } from '../../core/facts.js';
import { parseJson, place } from '../drizzle/json.js';
import { mismatch, type Shape } from '../drizzle/snapshot-shape.js';

/** Enough of it to know it by; what drizzle-kit makes of the rest is its own affair. */
const shape: Shape = { version: 'string', id: 'string', prevIds: { list: 'string' } };

/** A snapshot as drizzle-kit 1.0 writes it: it may have several parents, and the first is named. */
export function readSnapshot(path: string, bytes: Buffer): Snapshot {
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const at = parseJson(text);
    const reason = at.ok ? 'not JSON' : `${place(text, at.offset)}: ${at.problem}`;
    return { state: 'malformed', path, reason };
  }
  const wrong = mismatch(value, shape);
  if (wrong !== null) return { state: 'malformed', path, reason: wrong };
  const { version, id, prevIds } = value as {
    version: string;
    id: string;
    prevIds: readonly string[];
  };
  return { state: 'read', path, id, prevId: prevIds[0] ?? '', version };
}
