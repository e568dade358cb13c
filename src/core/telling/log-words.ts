import type { LogEntry } from '../session/log-entry.js';
import { oneLine } from './visible.js';

/** So much of a query that only reads is shown. */
const READ_SHOWN = 160;

/** An entry of the session's log: when, what for and how it went; beneath it, a write or a command whole. */
export function logLines(entry: LogEntry): { readonly head: string; readonly text: string[] } {
  const { at, phase, kind, by, took, error, times } = entry;
  const time = new Date(at).toISOString().slice(11, 19);
  const how = took === null ? 'running' : `${(took / 1000).toFixed(3)} s`;
  const often = times === 1 ? '' : `, ${times} times`;
  const failed = error === null ? '' : `, FAILED: ${oneLine(error)}`;
  return {
    head: `${time}Z  ${phase}: ${kind} (${by}), ${how}${often}${failed}`,
    text: kind === 'read' ? [shortened(entry.text)] : entry.text.split('\n'),
  };
}

function shortened(text: string): string {
  const row = text.replace(/\s+/g, ' ');
  return row.length <= READ_SHOWN ? row : `${row.slice(0, READ_SHOWN - 3)}...`;
}
