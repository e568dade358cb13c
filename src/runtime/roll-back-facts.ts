import { preludeOf } from '../core/tool.js';
import { UserError } from '../core/errors.js';
import type { Diagnosis } from '../core/diagnosis.js';
import type { SchemaFacts } from '../core/facts.js';
import type { Inverse } from '../core/inverse/inverse.js';
import { inverseOf } from '../core/inverse/inverse-of.js';
import type { PlanWish } from '../core/session/state.js';
import type { RollBackFacts, RolledBack } from '../core/roll-back/roll-back.js';
import { dependentsOf } from '../core/roll-back/dependents.js';
import { downStatements } from '../core/roll-back/down-file.js';
import { uponOf } from '../core/roll-back/upon.js';
import { waysOf } from '../core/roll-back/ways.js';
import { whatIsThere } from '../core/roll-back/what-is-there.js';
import { loadSameDefinition } from '../postgres/catalog/same.js';
import { countLosses } from '../postgres/count-losses.js';
import { fileSha } from '../files/edit.js';
import { loadParser } from '../postgres/parse.js';
import { readingTransaction } from '../postgres/reading-transaction.js';
import { tryRollBack } from '../sandbox/rehearsal/try-roll-back.js';
import type { Ground } from './ground.js';
import { historyTable, schemaDumpFor } from './live-dump.js';
import { readLiveSchema } from './live-schema.js';

/**
 * What a roll back of the wished migrations rests on: the statements that are there, the DDL that takes
 * them back, what became of it on a copy of the live schema, and how much goes, counted on the live rows.
 * Read-only on the live database.
 * @throws UserError where it is not known what is there, or the sandbox cannot try it
 */
export async function readRollBackFacts(
  ground: Ground,
  diagnosis: Diagnosis,
  wish: PlanWish,
): Promise<RollBackFacts> {
  const { facts } = diagnosis;
  const { databaseUrl: url } = ground.resolved;
  const { target, history } = facts;
  if (url === null || target === null || history === null) {
    throw new UserError('A plan needs the database; leave out --offline.');
  }
  const chosen = facts.folder.migrations.flatMap(({ id }) =>
    wish.migrations.includes(id) ? [id] : [],
  );
  const migrations = whatIsThere(diagnosis, chosen, {
    from: wish.answers['from'] ?? '',
    remove: wish.answers['project'] === 'remove',
  });
  const schema = demandSchema(facts.schema);
  const parser = await loadParser();
  const inverse: Inverse = inverseOf({
    replay: schema.replay,
    kept: keptBeside(diagnosis, migrations),
    serverVersionNum: target.serverVersionNum,
    applied: new Map(migrations.map(({ id, statements }) => [id, new Set(statements)])),
    live: schema.catalog,
    same: await loadSameDefinition(),
    parser,
  });
  const live = await readingTransaction(url, { purpose: 'roll back' }, ({ query }) =>
    readLiveSchema(query, { target, history }, ground.tool),
  );
  const signal = new AbortController().signal;
  const table = historyTable(facts);
  const nothing = migrations.every(({ statements }) => statements.length === 0);
  const down =
    wish.answers['way'] === 'down' && !nothing
      ? downStatements(diagnosis, migrations, ground.tool, parser)
      : null;
  const computed = inverse.statements.map((one) => ({ ...one, source: null }));
  const way = down ?? computed;
  const tried =
    nothing || (down === null && isHopeless(inverse))
      ? { failure: null, standing: [], differences: [], locks: [], rewrites: [], unknown: [] }
      : await tryRollBack({
          sandbox: ground.sandbox,
          statements: way,
          target: inverse.target,
          leaveOut: live.leaveOut,
          history: { table, create: preludeOf(ground.tool, table) },
          live: { ...live, schemaDump: () => schemaDumpFor({ ground, facts, live, signal }) },
          parser,
          url,
          signal,
        });
  const snapshots = chosen.flatMap((id) => {
    const snapshot = facts.folder.migrations.find((one) => one.id === id)?.snapshot ?? null;
    return snapshot === null ? [] : [snapshot];
  });
  const shas = snapshots.map(
    async (path) => [path, (await fileSha(ground.resolved.migrations, path)) ?? ''] as const,
  );
  const { target: leaves, refused, remarks } = inverse;
  const dependents = dependentsOf(
    [
      ...(down === null ? refused : []).flatMap(({ standing }) => standing ?? []),
      ...tried.standing,
    ],
    schema.replay,
    schema.catalog,
    new Set(migrations.map(({ id }) => id)),
  );
  const losses = await countLosses(url, inverse.losses);
  return {
    migrations,
    snapshots: Object.fromEntries(await Promise.all(shas)),
    ways: waysOf({ diagnosis, migrations, losses, tool: ground.tool }),
    chosen: {
      name: down === null ? 'computed' : 'down',
      statements: way,
      target: leaves,
      losses,
      refused: nothing || down !== null ? [] : refused,
      remarks,
      tried,
      upon: uponOf(schema.replay, migrations, tried, refused, dependents),
      dependents,
    },
  };
}

/** Where only something that stands upon it is in the way, the server knows what else does. */
function isHopeless({ refused }: Inverse): boolean {
  return refused.some(({ standing }) => standing === undefined);
}

type Read = Extract<SchemaFacts, { state: 'read' }>;

function demandSchema(schema: SchemaFacts): Read {
  if (schema.state === 'read') return schema;
  throw new UserError(
    `What the migrations made is not known: ${schema.state === 'failed' ? schema.reason : 'the schema was not looked at'}`,
    schema.state === 'failed' ? schema.next : [],
  );
}

/** What is applied and stays: what a pending migration would make is not there. */
function keptBeside(
  { evidence, matching }: Diagnosis,
  migrations: readonly RolledBack[],
): ReadonlyMap<string, ReadonlySet<number>> {
  const back = new Set(migrations.map(({ id }) => id));
  const kept = new Map<string, ReadonlySet<number>>();
  for (const { id, schema, statements } of evidence?.migrations.values() ?? []) {
    if (back.has(id) || schema === 'absent') continue;
    // A row says of what leaves nothing to be seen that it ran.
    const ran = matching.recorded.has(id)
      ? statements.filter(({ state }) => state !== 'not done')
      : statements.filter(({ state }) => ['done', 'superseded', 'changed'].includes(state));
    kept.set(id, new Set(ran.map(({ number }) => number)));
  }
  return kept;
}
