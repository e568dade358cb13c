import type pg from 'pg';
import { UserError } from '../../core/errors.js';
import type { HistoryRow, Migration } from '../../core/facts.js';
import { quoteTable } from '../../core/tool.js';
import type { Fault, Kind } from './faults.js';
import { folderOf, type Given } from './given.js';
import { historyOf, record } from './run-migrations.js';
import { type Scene, isData, isShown } from './scene.js';

/** What the history says, and does not. */
export const historyFaults: readonly Kind[] = [
  {
    name: 'run-by-hand',
    wants: 'a last migration that the schema shows',
    faults: (scene) => ofLast(scene, runByHand),
  },
  {
    name: 'never-run',
    wants: 'a last migration that the schema shows',
    faults: (scene) => ofLast(scene, neverRun),
  },
  {
    name: 'row-lost',
    wants: 'three migrations, one in the middle that the schema shows, and a row for each',
    faults: rowsLost,
  },
  {
    name: 'history-lost',
    wants: 'migrations that the schema shows, each of them',
    faults: historyLost,
  },
];

/** Of the last one, where all that it does is seen in the schema. */
function ofLast(scene: Scene, make: (scene: Scene, last: Migration) => Fault): readonly Fault[] {
  const last = scene.order.at(-1);
  if (last === undefined || !isShown(scene, last) || isData(scene, last)) return [];
  return [make(scene, last)];
}

function runByHand({ given: { tool }, order }: Scene, { id }: Migration): Fault {
  return {
    happened: `${id} had run, and its history row was taken away.`,
    page: `${tool.title} stops at what is there already, or is about to make it again: ${id}
"The pipeline was down, so I ran ${id} with psql, all of it.
It went through; I did not know that there is more to it."`,
    goal: `Get the history to say what has run. Nothing of ${id} is to run a second time.`,
    hints: [
      'Compare the last two columns of the board: what is recorded, and what is in the schema.',
      `All of ${id} is in the schema, and it has no row. Nothing has to be made.`,
      'The playbook baseline records what is proven to be there.',
    ],
    goodRun: { playbooks: ['baseline'], writes: 1 },
    ran: order,
    inject: (client, given) => forget(client, given, id),
  };
}

function neverRun({ given: { tool }, order }: Scene, last: Migration): Fault {
  const { id } = last;
  return {
    happened: `${id} was recorded, and none of it had run.`,
    page: `the new release does not find what its last migration makes: ${id}
"${tool.title} says that there is nothing to run. Before the release somebody
was marking things as applied, to get the pipeline green again."`,
    goal: `Get ${id} to run, once, and to be recorded.`,
    hints: [
      'The tool goes by its history alone. Look at the last column of the board: what of it is in the schema?',
      `Nothing of ${id} is there, and it has a row.`,
      'The playbook mark-unapplied takes the row away, by the evidence; then apply-manually runs it with its row.',
    ],
    goodRun: { playbooks: ['mark-unapplied', 'apply-manually'], writes: 2 },
    ran: order.slice(0, -1),
    inject: (client, given) => record(client, given, last),
  };
}

function rowsLost(scene: Scene): readonly Fault[] {
  const { order } = scene;
  // Where one row stands for all before it, there is none in the middle.
  if (order.length < 3 || isOneRow(scene)) return [];
  return order.slice(1, -1).flatMap((migration) => {
    if (!isShown(scene, migration) || isData(scene, migration)) return [];
    const { id } = migration;
    return [
      {
        happened: `The history row of ${id} was deleted, in the middle of the others.`,
        page: `a check of the history found one row fewer than there are migrations
"I cleaned the history of what looked like a duplicate. Deploys have been
fine, I think; a new database is made without a word."`,
        goal: 'Get a history with a row for each migration that has run; nothing of them is to run again.',
        hints: [
          'The column history of the board says which one has no row.',
          `${id} is in the schema, all of it. What the tool would do with it depends on the tool: run it again, or pass it over.`,
          'The playbook baseline records what is proven to be there.',
        ],
        goodRun: { playbooks: ['baseline'], writes: 1 },
        ran: order,
        fits: (client, own) => mayComeAnew(client, own, scene, migration),
        inject: (client, own) => forget(client, own, id),
      },
    ];
  });
}

function historyLost(scene: Scene): readonly Fault[] {
  const { given, order } = scene;
  const { tool, table } = given;
  const all = order.every((one) => isShown(scene, one) && !isData(scene, one));
  if (!all || tool.historyByMigration === true) return [];
  return [
    {
      happened: `The history table ${quoteTable(table)} was dropped.`,
      page: `the deploy begins with the very first migration, and fails: ${order[0]?.id}
"In the afternoon I tidied up: there was a table that nothing of ours reads,
so I dropped it. The app has been fine since."`,
      goal: 'Get a history that has a row for what has run. Nothing of it is to run again, and nothing to be lost.',
      hints: [
        'Without its table the tool takes the database for an empty one.',
        'What had run is seen in the schema: the last column of the board.',
        'The playbook baseline makes the table, with what belongs in it.',
      ],
      goodRun: { playbooks: ['baseline'], writes: 1 },
      ran: order,
      inject: async (client) => {
        await client.query(`DROP TABLE ${quoteTable(table)}`);
      },
    },
  ];
}

/** Whether the tool is content when the row is taken away and written anew: some go by the order of their rows. */
async function mayComeAnew(
  client: pg.Client,
  given: Given,
  { folder }: Scene,
  migration: Migration,
): Promise<boolean> {
  await client.query('BEGIN');
  await forget(client, given, migration.id);
  await record(client, given, migration);
  const { runs, fails } = given.tool.nextRun(folder, await historyOf(client, given));
  await client.query('ROLLBACK');
  return runs.length === 0 && fails === null;
}

function isOneRow({ given, order: [first] }: Scene): boolean {
  return first !== undefined && given.tool.historyRow(first, null)?.follows !== undefined;
}

/** Takes the row of a migration away, as the tool's own SQL does. */
async function forget(client: pg.Client, given: Given, id: string): Promise<void> {
  const history = await historyOf(client, given);
  const row: HistoryRow | undefined = given.tool
    .match(folderOf(given, '/'), history)
    .recorded.get(id)?.[0]?.row;
  if (row === undefined) throw new UserError(`${id} has no history row to take away.`);
  await client.query(given.tool.historySql.remove(given.table, row));
}
