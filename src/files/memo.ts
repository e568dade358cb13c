import { webcrypto } from 'node:crypto';
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
  const [kept, digests] = await Promise.all([load<Kept>(folder, name, isKept), digestsOf(files)]);
  const before = new Map(Object.entries(kept ?? {}));
  const now = new Map<string, string>();
  const keyOf = (path: string, judge: string): string => `${judge} ${digests.get(path)}`;
  return {
    recall(path, judge) {
      const key = keyOf(path, judge);
      const value = before.get(key);
      if (value !== undefined) now.set(key, value);
      return value;
    },
    note: (path, judge, value) => void now.set(keyOf(path, judge), value),
    async save() {
      // Nothing new, and nothing left over from files that are gone.
      if (now.size === before.size && [...now.keys()].every((key) => before.has(key))) return;
      await keep(folder, name, Object.fromEntries(now));
      await sweep(folder, /\.(?:memo|tmp)$/);
    },
  };
}

/** SHA-256 of each, in hex; by other threads, since the database is being read meanwhile. */
async function digestsOf(files: FolderContents['files']): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  const left = files.entries();
  const work = async (): Promise<void> => {
    // Each in turn: what is hashed is copied first, and all at once would be twice the folder.
    for (const [path, bytes] of left) {
      const digest = await webcrypto.subtle.digest('SHA-256', bytes);
      digests.set(path, Buffer.from(digest).toString('hex'));
    }
  };
  await Promise.all([work(), work()]);
  return digests;
}

type Kept = Readonly<Record<string, string>>;

function isKept(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'string')
  );
}
