import type { Command, Reply } from '../../src/core/session/events.js';
import type { State } from '../../src/core/session/state.js';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import type { LogEntry } from '../../src/core/session/log-entry.js';
import type { SessionHandle } from '../../src/core/session/store.js';
import type { Plan } from '../../src/core/plan.js';
import type { SessionSummary } from '../../src/core/report/summary.js';
import { runSession } from '../../src/runtime/session.js';
import { detailsOf, resumedOf } from './earlier-sessions.js';
import { backup, diagnosis, plan, playbooks, settings } from './states.js';

type Performed = Exclude<Command, { type: 'exit' }>;

export interface FakeSession {
  readonly handle: SessionHandle;
  /** Every command, in order: what the runtime would have done. */
  readonly commands: readonly Performed[];
  /** Sends a reply that was held back, or one out of turn. */
  reply(reply: Reply): void;
  /** Lets the clock run, in milliseconds; it stands still otherwise. */
  pass(milliseconds: number): void;
  state(): State;
}

/**
 * The real session with the real `update`; only what touches the world is canned. A command
 * named in `hold` gets no reply until the test sends it.
 */
export function fakeSession(
  options: {
    readonly plan?: Plan;
    readonly hold?: readonly Command['type'][];
    /** Settings and playbooks come when the test sends them, after the facts. */
    readonly playbooksLater?: boolean;
    readonly diagnosis?: Diagnosis;
    readonly readOnly?: boolean;
    readonly log?: readonly LogEntry[];
    /** Earlier sessions of the project; none where not given. */
    readonly earlier?: readonly SessionSummary[];
  } = {},
): FakeSession {
  const commands: Performed[] = [];
  const built = options.plan ?? plan();
  const earlier = options.earlier ?? [];
  const unfinished = earlier.filter(({ standing }) => standing === 'unfinished');
  const read = options.diagnosis ?? diagnosis();
  let now = Date.parse('2026-11-21T04:00:00.000Z');
  let send: (reply: Reply) => void = () => {};
  const handle = runSession({
    operator: 'tester',
    readOnly: options.readOnly === true,
    log: () => options.log ?? [],
    now: () => now,
    perform: (command, state, reply) => {
      commands.push(command);
      send = reply;
      if (command.type === 'read-facts' && options.playbooksLater !== true) {
        reply({ type: 'settings-found', settings, playbooks, unfinished });
      }
      if (options.hold?.includes(command.type)) return;
      // As in life, the answer comes later than the question.
      setImmediate(() => canned(command, { built, read, earlier }, now, state).forEach(reply));
    },
  });
  return {
    handle,
    commands,
    reply: (reply) => send(reply),
    pass: (milliseconds) => {
      now += milliseconds;
    },
    state: () => handle.getState(),
  };
}

function canned(
  command: Performed,
  {
    built,
    read,
    earlier,
  }: {
    readonly built: Plan;
    readonly read: Diagnosis;
    readonly earlier: readonly SessionSummary[];
  },
  at: number,
  state: State,
): readonly Reply[] {
  switch (command.type) {
    case 'read-facts':
    case 'verify':
      return [{ type: 'facts-read', diagnosis: read, at }];
    case 'read-evidence':
      return [{ type: 'evidence-read', diagnosis: state.diagnosis ?? read }];
    case 'build-plan':
      return [{ type: 'plan-built', plan: built, at }];
    case 'rebuild-plan':
      return [{ type: 'plan-rebuilt', plan: built, diagnosis: read, at }];
    case 'take-backup':
      return [{ type: 'backup-proven', backup, at }];
    case 'run-step':
      return [
        {
          type: 'step-ended',
          step: command.step,
          outcome: { state: 'done', note: 'as shown', xid: null },
          at,
        },
      ];
    case 'read-sessions':
      return [{ type: 'sessions-read', sessions: earlier }];
    case 'read-session': {
      const summary = earlier.find(({ session }) => session === command.session);
      return summary === undefined ? [] : [{ type: 'session-read', details: detailsOf(summary) }];
    }
    case 'save-report':
      return [{ type: 'report-saved', path: `/state/pgmedic/${command.session}.md` }];
    case 'resume-session':
      return [{ type: 'session-resumed', resumed: resumedOf(command) }];
    case 'write-report':
      return [{ type: 'report-written', path: '/state/pgmedic/report.md' }];
    default:
      return [];
  }
}
