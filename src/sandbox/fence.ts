import type pg from 'pg';
import { nameParts } from '../postgres/statement-tree.js';
import { inBlock } from './outward.js';
import { fieldOf, itemsOf, type Node, textOf, type Tree } from './replay/tree.js';
import { isEmbedded } from './stand-ins/index.js';

/**
 * Why a statement is not run on the server that --sandbox-url names though it would be on our own, which
 * nothing gets out of (server.ts); null: it is run.
 */
export type Fence = (tree: Tree) => string | null;

/** Extensions that stay inside their database, besides those that the server itself calls trusted. */
const INSIDE = new Set([
  ...[
    'plpgsql',
    'vector',
    'earthdistance',
    'bloom',
    'pg_stat_statements',
    'pgstattuple',
    'amcheck',
  ],
  ...[
    'pageinspect',
    'pg_buffercache',
    'pg_visibility',
    'pg_freespacemap',
    'pgrowlocks',
    'dict_xsyn',
  ],
  ...['autoinc', 'insert_username', 'moddatetime', 'refint', 'intagg', 'sslinfo', 'xml2', 'pgtap'],
  ...[
    'postgis',
    'postgis_raster',
    'postgis_topology',
    'postgis_sfcgal',
    'pgrouting',
    'h3',
    'h3_postgis',
  ],
  ...[
    'address_standardizer',
    'address_standardizer_data_us',
    'postgis_tiger_geocoder',
    'hypopg',
    'rum',
  ],
  ...[
    'pg_uuidv7',
    'pgjwt',
    'semver',
    'periods',
    'temporal_tables',
    'pg_hashids',
    'pgx_ulid',
    'ulid',
  ],
]);

/** Never, whatever the server calls them. */
const OUTSIDE =
  /^(?:dblink|http|pg_net|pg_cron|plproxy|pg_background|wrappers|.*_fdw|aws_.*|azure_.*|.*logical.*)$/;

/** Languages whose functions reach nothing but the database. */
const TRUSTED_LANGUAGES = new Set(['sql', 'plpgsql', 'plperl', 'pltcl', 'plv8', 'pllua']);

/**
 * The fence of the server that `client` is connected to; null for our own. Behind it there are no ways
 * to other servers and to files: a function that wants them fails, and what it would have done is unknown.
 */
export async function fenceOf(client: pg.Client): Promise<Fence | null> {
  if (await isEmbedded(client)) return null;
  const { rows } = await client.query<{ name: string }>(
    'SELECT DISTINCT name FROM pg_catalog.pg_available_extension_versions WHERE trusted',
  );
  const trusted = new Set(rows.map(({ name }) => name));
  const staysInside = (name: string): boolean =>
    !OUTSIDE.test(name) && (INSIDE.has(name) || trusted.has(name));
  return ({ type, node }) => {
    switch (type) {
      case 'CreateExtensionStmt': {
        const name = textOf(node, 'extname') ?? '';
        return staysInside(name) ? null : `the extension ${name} may reach beyond its database`;
      }
      case 'CreateForeignServerStmt':
      case 'AlterForeignServerStmt':
      case 'CreateFdwStmt':
      case 'AlterFdwStmt':
      case 'CreateUserMappingStmt':
      case 'AlterUserMappingStmt':
      case 'ImportForeignSchemaStmt':
      case 'CreateSubscriptionStmt':
        return 'it leads to another server';
      case 'LoadStmt':
        return 'it loads a library into the server';
      case 'CreatePLangStmt':
        return TRUSTED_LANGUAGES.has(textOf(node, 'plname') ?? '')
          ? null
          : 'it brings a language that may reach beyond the database';
      case 'CreateFunctionStmt':
        return ofFunction(node);
      default:
        return null;
    }
  };
}

function ofFunction(node: Node): string | null {
  const options = itemsOf(node['options']).map((option) => option.node);
  const argument = (name: string): Node | undefined =>
    fieldOf(
      options.find((option) => textOf(option, 'defname') === name),
      'arg',
    );
  const language = textOf(fieldOf(argument('language'), 'String'), 'sval') ?? 'sql';
  if (!TRUSTED_LANGUAGES.has(language))
    return `a function in ${language} may reach beyond the database`;
  const body = nameParts(fieldOf(argument('as'), 'List')?.['items']).join('\n');
  return inBlock(body) ? 'it reaches beyond its database when it is called' : null;
}
