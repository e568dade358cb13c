import type { CatalogObject } from '../catalog.js';
import type { ExpectedObject } from '../plan.js';
import type { Effects } from '../sql.js';
import { driftOf } from './drift.js';
import type { Inverse, InverseRequest, InverseStatement, Loss, Refusal } from './inverse.js';
import { namesBack } from './live-names.js';
import { hiddenRenames } from './hidden-renames.js';
import { nameBack } from './rename.js';
import { ownSets } from './own.js';
import { rowsBack } from './rows.js';
import { type Applied, before, type Catalog, said, type States, statesOf } from './states.js';
import { undoStep } from './undo.js';

/** Server version taken for granted where none is told. */
const TODAY = 180000;

/**
 * The DDL that takes the applied statements back, the newest first. Pure: the same request gives the
 * same statements. Never CASCADE; what has no rule is refused, never guessed.
 */
export function inverseOf(request: InverseRequest): Inverse {
  const { parser, replay, serverVersionNum = TODAY } = request;
  const states = statesOf(request);
  const live = new Map(request.live.map((object) => [object.key, object]));
  const all = states.applied.map(({ statement }) => parser.effects(statement.text));
  const { applied, effects } = merged(states.applied, all);
  const own = ownSets(applied, effects);
  const names = namesBack(live);
  const statements: InverseStatement[] = [];
  const losses: Loss[] = [];
  const refused: Refusal[] = [...states.refused, ...drifted(states, live, request)];
  const remarks = new Set<string>();
  const remade = new Set<string>();
  const touched = new Set(states.applied.flatMap(({ deltas }) => deltas.map(({ key }) => key)));
  const untracked = new Set(replay.untracked);
  const byHand = request.live.filter(({ key }) => !states.end.has(key) && !touched.has(key));
  let now: Catalog = new Map([
    ...states.end,
    ...byHand.map((object) => [object.key, object] as const),
  ]);
  for (const [index, one] of [...applied.entries()].toReversed()) {
    const { ref, deltas, statement } = one;
    const effect = effects[index] as Effects;
    const prior = before(now, withoutKept(one, states));
    const refuse = (why: string): void => void refused.push({ of: ref, why });
    const add = (sql: readonly string[]): void =>
      void statements.push(...sql.map((text) => ({ sql: text, undoes: ref })));
    for (const { key } of deltas) {
      if (untracked.has(key)) refuse(`what becomes of ${key} could not be followed`);
      const kept = states.keptOn.get(key);
      if (kept !== undefined && kept.at > one.at)
        refuse(
          `${key} was changed again by ${said(kept.ref)} of ${kept.ref.migration}, which stays`,
        );
    }
    const rows = rowsBack(ref, statement, effect, now, own[index] ?? (() => false));
    for (const why of rows.refused) refuse(why);
    for (const remark of rows.remarks) remarks.add(remark);
    const renaming = effect.renames;
    if (renaming !== null) {
      const back = deltas.length === 0 ? null : nameBack(renaming, deltas);
      if (back !== null) {
        add([back.sql]);
        if (back.moved !== null) names.back(back.moved);
      } else if (deltas.length > 0)
        refuse(`${said(ref)} renamed something that the catalog does not show`);
    } else if (deltas.length > 0) {
      if (effect.opaque) for (const why of hiddenRenames(deltas)) refuse(why);
      const step = {
        ref,
        text: statement.text,
        remade,
        strangers: new Set([
          ...byHand.map(({ key }) => key),
          ...[...states.keptOn].flatMap(([key, kept]) => (kept.at > one.at ? [key] : [])),
        ]),
        now,
        prior,
        deltas,
        width: parser.width,
        version: serverVersionNum,
        live: names,
      };
      const undone = undoStep(step);
      add(undone.sql);
      losses.push(...undone.losses.map((loss) => ({ ...loss, undoes: ref })));
      for (const why of undone.refused) refuse(why);
      for (const standing of undone.standing) {
        const { what, on } = standing;
        const why = `${what} depends on ${on}, and nothing that is taken back made it`;
        refused.push({ of: ref, why, standing });
      }
      for (const remark of undone.remarks) remarks.add(remark);
      names.fresh(undone.makes.values());
      for (const key of undone.makes.keys()) remade.add(key);
    }
    now = prior;
  }
  return {
    statements,
    target: targetOf(states),
    losses,
    refused: unique(refused),
    remarks: [...remarks],
  };
}

/** What a kept statement made of an object since stays; that is refused above. */
function withoutKept({ deltas, at }: Applied, { keptOn }: States): Applied['deltas'] {
  return deltas.filter(({ key }) => (keptOn.get(key)?.at ?? -1) < at);
}

/** Objects that are not as the statements left them. */
function drifted(
  { applied, end }: States,
  live: ReadonlyMap<string, CatalogObject>,
  { same }: InverseRequest,
): Refusal[] {
  const seen = new Set<string>();
  return applied.toReversed().flatMap(({ ref, deltas }) =>
    deltas.flatMap(({ key }) => {
      if (seen.has(key)) return [];
      seen.add(key);
      const why = driftOf(key, end.get(key), live.get(key), same);
      return why === null ? [] : [{ of: ref, why }];
    }),
  );
}

function targetOf({ applied }: States): ExpectedObject[] {
  const target = new Map<string, ExpectedObject>();
  for (const { deltas } of applied) {
    for (const { key, prior } of deltas) {
      if (target.has(key)) continue;
      target.set(
        key,
        prior === null ? { key, is: 'missing' } : { key, is: 'unchanged', parts: prior.parts },
      );
    }
  }
  return [...target.values()];
}

function unique(refused: readonly Refusal[]): Refusal[] {
  const seen = new Set<string>();
  return refused.filter(({ of, why }) => {
    const id = `${of.migration} ${of.number} ${why}`;
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

/**
 * An enum that got one value after another is made anew once, not once for each. Only where nothing
 * came between.
 */
function merged(
  applied: readonly Applied[],
  effects: readonly Effects[],
): { readonly applied: readonly Applied[]; readonly effects: readonly Effects[] } {
  const one: { applied: Applied; effect: Effects }[] = [];
  for (const [index, next] of applied.entries()) {
    const effect = effects[index] as Effects;
    const last = one.at(-1);
    const [was, is] = [grownBy(last?.applied, last?.effect), grownBy(next, effect)];
    if (last !== undefined && was !== null && is !== null && was.key === is.key) {
      one.pop();
      one.push({ applied: { ...next, deltas: [{ ...is, prior: was.prior }] }, effect });
    } else one.push({ applied: next, effect });
  }
  return { applied: one.map((each) => each.applied), effects: one.map((each) => each.effect) };
}

function grownBy(
  applied: Applied | undefined,
  effect: Effects | undefined,
): Applied['deltas'][number] | null {
  const [delta, ...more] = applied?.deltas ?? [];
  const grows = delta?.now?.kind === 'enum' && delta.prior !== null && more.length === 0;
  return grows && effect?.renames === null && !effect.opaque ? delta : null;
}
