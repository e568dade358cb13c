import type { Target } from '../facts.js';

/** How dangerous a named environment is, judged by its name; null when it was not named. */
export type EnvironmentKind = 'production' | 'staging' | 'harmless' | 'other' | null;

export function environmentKind(name: string | null): EnvironmentKind {
  if (name === null) return null;
  if (/pre-?prod/i.test(name)) return 'staging';
  if (/prod|live/i.test(name)) return 'production';
  if (/stag|uat|preview|qa/i.test(name)) return 'staging';
  return /dev|local|test|drill|sandbox|ci\b/i.test(name) ? 'harmless' : 'other';
}

export function environmentWords(target: Target): string {
  return target.environment === null ? 'environment not named' : target.environment.toUpperCase();
}

/** "shop @ db-7.internal:5432". */
export function whereWords(target: { host: string; port: number; database: string }): string {
  return `${target.database} @ ${target.host}:${target.port}`;
}

/** "PostgreSQL 15.18  primary  as app_admin". */
export function serverWords(target: Target): readonly string[] {
  return [
    `PostgreSQL ${target.serverVersion}`,
    target.role + (target.pooler ? ' through a pooler' : ''),
    `as ${target.user}`,
  ];
}
