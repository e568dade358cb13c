import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from './ground.js';

export interface Entry {
  readonly tag: string;
  readonly when: number;
}

/** A journal as drizzle-kit 0.31 writes it. */
export function journalText(sources: readonly Source[]): string {
  const entries = sources.map(({ tag, when }, idx) => ({
    idx,
    version: '7',
    when,
    tag,
    breakpoints: true,
  }));
  return JSON.stringify({ version: '7', dialect: 'postgresql', entries }, null, 2);
}

/** The entries of a folder's journal as they stand; null when it cannot be read. */
export async function readEntries(folder: string): Promise<readonly Entry[] | null> {
  try {
    const text = await readFile(join(folder, 'meta/_journal.json'), 'utf8');
    const { entries } = JSON.parse(text) as { entries: { tag: unknown; when: unknown }[] };
    return entries.map(({ tag, when }) => ({ tag: String(tag), when: Number(when) }));
  } catch {
    return null;
  }
}
