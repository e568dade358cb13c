import type { EnvironmentColour } from '../core/session/state.js';
import { urlParts } from '../postgres/url.js';

/** What the settings say of an environment. */
export interface EnvironmentSettings {
  /** Hosts and databases that are it: "*.prod.internal", "db-7:5432/shop"; * stands for anything. */
  readonly match?: readonly string[] | undefined;
  readonly 'read-only'?: boolean | undefined;
  /** How its word looks on the screen. */
  readonly colour?: EnvironmentColour | undefined;
}

export interface Environment {
  readonly name: string;
  /** Why it is called so. */
  readonly origin: string;
  /** Its settings allow no write. */
  readonly readOnly: boolean;
  /** null: as its name says. */
  readonly colour: EnvironmentColour | null;
}

/**
 * What the environment of a database is called: as --env says, else by the patterns of the
 * settings, the first that fits, else "production" where the host's or the database's own name says
 * so. null: nothing tells.
 */
export function findEnvironment(
  given: string | undefined,
  settings: Readonly<Record<string, EnvironmentSettings>>,
  url: string | null,
): Environment | null {
  const named = given?.trim();
  const matching = url === null ? undefined : matchOf(settings, url);
  // A name given by hand does not take away what the settings hold of the database.
  const readOnly = (name: string): boolean =>
    [name, matching?.name].some(
      (one) => one !== undefined && settings[one]?.['read-only'] === true,
    );
  const marks = (name: string): Pick<Environment, 'readOnly' | 'colour'> => ({
    readOnly: readOnly(name),
    colour: settings[name]?.colour ?? settings[matching?.name ?? name]?.colour ?? null,
  });
  if (named) return { name: named, origin: 'option --env', ...marks(named) };
  if (matching !== undefined) return { ...matching, ...marks(matching.name) };
  const sign = url === null ? null : productionSign(url);
  if (sign === null) return null;
  return { name: 'production', origin: `the name ${sign}`, ...marks('production') };
}

function matchOf(
  settings: Readonly<Record<string, EnvironmentSettings>>,
  url: string,
): { name: string; origin: string } | undefined {
  const { host, port, database } = urlParts(url);
  const names = [host, database, `${host}/${database}`, `${host}:${port}/${database}`];
  for (const [name, { match = [] }] of Object.entries(settings)) {
    const pattern = match.find((one) => names.some((text) => fits(one, text)));
    if (pattern !== undefined) return { name, origin: `pgmedic.config.yaml, ${pattern}` };
  }
  return undefined;
}

function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(text);
}

/** The host or database whose name has "prod" or "production" as a word, and no "non" or "pre" before it. */
function productionSign(url: string): string | null {
  const { host, database } = urlParts(url);
  const sign = /(?:^|[^a-z])prod(?:uction)?\d*(?:[^a-z]|$)/i;
  const not = /(?:^|[^a-z])(?:non|not|pre)[-_.]?prod/i;
  return [host, database].find((name) => sign.test(name) && !not.test(name)) ?? null;
}
