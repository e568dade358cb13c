import fc from 'fast-check';
import type pg from 'pg';
import { insertRow, value } from './columns.js';
import { diceOf } from './dice.js';
import { folder, folders, type GeneratedFolder, migration } from './folder.js';
import { ident, named, type World } from './model.js';
import { riskyMakers } from './risky.js';

/** A database with rows, and what its project would run next, in several versions. */
export interface DataCase {
  /** To be applied by the real migrator. */
  readonly applied: GeneratedFolder;
  /** Rows, one statement each; one that is refused is passed over (see `fillRows`). */
  readonly fill: readonly string[];
  /** Each a whole folder: what is applied, and one to three pending migrations after it. */
  readonly next: readonly GeneratedFolder[];
}

interface Pending {
  readonly maker: string;
  readonly seed: number;
}

const seeds = fc.noShrink(fc.nat(2_147_483_647));

/**
 * Cases for the next run; `versions` of it for each database, since a database costs more than a run.
 * `server`: its major version.
 */
export function foldersWithData(versions: number, server = 18): fc.Arbitrary<DataCase> {
  // What fails whatever the rows are would hide everything behind it.
  const blunt = ['exists', 'absent', 'wrong', 'outside'];
  const ofRows = Object.keys(riskyMakers).filter((name) => !blunt.includes(name));
  const pending: fc.Arbitrary<Pending> = fc.record({
    maker: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...ofRows) },
      { weight: 1, arbitrary: fc.constantFrom(...blunt) },
      { weight: 3, arbitrary: fc.constant('ordinary') },
    ),
    seed: seeds,
  });
  const plan = fc.array(fc.array(pending, { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 3,
  });
  return fc
    .record({
      applied: folders({ least: 1, most: 3, server }),
      seed: seeds,
      plans: fc.array(plan, { minLength: versions, maxLength: versions }),
    })
    .map(({ applied, seed, plans }) => {
      // What was added to an enum may be used once the run has ended.
      const world = copyOf(applied.world, seed);
      for (const type of world.types) type.values.push(...type.added.splice(0));
      const fill = rowsFor(world);
      const next = plans.map((plan) => pendingOn(applied, copyOf(world, seed + 1), plan));
      const made: DataCase = { applied, fill, next };
      Object.defineProperty(made, fc.toStringMethod, {
        value: () =>
          [fc.stringify(applied), '\n=== rows', ...fill, ...next.map(showPending(applied))].join(
            '\n',
          ),
      });
      return made;
    });
}

function showPending(applied: GeneratedFolder): (next: GeneratedFolder) => string {
  return ({ migrations }) =>
    migrations
      .slice(applied.migrations.length)
      .map(({ id, text }) => `\n=== pending ${id}\n${text}`)
      .join('');
}

/** The same objects once more, mentions of each other kept. */
function copyOf(world: World, seed: number): World {
  const { dice: _, ...data } = world;
  return { ...structuredClone(data), dice: diceOf(seed) };
}

function pendingOn(
  applied: GeneratedFolder,
  world: World,
  plan: readonly (readonly Pending[])[],
): GeneratedFolder {
  const pending = plan.map((choices, index) => {
    const made = choices.flatMap(({ maker, seed }) => {
      const own = { ...world, dice: diceOf(seed) };
      const statements = riskyMakers[maker]?.(own) ??
        riskyMakers['addNotNull']?.(own) ?? ['SELECT 1'];
      world.counter = own.counter;
      return statements.map((sql) => ({ sql, kind: maker }));
    });
    return migration(world, applied.migrations.length + index, made);
  });
  return folder([...applied.migrations, ...pending], world);
}

/** Rows with nulls, with equal values, with numbers that point nowhere, with text that is a number. */
function rowsFor(world: World): string[] {
  const { dice } = world;
  const statements: string[] = [];
  for (const table of world.tables) {
    if (!dice.chance(75)) continue;
    for (let left = 1 + dice.below(5); left > 0; left--) {
      const sql = insertRow(world, table, true);
      if (sql !== null) statements.push(sql);
    }
    const column = dice.maybe(table.columns.filter(({ generated }) => generated === null));
    if (column === null || !dice.chance(60)) continue;
    const name = ident(world, column.name);
    const plain = column.type.family === 'text' || column.type.family === 'varchar';
    const to =
      plain && dice.chance(60)
        ? dice.pick(["'17'", "'2024-02-03'", "'t'"])
        : value(world, column.type);
    const where = dice.pick(['', ` WHERE ${name} IS NULL`, ` WHERE ${name} IS NOT NULL`]);
    statements.push(
      `UPDATE ${named(world, table)} SET ${name} = ${dice.chance(20) ? 'NULL' : to}${where}`,
    );
  }
  return statements;
}

export async function fillRows(client: pg.Client, { fill }: Pick<DataCase, 'fill'>): Promise<void> {
  for (const sql of fill) await client.query(sql).catch(() => {});
}
