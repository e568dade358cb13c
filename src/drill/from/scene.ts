import { UserError } from '../../core/errors.js';
import type { Folder, Migration } from '../../core/facts.js';
import type { ReplayedStatement } from '../../core/replay.js';
import { preludeOf } from '../../core/tool.js';
import { loadParser } from '../../postgres/parse.js';
import { replay } from '../../sandbox/replay/replay.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import { folderOf, type Given } from './given.js';

/** The migrations as the tool would run them on an empty database, and what each does there. */
export interface Scene {
  readonly given: Given;
  readonly folder: Folder;
  readonly order: readonly Migration[];
  /** By id. */
  readonly statements: ReadonlyMap<string, readonly ReplayedStatement[]>;
  /** By key of an object that is there in the end: the id of the migration that gave it its last definition. */
  readonly makers: ReadonlyMap<string, string>;
}

/**
 * @throws UserError where they cannot be run on an empty database, with the reason
 */
export async function sceneOf(
  given: Given,
  sandbox: Sandbox,
  signal?: AbortSignal,
): Promise<Scene> {
  const { tool, table } = given;
  const folder = folderOf(given, '/');
  const { runs, fails, skips } = tool.nextRun(folder, null);
  const byId = new Map(folder.migrations.map((one) => [one.id, one]));
  const order = runs.flatMap((id) => byId.get(id) ?? []);
  if (fails !== null) throw refused(given, `it says: ${fails.message}`);
  const unlisted = folder.migrations.filter(({ id }) => !runs.includes(id) || skips.includes(id));
  if (unlisted.length > 0) {
    throw refused(given, `it would not run ${unlisted.map(({ id }) => id).join(', ')}`);
  }
  const program = order.find(({ isCode }) => isCode === true);
  if (program !== undefined) {
    const why = program.whyCode ? ` (${program.whyCode})` : '';
    throw refused(
      given,
      `${program.id} is a program, not SQL${why}: what it does cannot be replayed`,
    );
  }
  if (order.length === 0) throw refused(given, 'it has no migrations');
  const replayed = await replay({
    sandbox: () => Promise.resolve(sandbox),
    migrations: order.flatMap(({ id, file }) =>
      file === null ? [] : [{ id, text: file.text, chunks: tool.chunks(file.text) }],
    ),
    parser: await loadParser(),
    live: null,
    leaveOut: [table, ...(tool.beside?.(table) ?? [])],
    prelude: preludeOf(tool, table),
    ...(signal && { signal }),
  });
  const makers = new Map<string, string>();
  for (const { id, statements, unparsed } of replayed.migrations) {
    if (unparsed !== null) throw refused(given, `${id} cannot be read: ${unparsed}`);
    const failed = statements.find(({ error }) => error !== null);
    if (failed?.error) {
      const { line, error } = failed;
      throw refused(
        given,
        `${id} does not run on an empty database: ${error.message} (${error.sqlstate}, line ${line})`,
      );
    }
    for (const change of statements.flatMap(({ changes }) => changes)) {
      if (change.type === 'set') makers.set(change.object.key, id);
      else makers.delete(change.key);
    }
  }
  const statements = new Map(replayed.migrations.map((one) => [one.id, one.statements]));
  return { given, folder, order, statements, makers };
}

/** What it does is seen in the schema in the end. */
export function isShown({ makers }: Scene, { id }: Migration): boolean {
  return [...makers.values()].includes(id);
}

/** It writes rows, or more that no schema shows. */
export function isData({ statements }: Scene, { id }: Migration): boolean {
  return (statements.get(id) ?? []).some(({ beyondCatalog }) => beyondCatalog);
}

function refused({ name, tool }: Given, why: string): UserError {
  return new UserError(`No drill can be made of ${name} (${tool.title}): ${why}.`, [
    'A drill is made of migrations that run from the first to the last on an empty database.',
  ]);
}
