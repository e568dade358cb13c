import type { Migration } from '../../core/facts.js';
import type { Chunk, NewRow } from '../../core/tool.js';

const marker = '--> statement-breakpoint';

/** As drizzle-orm splits a file: at the bare marker, even inside a string or a comment, trimming nothing. */
export function chunks(text: string): Chunk[] {
  let offset = 0;
  return text.split(marker).map((part) => {
    const chunk = { text: part, offset };
    offset += part.length + marker.length;
    return chunk;
  });
}

/** What the migrator would record. null for a file that is missing, not listed, or listed twice, and for a stamp that is none. */
export function historyRow(migration: Migration): NewRow | null {
  const [entry, ...more] = migration.entries;
  const hash = migration.file?.hash ?? null;
  if (hash === null || entry === undefined || more.length > 0) return null;
  if (!Number.isSafeInteger(entry.when)) return null;
  return { hash, stamp: String(entry.when) };
}
