import { canonical } from '../../core/digest.js';
import { plainName } from './live-names.js';
import type { MissingKind } from './knowledge.js';
import type { LiveSide } from './live-side.js';

/** Something the live database was asked for: what it has of that decides what the replay is. */
export interface LiveNeed {
  readonly kind: MissingKind;
  /** "anon", "public.users" */
  readonly name: string;
}

/** Text that is the same as long as the live database answers the same: the definitions of what was asked for. */
export function needsDigest(needs: readonly LiveNeed[], live: LiveSide | null): string {
  if (needs.length === 0) return '';
  if (live === null) return 'no live database';
  const parents = new Map(live.catalog.map(({ key, parent }) => [key, parent]));
  const top = (key: string): string => {
    let at = key;
    for (let up = parents.get(at); up !== undefined && up !== null; up = parents.get(at)) at = up;
    return at;
  };
  const names = new Set(needs.map(({ name }) => name));
  const roles = live.roles.filter(({ name }) => names.has(name));
  // Grants and functions have arguments behind the name; an extension may stand for any type or function.
  const objects = live.catalog.filter(
    ({ key, kind }) => kind === 'extension' || names.has(plainName(top(key))),
  );
  return canonical({ roles, objects });
}
