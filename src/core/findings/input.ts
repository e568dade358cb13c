import type { Evidence } from '../evidence/evidence.js';
import type { Facts, Folder, History, Migration } from '../facts.js';
import type { Finding, FindingCode, Severity } from '../finding.js';
import type { Matching, NextRun } from '../tool.js';

/** What a rule looks at. Rules are pure: the same input, the same findings. */
export interface RuleInput {
  readonly facts: Facts;
  readonly matching: Matching;
  readonly nextRun: NextRun;
  /** null: not looked for, or not to be had. */
  readonly evidence: Evidence | null;
}

export type Rule = (input: RuleInput) => readonly Finding[];

/** A rule about a history that was read. */
export function withHistory(
  rule: (history: History, input: RuleInput) => readonly Finding[],
): Rule {
  return (input) => (input.facts.history === null ? [] : rule(input.facts.history, input));
}

export function finding(
  code: FindingCode,
  severity: Severity,
  title: string,
  rest: {
    readonly migrations?: readonly string[];
    readonly evidence: readonly string[];
    readonly playbooks?: readonly string[];
  },
): Finding {
  return { code, severity, title, migrations: [], playbooks: [], ...rest };
}

/** "drizzle/meta/_journal.json:12"; without a line where none is known. */
export function at(folder: Folder, path: string, line = 0): string {
  return `${folder.path}/${path}${line > 0 ? `:${line}` : ''}`;
}

export function journalAt(folder: Folder, line = 0): string {
  return at(folder, folder.journal?.path ?? 'meta/_journal.json', line);
}

export function isListed(migration: Migration): boolean {
  return migration.entries.length > 0;
}

/**
 * Whether the journal stamps it no later than an entry before it, so that every database skips
 * it. Where the stamps rise, only this one lacks the row, and another stamp would harm the rest.
 */
export function isOutOfOrder({ migrations }: Folder, id: string): boolean {
  const entries = migrations.flatMap((one) => one.entries);
  const [own] = migrations.find((one) => one.id === id)?.entries ?? [];
  const last = own?.when ?? null;
  return (
    own === undefined ||
    last === null ||
    entries.some(({ position, when }) => position < own.position && when !== null && when >= last)
  );
}

/** "A", "A and B", "A, B and 3 more". */
export function few(names: readonly string[], most = 3): string {
  if (names.length <= 1) return names[0] ?? '';
  const shown = names.length > most ? names.slice(0, most - 1) : names.slice(0, -1);
  const last = names.length > most ? `${names.length - shown.length} more` : (names.at(-1) ?? '');
  return `${shown.join(', ')} and ${last}`;
}

/** The verb for names told by `few`. */
export function isOrAre(names: readonly string[]): 'is' | 'are' {
  return names.length === 1 ? 'is' : 'are';
}

/** "1 row", "3 rows". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** A stamp with its date, when it is one: "1795232268935 (2026-11-20T...)". */
export function stampText(stamp: string | number | null): string {
  if (stamp === null) return 'null';
  const date = new Date(Number(stamp));
  return Number.isNaN(date.getTime()) ? String(stamp) : `${stamp} (${date.toISOString()})`;
}

/** Items by key, in the order of first appearance. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
