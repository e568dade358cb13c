import type { chooseDumper, listDumpers } from '../backup/find.js';
import { UserError } from '../core/errors.js';
import type { Facts, Folder, History, Surroundings, TableRef, Target } from '../core/facts.js';
import { tableName } from '../core/tool.js';
import { withRecorded } from '../core/with-recorded.js';
import { showPath } from '../files/project.js';
import { readFolderContents, readNamed } from '../files/read-folder.js';
import type { Resolved } from '../files/settings.js';
import { describeBlocker, readBlockers } from '../postgres/read-blockers.js';
import { readSurroundings } from '../postgres/read-surroundings.js';
import { readTarget } from '../postgres/read-target.js';
import { readingTransaction, sqlstateOf } from '../postgres/reading-transaction.js';
import { redactUrl, urlParts } from '../postgres/url.js';
import type { FolderContents, Query, Tool } from '../tools/contract.js';

/** What reading needs from the rest of the program. */
export interface ReadDeps {
  readonly listDumpers: typeof listDumpers;
  readonly chooseDumper: typeof chooseDumper;
  readonly now: () => Date;
  /** The bytes of the folder, before they are made sense of, which takes a while where snapshots are many. */
  readonly onFolder?: (contents: FolderContents) => Promise<void>;
  /** What else is to be read in the same transaction: it sees the same moment. */
  readonly alsoRead?: (query: Query, seen: { target: Target; history: History }) => Promise<void>;
}

type ServerFacts = Pick<Facts, 'target' | 'history' | 'surroundings'>;

/**
 * Reads everything once: the folder, and the database in one READ ONLY transaction.
 * Without a database URL (--offline) the server's part is null and no connection is made.
 * @throws UserError when the folder or the server cannot be read.
 */
export async function readFacts(
  resolved: Resolved,
  deps: ReadDeps,
  signal?: AbortSignal,
): Promise<Facts> {
  const { tool } = resolved;
  const readAt = deps.now().toISOString();
  const { databaseUrl } = resolved;
  // The server first: it works while the files are read.
  const [server, folder] = await Promise.all([
    databaseUrl === null
      ? { target: null, history: null, surroundings: null }
      : readServer(databaseUrl, resolved, tool, deps, signal),
    readFolder(resolved, tool, deps),
  ]);
  return {
    readAt,
    settings: resolved.settings,
    tool: tool.name,
    folder: withRecorded(folder, server.history),
    ...server,
    schema: { state: 'not read' },
  };
}

async function readFolder(resolved: Resolved, tool: Tool, deps: ReadDeps): Promise<Folder> {
  const read = async (path: string): Promise<FolderContents> => {
    const shown = showPath(resolved.project, path);
    const contents = await readFolderContents(path, shown, (file) => tool.wants(file));
    return readNamed(contents, tool.names(contents));
  };
  const [own, ...siblings] = await Promise.all([
    read(resolved.migrations),
    // A sibling that cannot be read is not what is being repaired.
    ...resolved.siblings.map((path) => read(path).catch(() => null)),
  ]);
  await deps.onFolder?.(own);
  const others = siblings.filter((contents) => contents !== null);
  return tool.readFolder(own, others);
}

async function readServer(
  url: string,
  resolved: Resolved,
  tool: Tool,
  deps: ReadDeps,
  signal: AbortSignal | undefined,
): Promise<ServerFacts> {
  const { ref, configured } = resolved.historyTable;
  // Programs are asked for their version while the server is read.
  const listed = deps.listDumpers(resolved.pgDump);
  const read = readingTransaction(url, { purpose: 'read', signal }, async (reading) => {
    const target = await readTarget(reading, urlParts(url), resolved.environment);
    const history = await tool.readHistory(reading.query, ref, configured);
    const table = history.table ?? ref;
    const server = await readSurroundings(reading.query, table, tool.title);
    await deps.alsoRead?.(reading.query, { target, history });
    return { target, history, server };
  });
  const { target, history, server } = await read.catch(async (error: unknown) => {
    throw sqlstateOf(error) === '55P03' ? await explainLocked(url, ref, error, signal) : error;
  });
  const dumper = await deps.chooseDumper({
    serverVersionNum: target.serverVersionNum,
    databaseSize: server.databaseSize,
    listed,
    ...(resolved.pgDump === undefined ? {} : { named: resolved.pgDump }),
  });
  const directUrl: Surroundings['directUrl'] =
    target.pooler && resolved.directUrl !== null
      ? { value: redactUrl(resolved.directUrl.value), origin: resolved.directUrl.origin }
      : null;
  return { target, history, surroundings: { ...server, dumper, directUrl } };
}

/** The history table could not be read for someone's lock: says whose. */
async function explainLocked(
  url: string,
  table: TableRef,
  cause: unknown,
  signal: AbortSignal | undefined,
): Promise<UserError> {
  const blockers = await readingTransaction(url, { purpose: 'read', signal }, ({ query }) =>
    readBlockers(query, table),
  );
  const what = blockers.length > 0 ? tableName(table) : 'A table that must be read';
  return new UserError(
    `${what} is locked by another session and cannot be read.`,
    [
      ...blockers.map(describeBlocker),
      'Let that session finish, or have it ended by whoever owns it; then try again.',
    ],
    { cause },
  );
}
