import { join } from 'node:path';
import { messageOf } from '../../core/errors.js';
import type { CatalogObject } from '../../core/catalog.js';
import type { HistoryRow } from '../../core/facts.js';
import { quoteIdent } from '../../core/tool.js';
import { readFolderContents } from '../../files/read-folder.js';
import { withConnection } from '../../postgres/connect.js';
import { loadParser } from '../../postgres/parse.js';
import { restoreSchema } from '../../sandbox/rehearsal/restore.js';
import { loadTrees } from '../../sandbox/replay/tree.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import { folderOf, type Given, layOut } from '../from/given.js';
import { catalogOf, judge } from '../from/judge.js';
import { makeHistory, runMigrations, whyNotRun } from '../from/run-migrations.js';
import type { Drill, Ground, Verdict } from '../ground.js';
import { givenOf, type Recorded } from './recorded.js';

/** A drill that begins where the incident began, without its rows. */
export function drillOfIncident(recorded: Recorded): Drill {
  const { name, page, goal, hints, goodRun, edited } = recorded;
  const given = givenOf(recorded);
  let begun: readonly CatalogObject[] = [];
  return {
    name: `incident of ${name}`,
    title: `An incident of ${name}, played again`,
    project: name.replaceAll(/[^\w.-]/g, '_'),
    incident: null,
    ...{ page, goal, hints, goodRun },
    make: async (ground) => {
      await make(ground, given, recorded);
      begun = await catalogOf(ground.url, given);
    },
    judge: async (ground) => {
      const made = await madeBy(ground, given);
      if ('refused' in made) return made.refused;
      const keys = new Set(made.catalog.map(({ key }) => key));
      const drifted = recorded.findings.includes('drift-changed');
      const besides = begun.filter(({ key }) => drifted || !keys.has(key));
      const truth = { ...{ catalog: made.catalog, besides, edited }, contents: null, rows: [] };
      return judge(ground, given, truth);
    },
  };
}

async function make({ url, dir }: Ground, given: Given, recorded: Recorded): Promise<void> {
  await layOut(given, dir, url);
  const { schema, roles, history } = recorded;
  const parser = await loadParser();
  await loadTrees();
  await withConnection(url, { purpose: 'drill' }, async ({ client }) => {
    // On the drill's own server; one that is there already will do.
    for (const role of roles) await client.query(`CREATE ROLE ${quoteIdent(role)}`).catch(() => {});
    const { signal } = new AbortController();
    // The file may come from anybody.
    const dump = schema.flatMap((text) => (whyNotRun(text) === null ? `${text};\n` : [])).join('');
    await restoreSchema(client, dump, { parser, owners: true, signal, fence: null });
    await client.query(`SELECT pg_catalog.set_config('search_path', 'public', false)`);
    const { table, rows, sequence } = history;
    for (const row of table === null ? [] : rows) {
      const sql = given.tool.historySql.restore(table ?? given.table, row as unknown as HistoryRow);
      await client.query(sql);
    }
    if (sequence !== null) {
      await client.query('SELECT pg_catalog.setval($1, $2, false)', [sequence.name, sequence.next]);
    }
    await client.query('ANALYZE');
  });
}

/** What the drill's files make of an empty database, by now. */
async function madeBy(
  { dir, sandbox }: Pick<Ground, 'dir' | 'sandbox'>,
  given: Given,
): Promise<{ readonly catalog: readonly CatalogObject[] } | { readonly refused: Verdict }> {
  const { tool, migrations } = given;
  const root = join(dir, migrations);
  const { files } = await readFolderContents(root, migrations, (path) => tool.wants(path));
  try {
    return { catalog: await catalogFromEmpty({ ...given, files }, sandbox) };
  } catch (error) {
    const fact = `What the migrations make cannot be said: ${messageOf(error)}`;
    return { refused: { solved: false, facts: [fact] } };
  }
}

/** @throws UserError where they do not run from the first to the last */
export async function catalogFromEmpty(
  given: Given,
  sandbox: Sandbox,
): Promise<readonly CatalogObject[]> {
  const folder = folderOf(given, '/');
  const { runs, fails } = given.tool.nextRun(folder, null);
  if (fails !== null) throw new Error(fails.message);
  const order = runs.flatMap((id) => folder.migrations.find((one) => one.id === id) ?? []);
  const program = order.find(({ isCode }) => isCode === true);
  if (program !== undefined) throw new Error(`${program.id} is a program, not SQL`);
  const url = await sandbox.createDatabase();
  try {
    await withConnection(url, { purpose: 'drill' }, async ({ client }) => {
      await makeHistory(client, given);
      await runMigrations(client, given, order);
    });
    return await catalogOf(url, given);
  } finally {
    await sandbox.dropDatabase(url);
  }
}
