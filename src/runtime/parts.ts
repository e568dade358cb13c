import { createHash } from 'node:crypto';
import { chooseDumper, listDumpers } from '../backup/find.js';
import { diagnose } from '../core/diagnose.js';
import type { Diagnosis } from '../core/diagnosis.js';
import type { Plan } from '../core/plan.js';
import type { Rehearsal } from '../core/rehearsal.js';
import { type Playbook, settleAnswers } from '../core/playbook.js';
import type { PlanWish } from '../core/session/state.js';
import { UserError } from '../core/errors.js';
import type { Ground } from './ground.js';
import type { LiveSchema } from './live-schema.js';
import { type ReadDeps, readFacts } from './read-facts.js';
import type { EvidenceProgress } from '../core/session/state.js';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export interface LookOptions {
  readonly signal?: AbortSignal;
  /** False: files, rows and surroundings only, which takes no sandbox. */
  readonly evidence: boolean;
  readonly onProgress?: (progress: EvidenceProgress) => void;
}

/** Reads the world and judges it. @throws UserError when it cannot be read; the signal's reason when aborted. */
export async function look(
  ground: Ground,
  now: () => Date,
  { signal, evidence, onProgress }: LookOptions,
): Promise<Diagnosis> {
  const deps = { listDumpers, chooseDumper, now };
  if (!evidence || ground.resolved.databaseUrl === null) {
    return diagnose(await readFacts(ground.resolved, deps, signal), ground.tool);
  }
  // Not before evidence is wanted: the first look must be quick.
  const [{ readLiveSchema }, { schemaFacts }, { loadSameDefinition }, cache] = await Promise.all([
    import('./live-schema.js'),
    import('./schema-facts.js'),
    import('../postgres/catalog/same.js'),
    import('../files/replay-cache.js'),
  ]);
  let mark = '';
  const onFolder: ReadDeps['onFolder'] = async ({ files }) => {
    mark = cache.markOf(files);
    // Half the time of a first replay is the server's start: it goes on while the folder is made sense of.
    if (!(await cache.isReplayKept(mark))) await ground.beginSandbox();
  };
  // Without the schema there is still everything else.
  let reading: Promise<LiveSchema> | null = null;
  const alsoRead: ReadDeps['alsoRead'] = async (query, seen) => {
    reading = readLiveSchema(query, seen, ground.tool);
    await reading.catch(() => {});
  };
  const facts = await readFacts(ground.resolved, { ...deps, onFolder, alsoRead }, signal);
  const schema = await schemaFacts({
    ground,
    facts,
    reading,
    mark,
    nextRun: ground.tool.nextRun(facts.folder, facts.history),
    signal: signal ?? new AbortController().signal,
    onProgress: onProgress ?? ((): void => {}),
  });
  return diagnose({ ...facts, schema }, ground.tool, await loadSameDefinition());
}

/** Before anything is looked at. @throws UserError for a playbook that is not there, or an answer it cannot take. */
export async function checkWish(ground: Ground, wish: PlanWish): Promise<void> {
  const { problems } = settleAnswers(await playbookOf(ground, wish), wish.answers);
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

async function playbookOf(ground: Ground, wish: PlanWish): Promise<Playbook> {
  const playbooks = await ground.playbooks();
  const playbook = playbooks.find((one) => one.name === wish.playbook);
  if (playbook === undefined) {
    throw new UserError(`There is no playbook ${wish.playbook}.`, [
      `There are ${playbooks.map((one) => one.name).join(', ')}.`,
    ]);
  }
  return playbook;
}

export interface Planned {
  readonly plan: Plan;
  /** Of what it runs. */
  readonly rehearsal: Rehearsal | null;
}

/** @throws UserError when the wish cannot be planned. */
export async function planFor(ground: Ground, diagnosis: Diagnosis, wish: PlanWish): Promise<Plan> {
  return (await rehearsedPlan(ground, diagnosis, wish)).plan;
}

/** @throws as planFor */
export async function rehearsedPlan(
  ground: Ground,
  diagnosis: Diagnosis,
  wish: PlanWish,
): Promise<Planned> {
  const playbook = await playbookOf(ground, wish);
  // Not before a plan is wanted: the first look must be quick.
  const [{ buildPlan, runsOfPlan }, { loadParser }] = await Promise.all([
    import('../core/build-plan.js'),
    import('../postgres/parse.js'),
  ]);
  const { target } = diagnosis.facts;
  const restores = playbook.steps.some(({ kind }) => kind === 'write-restore');
  const restore =
    restores && target?.role === 'primary'
      ? await import('./restore-facts.js').then(({ readRestoreFacts }) =>
          readRestoreFacts(ground, diagnosis.facts, wish.answers['backup'] ?? ''),
        )
      : null;
  const rollsBack = playbook.steps.some(({ kind }) => kind === 'write-roll-back');
  const rollBack =
    rollsBack && target?.role === 'primary' && wish.migrations.length > 0
      ? await import('./roll-back-facts.js').then(({ readRollBackFacts }) =>
          readRollBackFacts(ground, diagnosis, wish),
        )
      : null;
  const request = {
    restore,
    rollBack,
    playbook,
    diagnosis,
    tool: ground.tool,
    migrations: wish.migrations,
    answers: wish.answers,
    parser: await loadParser(),
    sha256,
  };
  const rehearsal = await rehearsalOf(ground, diagnosis, runsOfPlan(request));
  return { plan: buildPlan({ ...request, rehearsal }), rehearsal };
}

/** Of a plan's migrations: the one of the tool's next run where that begins with them, or one of their own. */
async function rehearsalOf(
  ground: Ground,
  { facts }: Diagnosis,
  runs: readonly string[],
): Promise<Rehearsal | null> {
  const { schema, target, history } = facts;
  const { databaseUrl: url } = ground.resolved;
  if (schema.state !== 'read') return null;
  const { rehearsal } = schema;
  if (runs.every((id, at) => rehearsal?.runs[at] === id)) return rehearsal;
  if (url === null || target === null || history === null) return null;
  const [{ readingTransaction }, { readLiveSchema }, { rehearseRuns }] = await Promise.all([
    import('../postgres/reading-transaction.js'),
    import('./live-schema.js'),
    import('./rehearse-runs.js'),
  ]);
  const live = await readingTransaction(url, { purpose: 'rehearse' }, ({ query }) =>
    readLiveSchema(query, { target, history }, ground.tool),
  );
  const { signal } = new AbortController();
  return rehearseRuns({ ground, facts, live, runs, by: 'plan', signal, onProgress: () => {} });
}
