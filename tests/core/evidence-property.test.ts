import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CatalogObject } from '../../src/core/catalog.js';
import type { Evidence } from '../../src/core/evidence/evidence.js';
import type { Replay } from '../../src/core/replay.js';
import { cases } from '../support/cases.js';
import {
  catalogAfter,
  column,
  createTable,
  does,
  type Doing,
  replayed,
  rows,
  type Statement,
  weighed,
  withObjects,
} from '../support/finding-case-replay.js';

type World = Map<string, CatalogObject>;

/** What a draw of numbers does to the schema as it stands; null where it would fail. */
function statementOf(
  [kind, which, other, value]: readonly number[],
  world: World,
): Statement | null {
  const table = `public.t${which! % 3}`;
  const key = `${table}.c${other! % 2}`;
  const standing = world.get(`column ${key}`);
  const there = world.has(`table ${table}`);
  const dropping = (...keys: readonly string[]): Doing[] => keys.filter((one) => world.has(one));
  switch (kind! % 8) {
    case 0:
    case 1:
      return there ? null : createTable(table, 'id');
    case 2:
      return there && value === 0
        ? does(
            'DROP TABLE',
            ...dropping(
              `table ${table}`,
              ...['id', 'c0', 'c1'].map((one) => `column ${table}.${one}`),
            ),
          )
        : null;
    case 3:
    case 4:
      return there && !standing ? does('ADD COLUMN', column(key)) : null;
    case 5:
      return standing ? does('DROP COLUMN', `column ${key}`) : null;
    case 6:
      return standing
        ? does('SET', {
            ...standing,
            parts: { ...standing.parts, [value! % 2 ? 'default' : 'type']: `v${value}` },
          })
        : null;
    default:
      return rows();
  }
}

const draws = fc.array(
  fc.array(fc.array(fc.nat(11), { minLength: 4, maxLength: 4 }), { maxLength: 6 }),
  {
    minLength: 1,
    maxLength: 6,
  },
);

/** A folder whose every statement succeeds, one after another. */
const folders = draws.map((drawn): Replay => {
  const world: World = new Map();
  const migrations = drawn.map((list, at): [string, Statement[]] => {
    const own = list.flatMap((numbers) => {
      const made = statementOf(numbers, world);
      for (const doing of made?.does ?? []) {
        if (typeof doing === 'string') world.delete(doing);
        else world.set(doing.key, doing);
      }
      return made ?? [];
    });
    return [`m${at}`, own];
  });
  return replayed(Object.fromEntries(migrations));
});

const ids = ({ migrations }: Replay): string[] => migrations.map(({ id }) => id);
const look = (catalog: readonly CatalogObject[]): string =>
  JSON.stringify(catalog.toSorted((a, b) => (a.key < b.key ? -1 : 1)));

/** What a run in autocommit leaves that stopped after so many statements, and what is recorded then. */
function stopped(replay: Replay, after: number): { catalog: CatalogObject[]; recorded: string[] } {
  let left = after;
  const ran: string[] = [];
  const recorded: string[] = [];
  for (const { id, statements } of replay.migrations) {
    if (left >= statements.length) recorded.push(id);
    ran.push(`${id}:${Math.min(left, statements.length)}`);
    left = Math.max(0, left - statements.length);
    if (left === 0 && recorded.at(-1) !== id) break;
  }
  return { catalog: catalogAfter(replay, ...ran), recorded };
}

function statesOf({ migrations }: Evidence): string[] {
  return [...migrations.values()].flatMap(({ statements }) => statements.map(({ state }) => state));
}

// Long enough for the cases of `npm run test:deep`.
describe('for any folder', { timeout: 60_000 }, () => {
  test('run whole and recorded, all is there and nothing has drifted', () => {
    fc.assert(
      fc.property(folders, (replay) => {
        const found = weighed(replay, catalogAfter(replay, ...ids(replay)), ids(replay));
        expect(found.drift).toEqual([]);
        for (const { schema } of found.migrations.values()) {
          expect(['present', 'superseded', 'unprovable']).toContain(schema);
        }
      }),
      cases(400, 5000),
    );
  });

  test('stopped anywhere, nothing is called done that was not, nor not done that was', () => {
    fc.assert(
      fc.property(folders, fc.nat(36), (replay, drawn) => {
        const count = replay.migrations.flatMap(({ statements }) => statements).length;
        const at = drawn % (count + 1);
        const { catalog, recorded } = stopped(replay, at);
        const same = [...Array(count + 1).keys()].filter(
          (other) => look(stopped(replay, other).catalog) === look(catalog),
        );
        const found = weighed(replay, catalog, recorded);
        expect(found.drift).toEqual([]);
        statesOf(found).forEach((state, position) => {
          if (state === 'done' || state === 'superseded' || state === 'changed') {
            expect(position, 'called done').toBeLessThan(Math.max(...same));
          }
          if (state === 'not done') {
            expect(position, 'called not done').toBeGreaterThanOrEqual(Math.min(...same));
          }
        });
      }),
      cases(600, 10_000),
    );
  });

  test('what was recorded and run is neither absent nor partial because of a part changed by hand', () => {
    fc.assert(
      fc.property(folders, fc.nat(20), (replay, drawn) => {
        const catalog = catalogAfter(replay, ...ids(replay));
        const columns = catalog.filter(({ kind }) => kind === 'column');
        const one = columns[drawn % Math.max(1, columns.length)];
        fc.pre(one !== undefined);
        const changed = { ...one, parts: { ...one.parts, default: 'by hand' } };
        const found = weighed(replay, withObjects(catalog, changed), ids(replay));
        expect(found.drift.map(({ type, key }) => `${type} ${key}`)).toEqual([
          `changed ${one.key}`,
        ]);
        for (const { schema } of found.migrations.values()) {
          expect(['present', 'superseded', 'unprovable']).toContain(schema);
        }
      }),
      cases(400, 5000),
    );
  });

  test('what was removed by hand is named, and nothing else', () => {
    fc.assert(
      fc.property(folders, fc.nat(20), (replay, drawn) => {
        const catalog = catalogAfter(replay, ...ids(replay));
        const own = catalog.filter(({ kind }) => kind !== 'schema');
        const gone = own[drawn % Math.max(1, own.length)];
        fc.pre(gone !== undefined);
        const left = catalog.filter(({ key, parent }) => key !== gone.key && parent !== gone.key);
        const found = weighed(replay, left, ids(replay));
        const named = new Set([
          ...found.drift.map(({ key }) => key),
          ...[...found.migrations.values()].flatMap(({ lacks }) => lacks),
        ]);
        expect([...named]).toEqual([gone.key]);
      }),
      cases(400, 5000),
    );
  });
});
