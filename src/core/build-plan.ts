import type { Diagnosis } from './diagnosis.js';
import type { Sha256, Undigested } from './digest.js';
import { digestOf, fingerprint, planTarget } from './digest.js';
import { UserError } from './errors.js';
import type { Migration } from './facts.js';
import type { Plan, Step } from './plan.js';
import { codeOf } from './plan-code.js';
import { draftOf, nextRunOf } from './planning/draft.js';
import type { Draft } from './planning/draft.js';
import { draftStep } from './planning/draft-step.js';
import { pinnedAnswers } from './planning/restore.js';
import type { Playbook } from './playbook.js';
import { settleAnswers } from './playbook.js';
import { lockedTables } from './session/why-other.js';
import type { Rehearsal } from './rehearsal.js';
import type { RestoreFacts } from './restore.js';
import { seenOfRollBack } from './roll-back/plan-roll-back.js';
import type { RollBackFacts } from './roll-back/roll-back.js';
import type { SqlParser } from './sql.js';
import type { ToolRules } from './tool.js';

export interface PlanRequest {
  readonly playbook: Playbook;
  readonly diagnosis: Diagnosis;
  readonly tool: ToolRules;
  /** Ids the operator chose; in any order. */
  readonly migrations: readonly string[];
  readonly answers: Readonly<Record<string, string>>;
  readonly parser: SqlParser;
  readonly sha256: Sha256;
  /** For playbooks that restore a backup; null or absent for all others. */
  readonly restore?: RestoreFacts | null;
  /** For playbooks that roll back; null or absent for all others. */
  readonly rollBack?: RollBackFacts | null;
  /** Of the migrations that the plan runs (runsOfPlan); null or absent: not made. */
  readonly rehearsal?: Rehearsal | null;
}

/**
 * What the playbook would do to this database and folder, step by step. Looks at no clock:
 * the same facts, choices and answers give the same plan.
 *
 * @throws UserError when it cannot be planned: the message says why and what to do.
 */
export function buildPlan(request: PlanRequest): Plan {
  const { playbook, diagnosis, tool, sha256 } = request;
  const { facts } = diagnosis;
  const { chosen, answers, steps, draft, warnings } = drafted(request);
  const target = planTarget(facts);
  const predicts = nextRunOf(tool, draft);
  const rollBack = request.rollBack == null ? [] : seenOfRollBack(request.rollBack);
  const seen = [
    ...(request.restore?.seen ?? []),
    ...rollBack,
    ...lockedTables(request.rehearsal ?? null),
  ];
  const plan: Omit<Plan, 'code'> = {
    format: 1,
    playbook: playbook.name,
    title: playbook.title,
    target,
    facts: fingerprint(facts, sha256),
    migrations: chosen.map((migration) => migration.id),
    answers,
    steps: steps.map((step): Step => ({ ...step, digest: digestOf(step, target, sha256) })),
    predicts,
    warnings: [...warnings, ...newSkips(playbook, diagnosis, predicts.skips)],
    ...(seen.length > 0 && { seen }),
  };
  return { ...plan, code: codeOf(plan, facts, sha256) };
}

/**
 * The migrations that the plan would run as a whole, in its order: what is to be rehearsed for it.
 * @throws as buildPlan
 */
export function runsOfPlan(request: PlanRequest): readonly string[] {
  return drafted(request).runs;
}

interface Drafted {
  readonly chosen: readonly Migration[];
  readonly answers: Readonly<Record<string, string>>;
  readonly steps: readonly Undigested[];
  /** The world after all steps. */
  readonly draft: Draft;
  readonly warnings: readonly string[];
  readonly runs: readonly string[];
}

function drafted(request: PlanRequest): Drafted {
  const { playbook, diagnosis } = request;
  const { facts } = diagnosis;
  if (facts.target === null) throw new UserError('A plan needs the database; leave out --offline.');
  if (facts.target.role === 'replica') {
    throw new UserError('This server is a replica: nothing can be written here.', [
      'Give the URL of the primary.',
    ]);
  }
  const chosen = choose(playbook, diagnosis, request.migrations);
  const { answers: said, problems } = settleAnswers(playbook, request.answers);
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  const restore = request.restore ?? null;
  const answers = restore === null ? said : pinnedAnswers(facts.target.database, said, restore);

  const warnings: string[] = [];
  const runs: string[] = [];
  let draft: Draft = draftOf(facts);
  const steps: Undigested[] = [];
  for (const step of playbook.steps) {
    if (!Object.entries(step.when).every(([id, value]) => answers[id] === value)) continue;
    const result = draftStep(step, { ...request, answers, chosen, draft, facts });
    draft = result.draft;
    steps.push(...result.steps);
    warnings.push(...result.warnings);
    runs.push(...(result.runs ?? []));
  }
  if (!steps.some((step) => step.kind === 'write' || step.kind === 'command')) {
    throw new UserError(`There is nothing to do for ${playbook.name} here.`, [
      'Look at the findings: pgmedic diagnose',
    ]);
  }
  return { chosen, answers, steps, draft, warnings, runs };
}

function choose(
  playbook: Playbook,
  diagnosis: Diagnosis,
  wanted: readonly string[],
): readonly Migration[] {
  const { migrations } = diagnosis.facts.folder;
  if (playbook.tools.length > 0 && !playbook.tools.includes(diagnosis.facts.tool)) {
    throw new UserError(
      `${playbook.name} is for ${playbook.tools.join(', ')}, not for ${diagnosis.facts.tool}.`,
    );
  }
  if (playbook.migrations === 'none' && wanted.length > 0) {
    throw new UserError(`${playbook.name} takes no migrations; it finds out by itself.`);
  }
  if (playbook.migrations === 'some' && wanted.length === 0) {
    throw new UserError(`${playbook.name} needs the migrations it is for.`, [
      `Name them: pgmedic plan ${playbook.name} ${migrations.at(-1)?.id ?? 'MIGRATION'}`,
    ]);
  }
  for (const id of wanted) {
    if (!migrations.some((migration) => migration.id === id)) {
      const near = migrations.filter((m) => m.id.startsWith(id)).map((m) => m.id);
      throw new UserError(`There is no migration ${id} in ${diagnosis.facts.folder.path}.`, [
        near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'List them: pgmedic diagnose',
      ]);
    }
  }
  return migrations.filter((migration) => wanted.includes(migration.id));
}

/**
 * Recording a migration out of turn hides the ones before it from a tool that goes by the
 * newest stamp. Adding such a row is refused; removing one can do the same and is said.
 */
function newSkips(
  playbook: Playbook,
  diagnosis: Diagnosis,
  predicted: readonly string[],
): readonly string[] {
  const fresh = predicted.filter((id) => !diagnosis.nextRun.skips.includes(id));
  if (fresh.length === 0) return [];
  const kinds = playbook.steps.map(({ kind }) => kind);
  if (kinds.includes('write-mark-unapplied') || kinds.includes('write-roll-back')) {
    return [
      `The migrator will skip ${fresh.join(', ')}: a newer migration is recorded. Run apply-manually next: it brings the row back, with what the migration makes.`,
    ];
  }
  throw new UserError(
    `After this the migrator would skip ${fresh.join(', ')}: it goes by the newest row only.`,
    [`Take ${fresh.length === 1 ? 'it' : 'them'} into the same plan, or first.`],
  );
}
