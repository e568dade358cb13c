import type { Undigested } from '../digest.js';
import { UserError } from '../errors.js';
import type { Facts, Migration } from '../facts.js';
import type { PlanRequest } from '../build-plan.js';
import type { PlaybookStep } from '../playbook.js';
import type { Draft } from './draft.js';
import { preflight } from './preflight.js';
import { nextRunOf, withFolder } from './draft.js';
import { backfill } from './backfill.js';
import { baseline } from './baseline.js';
import { clearFailed } from './clear-failed.js';
import type { Claim } from './evidence-gate.js';
import { asSeenCheck, demandEvidence, provenLines } from './evidence-gate.js';
import type { Shown, Words } from './history-steps.js';
import { finishPartial } from './finish-partial.js';
import { plain } from './history-moves.js';
import { markApplied, markUnapplied } from './history-steps.js';
import { applyMigration, withEffects } from './migration-steps.js';
import { rollBack } from '../roll-back/plan-roll-back.js';
import { renameRestored, restore } from './restore.js';

export interface StepRequest extends PlanRequest {
  readonly chosen: readonly Migration[];
  readonly draft: Draft;
  readonly facts: Facts;
}

export interface DraftedStep {
  readonly steps: readonly Undigested[];
  readonly draft: Draft;
  readonly warnings: readonly string[];
  /** Ids of the migrations that it runs as a whole, in order. */
  readonly runs?: readonly string[];
}

/** What one line of a playbook becomes: no step, one, or one for each migration. */
export function draftStep(step: PlaybookStep, request: StepRequest): DraftedStep {
  const { draft, tool, chosen } = request;
  const words = { id: step.id, title: step.title, text: withReason(step.text, request.answers) };
  const only = (made: Undigested): DraftedStep => ({ steps: [made], draft, warnings: [] });
  switch (step.kind) {
    case 'tell':
      return only({ kind: 'tell', ...words, risk: 'none' });
    case 'command':
      return only({ kind: 'command', ...words, risk: 'reversible', command: step.command });
    case 'check-sql':
      return only({
        kind: 'check',
        ...words,
        risk: 'none',
        check: { type: 'sql', title: step.title, sql: step.sql, expect: step.expect },
      });
    case 'check-next-run': {
      const { runs, skips } = nextRunOf(tool, draft);
      return only({
        kind: 'check',
        ...words,
        risk: 'none',
        check: { type: 'next-run', title: step.title, runs, skips },
      });
    }
    case 'write-sql':
      return only(freeSql(step, words, request));
    case 'write-mark-applied':
      return {
        ...markApplied(tool, draft, chosen, words, shownOf(request)),
        ...gate(request, 'present'),
      };
    case 'write-mark-unapplied':
      return {
        ...markUnapplied(tool, draft, chosen, words, shownOf(request)),
        ...gate(request, 'absent'),
      };
    case 'write-clear-failed':
      return clearFailed(request, words, shownOf(request));
    case 'write-baseline':
      return baseline(tool, request.diagnosis, draft, unprovable(request), words);
    case 'write-finish':
      return finishAll(words, request);
    case 'write-backfill':
      return backfill(request, words);
    case 'write-migration':
      return applyAll(step.of, words, request);
    case 'write-journal':
      return writeJournal(words, request);
    case 'write-roll-back':
      return { ...rollBack(request, words), warnings: [] };
    case 'write-restore':
      return restore(request, words);
    case 'write-rename-restored':
      return renameRestored(request, words);
  }
}

/** What cannot be planned at all is said first; then whether the evidence carries it. */
function gate(
  { diagnosis, playbook, chosen, answers }: StepRequest,
  claim: Claim,
): Pick<DraftedStep, 'warnings'> {
  const ids = chosen.map(({ id }) => id);
  const warnings = demandEvidence(diagnosis, playbook, ids, claim, answers['reason'] ?? '');
  return { warnings };
}

function shownOf({ diagnosis }: StepRequest): Shown {
  return ({ id }) => ({
    lines: provenLines(diagnosis, id),
    checks: asSeenCheck(diagnosis, id),
  });
}

function unprovable({ answers }: StepRequest): 'record' | 'leave' {
  return answers['unprovable'] === 'record' ? 'record' : 'leave';
}

function applyAll(of: 'chosen' | 'next-run', words: Words, request: StepRequest): DraftedStep {
  const { tool, parser } = request;
  let draft = request.draft;
  const steps: Undigested[] = [];
  const migrations = of === 'chosen' ? request.chosen : nextMigrations(request);
  for (const migration of migrations) {
    // What cannot be planned at all is said before what the rehearsal says.
    const bare = applyMigration(tool, parser, draft, migration, words);
    const lines = preflight(request.diagnosis, migration.id, request.rehearsal ?? null);
    const applied =
      lines.length === 0 ? bare : applyMigration(tool, parser, draft, migration, words, lines);
    steps.push(...applied.steps);
    draft = applied.draft;
  }
  return { steps, draft, warnings: [], runs: migrations.map(({ id }) => id) };
}

function finishAll(words: Words, request: StepRequest): DraftedStep {
  const { chosen, answers } = request;
  const from = answers['from'] ?? '';
  if (from !== '' && chosen.length > 1) {
    throw new UserError('--set from=... is for one migration: make a plan for each.');
  }
  let draft = request.draft;
  const steps: Undigested[] = [];
  for (const migration of chosen) {
    const finished = finishPartial({ ...request, draft, words }, migration, from);
    steps.push(...finished.steps);
    draft = finished.draft;
  }
  return { steps, draft, warnings: [] };
}

function nextMigrations({ tool, draft, playbook }: StepRequest): readonly Migration[] {
  const next = nextRunOf(tool, draft);
  if (next.fails !== null) {
    const reconciles = playbook.steps.some(({ kind }) => kind === 'write-journal');
    throw new UserError(`The migrator would refuse to run: ${next.fails.message}.`, [
      reconciles || draft.folder.journal === null
        ? 'Put that right first, then make the plan again.'
        : 'Reconcile the journal first: pgmedic plan reconcile-journal',
    ]);
  }
  return next.runs.flatMap((id) => draft.folder.migrations.filter((m) => m.id === id));
}

function writeJournal(words: Words, request: StepRequest): DraftedStep {
  const { tool, draft, facts, answers, sha256 } = request;
  if (tool.reconcile === null) {
    throw new UserError(`${tool.title} has no journal to reconcile.`);
  }
  const blocked = facts.folder.unreadable.find(
    ({ path }) => path === facts.folder.journal?.path || path === 'meta',
  );
  if (blocked !== undefined) {
    throw new UserError(`${blocked.path} cannot be read: ${blocked.reason}.`, [
      'Restore it from version control, or move it away: then a new one can be written.',
    ]);
  }
  const result = tool.reconcile(
    { ...facts, folder: draft.folder, history: draft.history },
    { entriesWithoutFile: answers['files-gone'] === 'keep' ? 'keep' : 'remove' },
  );
  const { journal } = draft.folder;
  if (result.changes.length === 0) return { steps: [], draft, warnings: result.warnings };
  return {
    steps: [
      {
        kind: 'write',
        ...words,
        text: [words.text, ...result.changes].filter((line) => line !== '').join('\n'),
        risk: 'reversible',
        write: {
          type: 'file',
          path: result.path,
          before: journal === null || journal.state === 'missing' ? null : journal.sha256,
          after: result.after,
          afterSha256: sha256(result.after),
        },
      },
    ],
    draft: withFolder(draft, result.folder),
    warnings: result.warnings,
  };
}

/** The risk is what the playbook says, and never less than what the statements show. */
function freeSql(
  step: Extract<PlaybookStep, { kind: 'write-sql' }>,
  words: Words,
  { parser }: StepRequest,
): Undigested {
  const parsed = parser.split(step.sql);
  if (!parsed.ok) {
    throw new UserError(`The SQL of step ${step.id} does not parse: ${parsed.message}.`);
  }
  const refused = parsed.statements.find((statement) => statement.kind !== 'ordinary');
  if (refused !== undefined) {
    throw new UserError(
      `Step ${step.id} has ${refused.label}, which cannot be in its transaction.`,
    );
  }
  const losses = parsed.statements.flatMap(({ destroys }) => destroys ?? []);
  const unseen = parsed.statements.flatMap((statement) => statement.unseen ?? []);
  return {
    kind: 'write',
    ...words,
    text: withEffects(words.text, losses, unseen),
    risk: losses.length > 0 ? 'destructive' : step.risk,
    write: {
      type: 'transaction',
      lock: null,
      before: [],
      statements: parsed.statements.map((statement) => plain(statement.text)),
      after: [],
      undo: { type: 'none', why: 'it is free SQL; the playbook says how to take it back' },
    },
  };
}

function withReason(text: string, answers: Readonly<Record<string, string>>): string {
  const reason = answers['reason'];
  if (reason === undefined || reason === '') return text;
  return `${text}${text === '' ? '' : '\n'}Reason: ${reason}`;
}
