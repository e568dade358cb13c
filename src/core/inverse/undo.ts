import type { CatalogObject } from '../catalog.js';
import { alter } from './alter.js';
import { createSql } from './create.js';
import { dropSql } from './drop.js';
import {
  columnPlace,
  commentSql,
  defaultSql,
  regrant,
  touchesColumns,
  unlikeDefault,
} from './grants.js';
import { lossOfColumn } from './losses-column.js';
import { lossOf, lossOfKey, lossOfNewColumn } from './losses.js';
import { comesWithParent, detach } from './inherited.js';
import { inOrder, isForeignKey, isLower } from './order.js';
import { freeKey, referencedBy } from './rebuild.js';
import { strangersOf } from './strangers.js';
import { beneath, said } from './states.js';
import { type Draft, newDraft, type Step } from './step.js';

/** What takes one statement back; a renaming has its own way. */
export function undoStep(step: Step): Draft & { readonly sql: readonly string[] } {
  const draft = newDraft();
  for (const { now, prior } of step.deltas) {
    const object = now ?? prior;
    if (object === null || isNote(object)) continue;
    if (prior === null) draft.drops.set(object.key, object);
    else if (now === null) draft.makes.set(object.key, object);
  }
  for (const object of [...draft.drops.values()]) {
    freeKey(object, step, draft, (key) => step.remade.has(key));
  }
  // Labels first: defaults name them.
  const sorted = [...step.deltas].sort(
    (a, b) => Number(b.now?.kind === 'enum') - Number(a.now?.kind === 'enum'),
  );
  for (const { now, prior } of sorted) {
    if (now === null || prior === null || isNote(now)) continue;
    if (draft.drops.has(now.key)) continue;
    alter(now, prior, step, draft);
    if (now.kind === 'column' && !draft.drops.has(now.key))
      draft.losses.push(...lossOfColumn(now, prior, step));
  }
  const sql = assembled(step, draft);
  strangersOf(step, draft);
  perhapsThere(step, draft);
  return { ...draft, sql };
}

/** On the live database it may have found what the sandbox had not. */
function perhapsThere({ ref, text, now }: Step, draft: Draft): void {
  const says = /\bif\s+not\s+exists\b/i.test(text)
    ? 'IF NOT EXISTS'
    : /^\s*create\s+or\s+replace\b/i.test(text)
      ? 'OR REPLACE'
      : null;
  if (says === null) return;
  const implied = new Set(beneath(now, draft.drops.keys()).map(({ key }) => key));
  for (const key of draft.drops.keys()) {
    if (draft.makes.has(key) || implied.has(key)) continue;
    draft.remarks.push(
      `${said(ref)} of ${ref.migration} says ${says}: ${key} is dropped, also if it was there before`,
    );
  }
}

function isNote({ kind }: CatalogObject): boolean {
  return kind === 'comment' || kind === 'grant' || kind === 'default privilege';
}

function assembled(step: Step, draft: Draft): string[] {
  const made = making(step, draft);
  const { upper, lower } = dropping(step, draft);
  return [
    ...draft.first,
    ...defaults(step, false),
    ...upper,
    ...lower.rebuilt,
    ...made.lower,
    ...draft.alters,
    ...made.upper,
    ...draft.late,
    ...lower.gone,
    ...notes(step, draft),
    ...defaults(step, true),
  ];
}

/** Only what does not go with another one; what stands on others first. */
function dropping(
  { now, ...step }: Step,
  draft: Draft,
): { upper: string[]; lower: { rebuilt: string[]; gone: string[] } } {
  const { drops, makes } = draft;
  const implied = new Set(beneath(now, drops.keys()).map(({ key }) => key));
  const tables = new Set(
    [...drops.values()].flatMap(({ kind, key }) => (kind === 'table' ? [key] : [])),
  );
  const explicit = [...drops.values()].filter((object) => {
    if (isNote(object)) return false;
    if (!implied.has(object.key)) return !comesWithParent(object, now, drops);
    // Two tables that point to each other.
    return (
      isForeignKey(object) &&
      tables.has(`table ${referencedBy(object)?.table}`) &&
      `table ${referencedBy(object)?.table}` !== object.parent
    );
  });
  const upper: string[] = [];
  const rebuilt: string[] = [];
  const gone: string[] = [];
  for (const object of inOrder(explicit, now).toReversed()) {
    const sql = dropSql(object);
    upper.push(...detach(object, now));
    if (sql === null) draft.refused.push(`nothing drops ${object.key}`);
    else if (!isLower(object)) upper.push(sql);
    else if (makes.has(object.key)) rebuilt.push(sql);
    else gone.push(sql);
    if (sql !== null) draft.losses.push(...lossOf(object, { now, ...step }));
  }
  return { upper, lower: { rebuilt, gone } };
}

function making(step: Step, draft: Draft): { lower: string[]; upper: string[] } {
  const { prior, now } = step;
  const lower: string[] = [];
  const upper: string[] = [];
  const wanted = [...draft.makes.values()].filter((object) => !isNote(object));
  const tables = new Set(wanted.flatMap(({ kind, key }) => (kind === 'table' ? [key] : [])));
  let into = lower;
  for (const object of inOrder(wanted, prior)) {
    if (!isLower(object)) into = upper;
    if (object.kind === 'column' && tables.has(object.parent ?? '')) continue;
    if (!tables.has(object.parent ?? '') && comesWithParent(object, prior, draft.makes)) continue;
    const made = createSql(object, prior);
    if ('why' in made) {
      draft.refused.push(`${object.key} cannot be made again: ${made.why}`);
      continue;
    }
    into.push(...made.sql, ...unlikeDefault(object, prior));
    draft.late.push(...(made.late ?? []));
    if (now.has(object.key)) continue;
    draft.remarks.push(...(made.remarks ?? []));
    if (object.kind === 'column') draft.losses.push(...lossOfNewColumn(object, step));
    else if (!tables.has(object.parent ?? '')) draft.losses.push(...lossOfKey(object, step));
  }
  return { lower, upper };
}

/** Comments and rights: of what was made all that it had, of the others what was changed. */
function notes({ now, prior, deltas }: Step, draft: Draft): string[] {
  const made = new Set(draft.makes.keys());
  const dropped = new Set(draft.drops.keys());
  const under = (
    catalog: ReadonlyMap<string, CatalogObject>,
    roots: ReadonlySet<string>,
  ): CatalogObject[] => (roots.size === 0 ? [] : beneath(catalog, roots));
  const isNew = new Set(under(prior, made).map(({ key }) => key));
  const isGone = new Set(under(now, dropped).map(({ key }) => key));
  for (const key of made) {
    const object = draft.makes.get(key);
    if (object !== undefined && isNote(object)) isNew.add(key);
  }
  const changed = new Set(deltas.map(({ key }) => key));
  const has = (
    catalog: ReadonlyMap<string, CatalogObject>,
    kind: 'comment' | 'grant',
    drop: ReadonlySet<string>,
    more: (object: CatalogObject) => boolean,
  ): CatalogObject[] =>
    [...catalog.values()].filter(
      (object) => object.kind === kind && !drop.has(object.key) && more(object),
    );
  const touched = (object: CatalogObject): boolean =>
    changed.has(object.key) || isNew.has(object.key);
  const comments = [
    ...has(
      now,
      'comment',
      isGone,
      (object) => changed.has(object.key) && !prior.has(object.key),
    ).map((object) => commentSql(object, null, now)),
    ...has(prior, 'comment', new Set(), touched).map((object) =>
      commentSql(object, object.parts['text'] ?? '', prior),
    ),
  ];
  // All rights of a place together: to take some may take others.
  const places = touchesColumns(
    [...deltas.flatMap(({ now: is, prior: was }) => is ?? was ?? [])].filter(
      ({ kind }) => kind === 'grant',
    ),
  );
  const place = (object: CatalogObject): string =>
    object.key.replace(/^(?:grant|revoke) \w+ on /, '');
  const spots = new Set(
    [...now.values(), ...prior.values()]
      .filter((object) => object.kind === 'grant' && touched(object))
      .map(place),
  );
  const wanted = has(
    prior,
    'grant',
    new Set(),
    (object) =>
      spots.has(place(object)) || isNew.has(object.key) || places.has(columnPlace(object) ?? ''),
  );
  const standing = has(
    now,
    'grant',
    isGone,
    (object) =>
      spots.has(place(object)) && !isNew.has(object.key) && !places.has(columnPlace(object) ?? ''),
  );
  return [...comments, ...regrant(standing, wanted)];
}

function defaults({ deltas }: Step, give: boolean): string[] {
  return deltas.flatMap(({ now, prior }) => {
    if ((now ?? prior)?.kind !== 'default privilege') return [];
    if (give) return prior === null ? [] : [defaultSql(prior, true)];
    return now === null ? [] : [defaultSql(now, false)];
  });
}
