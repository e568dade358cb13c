import type { CatalogObject } from '../catalog.js';
import { identsOf, listed, nameOf, unquoted } from '../inverse/names.js';
import type { Replay } from '../replay.js';

/** What stays and stands on something that goes; there is no CASCADE, so it is in the way. */
export interface Dependent {
  /** "view public.titles"; as the server says it where it is no object of the catalog. */
  readonly what: string;
  /** "table public.notes". */
  readonly on: string;
  /** It would go without a word, as an index does with its column. */
  readonly along: boolean;
  /** Migrations that stay and made or changed it, in their order; none: it was made by hand. */
  readonly by: readonly string[];
}

export interface Standing {
  readonly what: string;
  readonly on: string;
  readonly along?: boolean;
}

/** Each once, with the first that it stands on, and the migrations it is from. */
export function dependentsOf(
  standing: readonly Standing[],
  replay: Replay,
  live: readonly CatalogObject[],
  back: ReadonlySet<string>,
): readonly Dependent[] {
  const found = new Map<string, Dependent>();
  for (const { what: said, on, along = false } of standing) {
    const what = keyOf(said, live) ?? said;
    const by = replay.migrations.flatMap(({ id, statements }) =>
      !back.has(id) &&
      statements.some(({ changes }) =>
        changes.some((change) => change.type === 'set' && change.object.key === what),
      )
        ? [id]
        : [],
    );
    if (!found.has(what)) {
      found.set(what, { what, on: keyOf(on, live) ?? on, along, by });
    }
  }
  return [...found.values()];
}

/** "view public.titles (of 0003_titles) depends on table public.notes". */
export function dependentWords({ what, on, by, along }: Dependent): string {
  const from = by.length === 0 ? 'made by hand' : `of ${by.join(', ')}`;
  return `${what} (${from}) ${along ? 'would go with what goes of' : 'depends on'} ${on}`;
}

/** The lines of a "cannot drop ... because other objects depend on it": "view titles depends on table notes". */
export function standingIn(detail: string): readonly Standing[] {
  return detail.split('\n').flatMap((line) => {
    const found = /^(.+) depends on (.+)$/.exec(line);
    return found === null ? [] : [{ what: found[1] ?? '', on: found[2] ?? '' }];
  });
}

/** What the server calls something that stands in a relation, with a name that it does not quote. */
const WITHIN =
  /^(column|constraint|trigger|policy|rule) (.+) (?:of|on) (?:(?:materialized |foreign )?(?:table|view)|index|type|domain) (.+)$/s;
const ALONE =
  /^(materialized view|foreign table|event trigger|table|view|index|sequence|function|type|schema|extension|publication|operator|collation) (.+)$/s;
/** Which kinds of ours a word of the server's stands for, where they are others. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  function: ['function', 'procedure', 'aggregate'],
  type: ['enum', 'domain', 'type', 'table', 'view', 'materialized view', 'foreign table'],
};

/** The key of what the server calls "view titles" or "policy p on table notes"; null where that is not one object. */
function keyOf(said: string, live: readonly CatalogObject[]): string | null {
  const plain = said.replace(/^default value for /, '');
  if (live.some(({ key }) => key === plain)) return plain;
  const [, part = '', own = '', relation = ''] = WITHIN.exec(plain) ?? [];
  // A view's query.
  if (part === 'rule' && own === '_RETURN') return keyOf(plain.replace(/^.* on /s, ''), live);
  const [, word = '', name = ''] = ALONE.exec(plain) ?? [];
  const found = live.filter((object) => {
    const path = identsOf(nameOf(object));
    if (part !== '') {
      const isOwn = object.kind === part && unquoted(path.at(-1) ?? '') === own;
      return isOwn && endsWith(path.slice(0, -1), identsOf(relation));
    }
    if (!(KINDS[word] ?? [word]).includes(object.kind)) return false;
    return endsWith(path, identsOf(name)) && argumentsIn(nameOf(object)) === argumentsIn(name);
  });
  const [only, ...more] = found;
  return only === undefined || more.length > 0 ? null : only.key;
}

/** Whether a path is the other one, with its schema in front where the server leaves it out. */
function endsWith(path: readonly string[], end: readonly string[]): boolean {
  const from = path.length - end.length;
  return end.length > 0 && from >= 0 && end.every((ident, at) => path[from + at] === ident);
}

/** How many; ours have names, the server's have none. */
function argumentsIn(name: string): number {
  const inner = /\((.*)\)$/s.exec(name)?.[1] ?? '';
  return listed(inner).length;
}
