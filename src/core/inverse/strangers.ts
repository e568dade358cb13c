import type { CatalogObject } from '../catalog.js';
import { identsOf, keyName, nameOf, ownName, saysOf } from './names.js';
import { beneath } from './states.js';
import type { Draft, Step } from './step.js';

/**
 * What nothing that is taken back made, and what stands on an object that goes: a view made by hand, a
 * foreign key of a later migration. It would stand in the way, since there is no CASCADE; what goes
 * along without a word is told.
 */
export function strangersOf({ now, prior, strangers }: Step, draft: Draft): void {
  if (strangers.size === 0) return;
  const going = [...draft.drops.values()].filter(({ key }) => !draft.makes.has(key));
  const implied = new Set(
    beneath(
      now,
      going.map(({ key }) => key),
    ).map(({ key }) => key),
  );
  for (const key of strangers) {
    const object = now.get(key);
    if (object === undefined || !prior.has(key)) continue;
    if (['comment', 'grant'].includes(object.kind)) {
      if (implied.has(key)) {
        draft.remarks.push(
          `rights and comments given by hand to ${object.parent} go with it, and do not come back`,
        );
      }
      continue;
    }
    if (implied.has(key)) {
      draft.remarks.push(
        `${key}, which nothing that is taken back made, goes with ${object.parent}`,
      );
      continue;
    }
    for (const gone of going) {
      if (gone.kind === 'column') {
        const along =
          object.parent === gone.parent &&
          ['index', 'constraint', 'statistics'].includes(object.kind);
        if (along && saysOf(object, ownName(gone))) {
          draft.remarks.push(
            `${key}, which nothing that is taken back made, goes with ${gone.key}`,
          );
        }
      } else if (dependsOn(object, gone)) {
        draft.standing.push({ what: key, on: gone.key });
      }
    }
  }
}

function dependsOn(object: CatalogObject, gone: CatalogObject): boolean {
  const { noun, name } = keyName(gone.key);
  if (
    [
      'INDEX',
      'CONSTRAINT',
      'TRIGGER',
      'POLICY',
      'RULE',
      'CAST',
      'OPERATOR',
      'PUBLICATION',
    ].includes(noun)
  )
    return false;
  if (noun === 'SCHEMA')
    return identsOf(nameOf(object)).length > 1 && identsOf(nameOf(object))[0] === name;
  const { body: _, ...parts } = object.parts;
  return saysOf({ ...object, parts }, identsOf(name).join('.'));
}
