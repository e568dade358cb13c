import type { CatalogObject } from '../catalog.js';
import { alterColumn } from './alter-column.js';
import { enable, enableEventTrigger, sequenceOptions, viewSql } from './create.js';
import { routineSql, unchecked } from './create-routine.js';
import { changeOptions, security } from './create-table.js';
import { rebuildEnum } from './enum.js';
import { identsOf, listed, nameOf, saysOf } from './names.js';
import { giveWay, readersOf, rebuild } from './rebuild.js';
import type { Draft, Step } from './step.js';

/** Brings an object that stayed back to its definition before. */
export function alter(now: CatalogObject, prior: CatalogObject, step: Step, draft: Draft): void {
  switch (now.kind) {
    case 'column':
      return alterColumn(now, prior, step, draft);
    case 'table':
      return alterTable(now, prior, draft);
    case 'enum':
      return rebuildEnum(now, prior, step, draft);
    case 'domain':
      return alterDomain(now, prior, draft);
    case 'sequence':
      return alterSequence(now, prior, draft);
    case 'view':
    case 'materialized view':
      return alterView(now, prior, step, draft);
    case 'function':
    case 'procedure':
      return alterRoutine(now, prior, step, draft);
    case 'type':
      return alterType(now, prior, step, draft);
    case 'trigger':
    case 'rule':
      if (now.parts['definition'] === prior.parts['definition']) {
        draft.alters.push(
          ...enable(prior, prior.parts['enabled'] ?? 'true', now.parts['enabled'] ?? 'true'),
        );
      } else giveWay(now, step, draft);
      return;
    case 'index':
      return alterIndex(now, prior, step, draft);
    case 'constraint':
    case 'policy':
    case 'statistics':
    case 'publication':
    case 'cast':
      return giveWay(now, step, draft);
    case 'event trigger':
      if (onlyDiffer(now, prior, ['enabled'])) draft.alters.push(enableEventTrigger(prior));
      else giveWay(now, step, draft);
      return;
    case 'extension':
      draft.alters.push(`ALTER EXTENSION ${nameOf(now)} SET SCHEMA ${prior.parts['schema']}`);
      return;
    default:
      draft.refused.push(`how ${now.key} was changed is not taken back`);
  }
}

/** Which parts are others. */
function differing(now: CatalogObject, prior: CatalogObject): string[] {
  const names = new Set([...Object.keys(now.parts), ...Object.keys(prior.parts)]);
  return [...names].filter((name) => now.parts[name] !== prior.parts[name]);
}

function onlyDiffer(now: CatalogObject, prior: CatalogObject, parts: readonly string[]): boolean {
  return differing(now, prior).every((part) => parts.includes(part));
}

function alterTable(now: CatalogObject, prior: CatalogObject, draft: Draft): void {
  const name = nameOf(now);
  const [from, to] = [now.parts, prior.parts];
  for (const part of differing(now, prior)) {
    switch (part) {
      case 'persistence':
        draft.alters.push(
          `ALTER TABLE ${name} SET ${to[part] === 'unlogged' ? 'UNLOGGED' : 'LOGGED'}`,
        );
        break;
      case 'options':
        draft.alters.push(
          ...changeOptions(to[part], from[part]).map((what) => `ALTER TABLE ${name} ${what}`),
        );
        break;
      case 'access method':
        draft.alters.push(`ALTER TABLE ${name} SET ACCESS METHOD ${to[part] ?? 'heap'}`);
        break;
      case 'partition bound':
      case 'row security':
      case 'row security forced':
      case 'replica identity':
        break;
      case 'inherits':
        inherit(name, from, to, draft);
        break;
      default:
        draft.refused.push(`the ${part} of ${now.key} is not taken back`);
    }
  }
  if (from['inherits'] === to['inherits'] && from['partition bound'] !== to['partition bound']) {
    inherit(name, from, {}, draft);
    inherit(name, {}, to, draft);
  }
  draft.alters.push(...security(prior, from));
}

function inherit(
  name: string,
  from: CatalogObject['parts'],
  to: CatalogObject['parts'],
  draft: Draft,
): void {
  const [had, wanted] = [listed(from['inherits'] ?? ''), listed(to['inherits'] ?? '')];
  for (const parent of had.filter((one) => !wanted.includes(one))) {
    draft.first.push(
      from['partition bound'] === undefined
        ? `ALTER TABLE ${name} NO INHERIT ${parent}`
        : `ALTER TABLE ${parent} DETACH PARTITION ${name}`,
    );
  }
  for (const parent of wanted.filter((one) => !had.includes(one))) {
    const bound = to['partition bound'];
    draft.late.push(
      bound === undefined
        ? `ALTER TABLE ${name} INHERIT ${parent}`
        : `ALTER TABLE ${parent} ATTACH PARTITION ${name} ${bound}`,
    );
  }
}

function alterDomain(now: CatalogObject, prior: CatalogObject, draft: Draft): void {
  const name = nameOf(now);
  if (!onlyDiffer(now, prior, ['default', 'nullable'])) {
    draft.refused.push(`the type of ${now.key} is not taken back`);
    return;
  }
  const value = prior.parts['default'];
  if (value !== now.parts['default'])
    draft.alters.push(
      `ALTER DOMAIN ${name} ${value === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${value}`}`,
    );
  if (prior.parts['nullable'] !== now.parts['nullable']) {
    draft.alters.push(
      `ALTER DOMAIN ${name} ${prior.parts['nullable'] === 'false' ? 'SET' : 'DROP'} NOT NULL`,
    );
  }
}

function alterSequence(now: CatalogObject, prior: CatalogObject, draft: Draft): void {
  const name = nameOf(now);
  const [from, to] = [now.parts, prior.parts];
  if (!onlyDiffer(now, prior, ['owned by', 'persistence']))
    draft.alters.push(`ALTER SEQUENCE ${name} ${sequenceOptions(to)}`);
  if (from['persistence'] !== to['persistence']) {
    draft.alters.push(
      `ALTER SEQUENCE ${name} SET ${to['persistence'] === 'unlogged' ? 'UNLOGGED' : 'LOGGED'}`,
    );
  }
  if (from['owned by'] === to['owned by']) return;
  // Before its column goes, or it would go with that.
  if (from['owned by'] !== undefined) draft.first.push(`ALTER SEQUENCE ${name} OWNED BY NONE`);
  if (to['owned by'] !== undefined)
    draft.late.push(`ALTER SEQUENCE ${name} OWNED BY ${to['owned by']}`);
}

function alterView(now: CatalogObject, prior: CatalogObject, step: Step, draft: Draft): void {
  if (onlyDiffer(now, prior, ['options'])) {
    const what = now.kind === 'view' ? 'VIEW' : 'MATERIALIZED VIEW';
    const sets = changeOptions(prior.parts['options'], now.parts['options']);
    draft.alters.push(...sets.map((one) => `ALTER ${what} ${nameOf(now)} ${one}`));
    return;
  }
  const [is, was] = [now, prior].map(({ parts }) => step.width(parts['definition'] ?? ''));
  // One statement left the columns that were there as they were, so as many are the same ones.
  const alike =
    now.kind === 'view' && is !== null && is === was && readersOf(nameOf(now), step).length > 0;
  const plain = now.parts['defaults'] === undefined && prior.parts['defaults'] === undefined;
  if (alike && plain) draft.alters.push(viewSql(prior, true));
  else rebuild(now.key, step, draft);
}

function alterRoutine(now: CatalogObject, prior: CatalogObject, step: Step, draft: Draft): void {
  const defaults = ({ parts }: CatalogObject): number =>
    (parts['arguments'] ?? '').split(' DEFAULT ').length;
  if (now.parts['returns'] === prior.parts['returns'] && defaults(now) <= defaults(prior)) {
    draft.alters.push(...unchecked(prior), routineSql(prior, true));
    return;
  }
  const name = identsOf(nameOf(now)).join('.');
  const users = [...step.now.values()].filter(
    (object) => object.key !== now.key && object.kind !== 'grant' && saysOf(object, name),
  );
  for (const user of users) {
    draft.refused.push(`${user.key} uses ${now.key}, which has to be dropped and made anew`);
  }
  rebuild(now.key, step, draft);
}

/** A composite type: made anew where nothing is of it, else attribute by attribute. */
function alterType(now: CatalogObject, prior: CatalogObject, step: Step, draft: Draft): void {
  const name = nameOf(now);
  const users = [...step.now.values()].filter(
    (object) => object.key !== now.key && saysOf(object, name),
  );
  if (now.parts['attributes'] === undefined || users.length === 0) {
    for (const user of users)
      draft.refused.push(`${user.key} uses ${now.key}, which has to be made anew`);
    return rebuild(now.key, step, draft);
  }
  const read = (object: CatalogObject): Map<string, string> =>
    new Map(
      listed(object.parts['attributes'] ?? '').map((text) => [identsOf(text)[0] ?? '', text]),
    );
  const [from, to] = [read(now), read(prior)];
  const added = [...to.keys()].filter((attribute) => !from.has(attribute));
  const isTail = [...to.keys()]
    .slice(to.size - added.length)
    .every((attribute) => added.includes(attribute));
  if (!isTail)
    draft.refused.push(
      `an attribute of ${now.key} cannot come back in its place: ${users[0]?.key} uses the type`,
    );
  const change = (what: string): void => void draft.alters.push(`ALTER TYPE ${name} ${what}`);
  for (const attribute of from.keys())
    if (!to.has(attribute)) change(`DROP ATTRIBUTE ${attribute}`);
  for (const [attribute, text] of to) {
    const type = text.slice(attribute.length + 1);
    if (!from.has(attribute)) change(`ADD ATTRIBUTE ${attribute} ${type}`);
    else if (from.get(attribute) !== text) change(`ALTER ATTRIBUTE ${attribute} TYPE ${type}`);
  }
}

function alterIndex(now: CatalogObject, prior: CatalogObject, step: Step, draft: Draft): void {
  if (!onlyDiffer(now, prior, ['clustered', 'replica identity'])) return giveWay(now, step, draft);
  const table = nameOf({ key: now.parent ?? '' });
  const index = identsOf(nameOf(now)).at(-1) ?? '';
  if (prior.parts['clustered'] !== now.parts['clustered']) {
    draft.alters.push(
      `ALTER TABLE ${table} ${prior.parts['clustered'] === undefined ? 'SET WITHOUT CLUSTER' : `CLUSTER ON ${index}`}`,
    );
  }
  if (
    prior.parts['replica identity'] !== undefined &&
    now.parts['replica identity'] === undefined
  ) {
    draft.alters.push(`ALTER TABLE ${table} REPLICA IDENTITY USING INDEX ${index}`);
  }
}
