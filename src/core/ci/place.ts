import type { Finding } from '../finding.js';
import type { Folder } from '../facts.js';

/** A file of the repository, and a line in it where one is known. */
export interface Place {
  /** With forward slashes, relative to where the check runs. */
  readonly path: string;
  /** From 1; null: the file as a whole. */
  readonly line: number | null;
}

/**
 * Where a finding shows in the repository: the first place of its evidence that is a file of the
 * folder, else the file of its first migration, else null. `base`: the project's path in the
 * repository, "" or "apps/shop/".
 */
export function placeOf(finding: Finding, folder: Folder, base: string): Place | null {
  const inFolder = `${folder.path}/`;
  for (const line of finding.evidence) {
    if (!line.startsWith(inFolder)) continue;
    const found = /^(.+?\.\w+)(?::(\d+))?(?=[:;, ]|$)/.exec(line);
    if (found?.[1] === undefined) continue;
    return { path: base + found[1], line: found[2] === undefined ? null : Number(found[2]) };
  }
  const of = folder.migrations.find(({ id, file }) => id === finding.migrations[0] && file);
  return of?.file ? { path: `${base}${folder.path}/${of.file.path}`, line: null } : null;
}
