import type { Replay } from '../replay.js';
import { mentions, partsOf, withoutArguments } from './written-names.js';

/** What of an object's key is known of its parents. */
export interface Family {
  readonly key: string;
  readonly kind: string;
  readonly parent: string | null;
}

/**
 * Tells whether a statement that fails in the sandbox may be about an object: by what its text
 * would make, or because its text names it (a DO block's does not say more). How such an object
 * stands live is unknown, not drift.
 *
 * @param find an object by its key, live or on a timeline
 */
export function taintOf(
  { migrations }: Replay,
  find: (key: string) => Family | undefined,
): (object: Family) => boolean {
  const failed = migrations.flatMap(({ statements }) =>
    statements.filter(({ error }) => error !== null && !error.redundant),
  );
  const names = new Set(failed.flatMap(({ error }) => error?.names ?? []));
  const texts = failed.map(({ text }) => text);
  if (failed.length === 0) return () => false;
  return (object) => {
    const line = lineage(object, find);
    if (line.some((one) => names.has(nameOf(one)))) return true;
    const words = line.map((one) => partsOf(nameOf(one)).at(-1) ?? '');
    return texts.some((text) => words.every((word) => mentions(text, word)));
  };
}

/** The object and what it stands in, up to what stands in nothing but a schema. */
function lineage(object: Family, find: (key: string) => Family | undefined): Family[] {
  const parent = object.parent === null ? undefined : find(object.parent);
  return parent === undefined || parent.kind === 'schema'
    ? [object]
    : [object, ...lineage(parent, find)];
}

/** "public.users.email" of "column public.users.email"; a function's without its arguments. */
function nameOf({ key, kind }: Family): string {
  const text = key.startsWith(`${kind} `) ? key.slice(kind.length + 1) : key;
  return withoutArguments(text);
}
