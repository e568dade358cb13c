import fc from 'fast-check';
import type pg from 'pg';
import { writeFolder } from '../drizzle-project.js';
import { type Dice, diceOf } from './dice.js';
import { codeMakers, roles } from './make-code.js';
import { keyMakers } from './make-keys.js';
import { otherMakers } from './make-other.js';
import { createTable, type Maker, tableMakers } from './make-tables.js';
import { typeMakers } from './make-types.js';
import { emptyWorld, type World } from './model.js';

export const makers: Readonly<Record<string, Maker>> = {
  ...tableMakers,
  ...keyMakers,
  ...typeMakers,
  ...codeMakers,
  ...otherMakers,
};

export interface GeneratedMigration {
  readonly id: string;
  /** The journal's stamp, in ms. */
  readonly when: number;
  /** As PostgreSQL's parser divides the text: in order, without semicolon. */
  readonly statements: readonly string[];
  /** The maker of each statement: "dropColumn". */
  readonly kinds: readonly string[];
  readonly text: string;
}

export interface GeneratedFolder {
  readonly migrations: readonly GeneratedMigration[];
  /** All of it by relative path, journal included; without snapshots. */
  readonly files: Readonly<Record<string, string>>;
  /** The schema after the last statement. */
  readonly world: World;
}

export interface FolderOptions {
  /** Number of migrations: from 2 to 8 where not told. */
  readonly least?: number;
  readonly most?: number;
  /** Only these makers; the first statement always makes a table. */
  readonly only?: readonly string[];
  /** Major version of the server they are for; 18 where not told. */
  readonly server?: number;
}

/** One statement to be: which maker, and the seed of its choices. */
interface Choice {
  readonly maker: string;
  readonly seed: number;
}

/**
 * Folders of migrations that run in order without an error. A case is a list of choices, played
 * on a model of the schema; taking some away gives another valid folder, so shrinking is cheap.
 */
export function folders(options: FolderOptions = {}): fc.Arbitrary<GeneratedFolder> {
  const choice = fc.record({
    maker: fc.constantFrom(...(options.only ?? Object.keys(makers))),
    seed: fc.noShrink(fc.nat(2_147_483_647)),
  });
  return fc
    .record({
      style: fc.constantFrom('kit' as const, 'hand' as const),
      seed: fc.noShrink(fc.nat(2_147_483_647)),
      plan: fc.array(fc.array(choice, { minLength: 1, maxLength: 6, size: 'max' }), {
        minLength: options.least ?? 2,
        maxLength: options.most ?? 8,
        size: 'max',
      }),
    })
    .map(({ style, seed, plan }) => play(style, options.server ?? 18, seed, plan));
}

/** Where every choice finds its dice: the world keeps one object whose numbers change. */
function replaceable(first: Dice): { dice: Dice; load(next: Dice): void } {
  let current = first;
  return {
    dice: {
      below: (sides) => current.below(sides),
      chance: (of100) => current.chance(of100),
      pick: (items) => current.pick(items),
      maybe: (items) => current.maybe(items),
      some: (items, most) => current.some(items, most),
    },
    load: (next) => {
      current = next;
    },
  };
}

function play(
  style: World['style'],
  server: number,
  seed: number,
  plan: readonly (readonly Choice[])[],
): GeneratedFolder {
  const { dice, load } = replaceable(diceOf(seed));
  const world = emptyWorld(dice, style, server);
  const migrations = plan.map((choices, index) => {
    const made: { sql: string; kind: string }[] = [];
    if (index === 0) made.push({ sql: createTable(world)?.[0] ?? '', kind: 'createTable' });
    for (const choice of choices) {
      load(diceOf(choice.seed));
      made.push(...statementsFor(world, choice));
    }
    return migration(world, index, made);
  });
  return folder(migrations, world);
}

/** What makes the things that a maker changes. */
const before: Readonly<Record<string, string>> = {
  viewIndex: 'createView',
  viewOnView: 'createView',
  changeView: 'createView',
  readSequence: 'createSequence',
  changeSequence: 'createSequence',
  changeTrigger: 'createTrigger',
  createTrigger: 'createFunction',
  changeFunction: 'createFunction',
  moveType: 'createEnum',
  renameType: 'createComposite',
  dropType: 'createDomain',
  columnOfType: 'createEnum',
  addValue: 'createEnum',
  renameValue: 'createEnum',
  rebuildEnum: 'columnOfType',
  changeDomain: 'createDomain',
  changeComposite: 'createComposite',
  moveTable: 'createSchema',
  changeSchema: 'createSchema',
  changePolicy: 'createPolicy',
  changeIndex: 'createIndex',
  dropExpression: 'addGenerated',
  validate: 'check',
  replaceCheck: 'check',
  renameConstraint: 'unique',
  dropConstraint: 'check',
};

/** What does not fit the world becomes something that does: what it needs, first. */
function statementsFor(world: World, { maker }: Choice): { sql: string; kind: string }[] {
  const made: { sql: string; kind: string }[] = [];
  const run = (kind: string): boolean => {
    const statements = makers[kind]?.(world) ?? null;
    made.push(...(statements ?? []).map((sql) => ({ sql, kind })));
    return statements !== null;
  };
  const needed = before[maker];
  if (run(maker) || (needed !== undefined && run(needed) && run(maker))) return made;
  if (made.length === 0 && !run(world.dice.pick(Object.keys(makers)))) run('addColumn');
  return made;
}

const tags = ['init', 'add_orders', 'fluffy_wolverine', 'Rename Things', 'grüße', 'cleanup'];

export function migration(
  world: World,
  index: number,
  made: readonly { readonly sql: string; readonly kind: string }[],
): GeneratedMigration {
  const crlf = world.dice.chance(5);
  const lines = (text: string): string => (crlf ? text.replaceAll('\n', '\r\n') : text);
  const statements = made.map(({ sql }) => lines(sql));
  return {
    id: `${String(index).padStart(4, '0')}_${tags[index % tags.length]}`,
    when: 1_700_000_000_000 + index * 60_000,
    statements,
    kinds: made.map(({ kind }) => kind),
    text: lines(
      textOf(
        world,
        made.map(({ sql }) => sql),
      ),
    ),
  };
}

const notes = [
  '-- made by hand; see the ticket',
  '/* two; parts */',
  "-- don't",
  '/* outer /* inner; */ */',
];

/** drizzle-kit puts each statement in a chunk of its own; people join them, and write comments. */
function textOf({ style, dice }: World, statements: readonly string[]): string {
  const marker = '--> statement-breakpoint';
  if (style === 'kit' && dice.chance(70)) {
    return statements.map((sql) => `${sql};`).join(`${marker}\n`);
  }
  const divided = dice.chance(60);
  const parts = statements.map((sql, at) => {
    const note = dice.chance(25) ? `${dice.pick(notes)}\n` : '';
    const last = at === statements.length - 1;
    const end = last
      ? dice.pick(['', '\n', `\n${marker}\n`])
      : divided && dice.chance(60)
        ? `\n${marker}\n`
        : dice.pick(['\n', '\n\n', ' ']);
    return `${note}${sql};${end}`;
  });
  return parts.join('');
}

export function folder(migrations: readonly GeneratedMigration[], world: World): GeneratedFolder {
  const entries = migrations.map(({ id, when }, idx) => ({
    idx,
    version: '7',
    when,
    tag: id,
    breakpoints: true,
  }));
  const journal = { version: '7', dialect: 'postgresql', entries };
  const made: GeneratedFolder = {
    migrations,
    files: {
      ...Object.fromEntries(migrations.map(({ id, text }) => [`${id}.sql`, text])),
      'meta/_journal.json': `${JSON.stringify(journal, null, 2)}\n`,
    },
    world,
  };
  // What a failing property prints: the SQL, not the model.
  Object.defineProperty(made, fc.toStringMethod, { value: () => show(made) });
  return made;
}

function show({ migrations }: GeneratedFolder): string {
  return migrations.map(({ id, text }) => `\n=== ${id}\n${text}`).join('');
}

/** Replaces what is in the folder on the disk. */
export async function writeGenerated(
  root: string,
  made: Pick<GeneratedFolder, 'files'>,
): Promise<void> {
  await writeFolder(root, made.files);
}

/** Makes the roles that grants and policies name; roles belong to the whole server. */
export async function ensureRoles(client: pg.Client): Promise<void> {
  for (const role of roles) {
    await client.query(`DO $$ BEGIN CREATE ROLE ${role} NOLOGIN;
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
  }
}
