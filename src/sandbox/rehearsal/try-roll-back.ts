import type { CatalogObject } from '../../core/catalog.js';
import type { TableRef } from '../../core/facts.js';
import type { InverseStatement } from '../../core/inverse/inverse.js';
import type { ExpectedObject } from '../../core/plan.js';
import type { Rehearsal, RelationSize } from '../../core/rehearsal.js';
import type { Tried } from '../../core/roll-back/roll-back.js';
import { standingIn } from '../../core/roll-back/dependents.js';
import { readCatalog } from '../../postgres/catalog/read-catalog.js';
import { readingTransactions } from '../../postgres/reading-transaction.js';
import { rehearse } from './rehearse.js';
import type { RehearsalInput } from './types.js';

export interface RollBackTrial extends Pick<
  RehearsalInput,
  'sandbox' | 'history' | 'live' | 'parser' | 'signal'
> {
  readonly statements: readonly Pick<InverseStatement, 'sql'>[];
  /** How everything that they touch must stand afterwards, as this sandbox prints it. */
  readonly target: readonly ExpectedObject[];
  /** As when the catalog is read. */
  readonly leaveOut: readonly TableRef[];
  /** Of the live database, whose rows are asked. */
  readonly url: string;
}

/**
 * Runs what takes migrations back on a copy of the live schema, in one transaction, and compares the
 * whole catalog: what is touched must be as `target` says, everything else as it was.
 * @throws as rehearse
 */
export async function tryRollBack(trial: RollBackTrial): Promise<Tried> {
  const { url, signal, statements, leaveOut } = trial;
  const seen: Partial<Record<'before' | 'after', readonly CatalogObject[]>> = {};
  const text = statements.map(({ sql }) => `${sql};`).join('\n');
  let offset = 0;
  const chunks = statements.map(({ sql }) => {
    const chunk = { text: `${sql};`, offset };
    offset += chunk.text.length + 1;
    return chunk;
  });
  const rehearsal = await readingTransactions(url, { purpose: 'rehearse', signal }, (look) =>
    rehearse({
      ...trial,
      runs: [{ id: 'the roll back', path: 'roll back', text, chunks, bare: false, record: null }],
      atomicity: 'all pending',
      ask: { look },
      onCopy: async (query, when) => {
        const [row] = await query(`SELECT current_setting('server_version_num') AS num`);
        seen[when] = await readCatalog(query, Number(row?.['num']), leaveOut);
      },
      onProgress: () => {},
    }),
  );
  const { before, after } = seen;
  const { others, along } =
    before && after ? differences(before, after, trial.target) : { others: [], along: [] };
  return {
    failure: before === undefined || after === undefined ? stopWords(rehearsal) : null,
    standing: [...standingIn(rehearsal.failure?.standing ?? ''), ...along],
    differences: others.filter(({ key }) => !along.some(({ what }) => what === key)),
    locks: unique(
      rehearsal.statements.flatMap(({ locks }) => locks),
      ({ relation, mode }) => `${mode} ${relation}`,
    ),
    rewrites: unique(
      rehearsal.statements.flatMap(({ rewrites }) => rewrites),
      ({ relation }) => relation,
    ),
    unknown: rehearsal.unknown,
  };
}

/** Only where it came to its end can it be compared: what could not be tried is not offered. */
function stopWords({ failure, unknown }: Rehearsal): string {
  if (failure === null) return ['it could not be tried to its end', ...unknown].join('. ');
  const { message, sqlstate, statement, evidence } = failure;
  return [`${message} (${sqlstate}), at: ${statement}`, ...evidence].join('. ');
}

function differences(
  before: readonly CatalogObject[],
  after: readonly CatalogObject[],
  target: readonly ExpectedObject[],
): { readonly others: Tried['differences']; readonly along: Tried['standing'] } {
  const touched = new Map(target.map((one) => [one.key, one]));
  const was = partsByKey(before);
  const is = partsByKey(after);
  const keys = [...new Set([...was.keys(), ...is.keys(), ...touched.keys()])].sort();
  const parents = new Map(before.map(({ key, parent }) => [key, parent]));
  const goneAbove = (key: string): string | null => {
    for (let up = parents.get(key) ?? null; up !== null; up = parents.get(up) ?? null) {
      if (touched.get(up)?.is === 'missing') return up;
    }
    return null;
  };
  // A right or a comment that was given by hand to what goes.
  const isNoteOf = (key: string): boolean =>
    /^(?:comment|grant|revoke) /.test(key) && !touched.has(key) && goneAbove(key) !== null;
  const others = keys.flatMap((key) => {
    const wanted = touched.get(key) ?? { is: 'there', parts: was.get(key) };
    const words = differenceOf(
      key,
      wanted.is === 'missing' ? undefined : wanted.parts,
      is.get(key),
    );
    return words === null || isNoteOf(key) ? [] : [{ key, words }];
  });
  const along = others.flatMap(({ key }) =>
    touched.has(key) || is.has(key)
      ? []
      : [{ what: key, on: goneAbove(key) ?? parents.get(key) ?? key, along: true }],
  );
  return { others, along };
}

type Parts = CatalogObject['parts'];

function partsByKey(list: readonly CatalogObject[]): ReadonlyMap<string, Parts> {
  return new Map(list.map(({ key, parts }) => [key, parts]));
}

function differenceOf(
  key: string,
  expected: Parts | undefined,
  found: Parts | undefined,
): string | null {
  if (expected === undefined || found === undefined) {
    if (expected === found) return null;
    return expected === undefined ? `${key} is there` : `${key} is not there`;
  }
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  const other = names.find((name) => expected[name] !== found[name]);
  if (other === undefined) return null;
  return `${key} has ${other} ${found[other] ?? 'none'}, not ${expected[other] ?? 'none'}`;
}

function unique<T extends RelationSize>(
  list: readonly T[],
  nameOf: (one: T) => string,
): readonly T[] {
  return [...new Map(list.map((one) => [nameOf(one), one])).values()];
}
