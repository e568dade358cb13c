import type { FolderContents, Memo } from '../tools/contract.js';
import { cacheFolder, keep, load, sha256, sweep } from './cache-folder.js';

/** Bytes of a folder below which judging it again costs nothing that anybody notices. */
const WORTH = 10_000_000;

/** A memo, and what keeps it for the next time. */
export interface KeptMemo extends Memo {
  save(): Promise<void>;
}

/**
 * What was found in the files of a large folder the last time, in $XDG_CACHE_HOME/pgmedic/judged: a
 * hundred megabytes of snapshots take half a second to parse and no time to hash. null: not worth it,
 * or no place for it.
 */
export async function openMemo(
  { root, files }: FolderContents,
  env: NodeJS.ProcessEnv = process.env,
): Promise<KeptMemo | null> {
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  const folder = bytes < WORTH ? null : await cacheFolder('judged', env);
  if (folder === null) return null;
  const name = `${sha256(root)}.memo`;
  const before = new Map(Object.entries((await load<Kept>(folder, name, isKept)) ?? {}));
  const now = new Map<string, string>();
  return {
    recall(key) {
      const value = before.get(key);
      if (value !== undefined) now.set(key, value);
      return value;
    },
    note: (key, value) => void now.set(key, value),
    async save() {
      // Nothing new, and nothing left over from files that are gone.
      if (now.size === before.size && [...now.keys()].every((key) => before.has(key))) return;
      await keep(folder, name, Object.fromEntries(now));
      await sweep(folder, /\.(?:memo|tmp)$/);
    },
  };
}

type Kept = Readonly<Record<string, string>>;

function isKept(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'string')
  );
}
