import { redactText } from '../core/redact.js';
import type { Command } from '../core/session/events.js';
import type { LogEntry } from '../core/session/log-entry.js';
import type { Listener } from '../postgres/observed.js';

/** So many entries are kept: a session that waits for days asks who is in its way again and again. */
const MOST = 5000;

export interface SessionLog {
  entries(): readonly LogEntry[];
  /** For what one command of the session runs. */
  during(phase: string): Listener;
}

/** Everything that this session runs, in order, in memory; the run log on the disk has what was written. */
export function sessionLog(now: () => number): SessionLog {
  const entries: LogEntry[] = [];
  return {
    entries: () => entries,
    during: (phase) => (begun) => {
      const text = redactText(begun.text).trim();
      const before = entries.at(-1);
      const again =
        before !== undefined &&
        before.took !== null &&
        before.error === null &&
        [before.phase, before.by, before.text].join('\n') === [phase, begun.by, text].join('\n');
      const times = again ? before.times + 1 : 1;
      if (again) entries.pop();
      const running: LogEntry = {
        ...begun,
        ...{ at: now(), phase, text, took: null, error: null, times },
      };
      entries.push(running);
      if (entries.length > MOST) entries.shift();
      return (error) => {
        const place = entries.lastIndexOf(running);
        const masked = error === null ? null : redactText(error);
        if (place >= 0) entries[place] = { ...running, took: now() - running.at, error: masked };
      };
    },
  };
}

/** What a command of the session is for, in words. */
export function phaseWords(command: Command): string {
  switch (command.type) {
    case 'read-facts':
      return 'reading the facts';
    case 'read-evidence':
      return 'looking at the schema';
    case 'build-plan':
      return `planning ${command.wish.playbook}`;
    case 'rebuild-plan':
      return 'reading the facts again';
    case 'take-backup':
      return 'backup';
    case 'run-step':
      return `step ${command.step}`;
    case 'verify':
      return 'verifying';
    default:
      return command.type;
  }
}
