import type { CatalogObject } from '../catalog.js';
import type { Drift } from './evidence.js';
import { describeParts } from './show-parts.js';
import type { Family } from './taint.js';
import type { Timeline } from './timelines.js';

export interface ExtrasInput {
  readonly timelines: ReadonlyMap<string, Timeline>;
  readonly live: ReadonlyMap<string, CatalogObject>;
  readonly tainted: (object: Family) => boolean;
  /** The id of the migration that made an object; null: none did. */
  readonly madeBy: (key: string) => string | null;
}

/** What stands in the live database and no migration ever made; only the topmost, not what goes with it. */
export function extrasOf(input: ExtrasInput): Drift[] {
  const { timelines, live, tainted } = input;
  const isKnown = (key: string): boolean => timelines.has(key);
  const granted = grantedByDefault(live);
  const schemas = knownSchemas(timelines);
  const extras: Drift[] = [];
  for (const object of live.values()) {
    const { key, kind, schema, parent, parts } = object;
    if (isKnown(key) || kind === 'default privilege' || isPlatforms(object)) continue;
    // An extra table's columns, an extra schema's tables: said with it.
    if (parent !== null && !isKnown(parent)) continue;
    if (schema !== null && !schemas.has(schema)) continue;
    if (granted(object) || tainted(object)) continue;
    const migration = parent === null ? null : input.madeBy(parent);
    const found = describeParts(kind, parts);
    extras.push({ type: 'extra', key, kind, migration, madeBy: null, expected: null, found });
  }
  return extras;
}

/** Schemas that a hosting platform or another migration tool brings along. */
const PLATFORM =
  /^(auth|storage|realtime|_realtime|extensions|graphql|graphql_public|vault|pgsodium|pgsodium_masks|pgbouncer|pgtle|cron|net|supabase_\w+|_analytics|neon_auth|neon|pgrst|hdb_catalog|hdb_views|google_vacuum_mgmt|rdsadmin|drizzle|pgboss|graphile_\w+|partman|topology|tiger|tiger_data|timescaledb\w*|_timescaledb\w*|toolkit_experimental)$/;

/** Extensions that look at a server and make nothing for a schema. */
const MONITORING =
  /^(plpgsql|pg_stat_\w+|pg_buffercache|pg_visibility|pg_freespacemap|pgstattuple|pg_prewarm|hypopg|pg_hint_plan|pgaudit|auto_explain|neon\w*|rds_\w+|aws_\w+|google_\w+|azure\w*|supabase_vault|pg_graphql|pgsodium|pgjwt|pg_net|pg_cron|pg_tle|plv8|pldbgapi)$/;

function isPlatforms({ kind, key, schema, parent }: CatalogObject): boolean {
  const name = key.slice(kind.length + 1);
  if (kind === 'publication' || kind === 'event trigger') return true;
  if (kind === 'schema') return PLATFORM.test(name);
  if (kind === 'extension') return MONITORING.test(name);
  if (schema !== null && PLATFORM.test(schema)) return true;
  // Servers from 15 on no longer let everybody make tables in public; upgraded databases still do.
  return parent === 'schema public' && (kind === 'grant' || kind === 'comment');
}

/** Names of schemas that a migration, or the server itself, has made; not quoted. */
function knownSchemas(timelines: ReadonlyMap<string, Timeline>): ReadonlySet<string> {
  const keys = [...timelines.values()].filter(({ kind }) => kind === 'schema');
  return new Set(
    keys.map(({ key }) => {
      const name = key.slice('schema '.length);
      return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
    }),
  );
}

const GRANTEE = / to ("(?:[^"]|"")+"|\S+)$/;

/** Grants that ALTER DEFAULT PRIVILEGES gave of itself: the platform's doing, not somebody's. */
function grantedByDefault(
  live: ReadonlyMap<string, CatalogObject>,
): (object: CatalogObject) => boolean {
  const grantees = new Set(
    [...live.values()]
      .filter(({ kind }) => kind === 'default privilege')
      .map(({ key }) => GRANTEE.exec(key)?.[1] ?? ''),
  );
  return ({ kind, key }) => kind === 'grant' && grantees.has(GRANTEE.exec(key)?.[1] ?? '-');
}
