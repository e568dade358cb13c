import { partsOf, withoutArguments } from '../../core/evidence/written-names.js';
import type { Knowledge, MissingKind } from './knowledge.js';
import type { LiveSide } from './live-side.js';

const KEYS: Readonly<Record<string, RegExp>> = {
  schema: /^schema /,
  relation: /^(?:table|foreign table|view|materialized view|sequence|index) /,
  type: /^(?:type|enum|domain) /,
  function: /^(?:function|procedure|aggregate) /,
};

/** The name in a catalog's key as messages have it: without quotes, and without arguments. */
export function plainName(key: string): string {
  const written = key.replace(/^(?:[a-z]+ )+/, '');
  return written.includes('"')
    ? partsOf(withoutArguments(written)).join('.')
    : written.replace(/\(.*$/s, '');
}

/** Whether the live database has something of this kind and plain name ("public.users"). */
export function liveHas({ catalog }: LiveSide, kind: MissingKind, name: string): boolean {
  const words = KEYS[kind];
  return catalog.some(({ key }) => words?.test(key) === true && plainName(key) === name);
}

/**
 * What a message names, with its schema. Messages have names without quotes, so that a dot may be part
 * of one: then it is what somebody has that counts.
 */
export function qualifiedName(
  { kind, name }: { readonly kind: MissingKind; readonly name: string },
  schema: string,
  knowledge: Knowledge,
  live: LiveSide | null,
): string {
  const here = `${schema}.${name}`;
  if (!name.includes('.')) return here;
  const known = (full: string): boolean =>
    knowledge.makes(kind, full) || (live !== null && liveHas(live, kind, full));
  return !known(name) && known(here) ? here : name;
}

/** Schema and name of a qualified plain name. */
export function placeOf(full: string, live: LiveSide): readonly [schema: string, name: string] {
  const dots = [...full.matchAll(/\./g)].map(({ index }) => index);
  const at = dots.find((dot) => liveHas(live, 'schema', full.slice(0, dot))) ?? dots[0] ?? 0;
  return [full.slice(0, at), full.slice(at + 1)];
}
