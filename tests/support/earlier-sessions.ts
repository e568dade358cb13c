import type { PlanTarget } from '../../src/core/plan.js';
import type { Resumed, SessionDetails, SessionSummary } from '../../src/core/report/summary.js';

/** Values for tests of the faces: what earlier sessions would have left, made by hand. */

const target: PlanTarget = {
  ...{ host: 'db-7.internal', port: 5432, database: 'shop', user: 'app_admin', identity: '1/5' },
};

export const ended: SessionSummary = {
  ...{ session: '20261120-080000-aaaa', startedAt: '2026-11-20T08:00:00.000Z', target },
  ...{ environment: 'production', operators: ['anna'], playbooks: ['reconcile-journal'] },
  ...{ standing: 'over', open: [], problems: [] },
  result: 'The migrator agrees: nothing to run, nothing skipped.',
};

export const lookedOnly: SessionSummary = {
  ...{ ...ended, session: '20261121-030000-cccc', startedAt: '2026-11-21T03:00:00.000Z' },
  ...{ operators: [], playbooks: [], result: 'looked only; nothing was written' },
};

/** Killed in the midst of a step. */
export const killed: SessionSummary = {
  ...{ ...ended, session: '20261119-020000-bbbb', startedAt: '2026-11-19T02:00:00.000Z' },
  ...{ operators: ['ben'], playbooks: ['apply-manually'], standing: 'unfinished' },
  ...{ open: ['apply:0016'] },
  result: 'it did not end; unknown: no outcome is recorded for apply:0016',
};

/** As the runtime lists them: the oldest first. */
export const earlier: readonly SessionSummary[] = [killed, ended, lookedOnly];

export function detailsOf(summary: SessionSummary): SessionDetails {
  const sql = Array.from(
    { length: 40 },
    (_, index) => `ALTER TABLE "t" ADD COLUMN "c${index}" int;`,
  );
  return {
    summary,
    report: [
      { type: 'title', text: 'Incident report: shop' },
      { type: 'text', text: '' },
      { type: 'text', text: `Session: ${summary.session}` },
      { type: 'heading', text: 'Steps' },
      { type: 'text', text: '- Confirmed by anna' },
      ...sql.map((text) => ({ type: 'code', text }) as const),
    ],
    undo:
      summary.standing === 'unfinished'
        ? { why: 'What became of step apply:0016 is not known. Look first: pgmedic resume' }
        : { step: 'journal' },
  };
}

export function resumedOf({ session }: Pick<SessionSummary, 'session'>): Resumed {
  return {
    session,
    steps: [
      { step: 'hold', state: 'committed', why: 'told' },
      { step: 'apply:0016', state: 'not done', why: 'COMMIT had not been sent' },
    ],
    problems: [],
    left: 'pgmedic plan apply-manually 0016_session_fingerprint',
  };
}
