import {
  type Wanted,
  nameOf,
  notOwned,
  onlyTouched,
  ownSchema,
  partsOf,
  select,
} from './sql-parts.js';

/** Since 14 a procedure's arguments are printed with IN. */
const identity = `CASE p.prokind WHEN 'p' THEN regexp_replace(pg_get_function_identity_arguments(p.oid), '(^|, )IN ', '\\1', 'g')
  ELSE pg_get_function_identity_arguments(p.oid) END`;
const name = `${nameOf('n.nspname', 'p.proname')} || '(' || ${identity} || ')'`;

/** Without those that PostgreSQL makes for a range type. */
export function functions(wanted: Wanted): string[] {
  return [functionsOf(wanted), aggregates(wanted)];
}

function from(wanted: Wanted): string {
  return `FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE true${ownSchema('n.nspname')}${onlyTouched(wanted, 'pg_proc', 'p.oid')}${notOwned('pg_proc', 'p.oid', "'e', 'i'")}`;
}

/** Rows are planned at 1000 for a set, at 0 otherwise; cost at 1 for C, at 100 otherwise. */
const common = {
  arguments: 'pg_get_function_arguments(p.oid)',
  returns: 'pg_get_function_result(p.oid)',
  parallel: `CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END`,
  volatility: `CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END`,
  strict: `CASE WHEN p.proisstrict THEN 'true' END`,
};

function functionsOf(wanted: Wanted): string {
  const body =
    wanted.version < 140000 ? 'p.prosrc' : 'coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)';
  return select({
    class: 'pg_proc',
    object: 'p.oid',
    key: `CASE p.prokind WHEN 'p' THEN 'procedure ' ELSE 'function ' END || ${name}`,
    kind: `CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END`,
    schema: 'n.nspname',
    parts: partsOf({
      ...common,
      language: 'quote_ident(l.lanname)',
      body,
      library: 'p.probin',
      'security definer': `CASE WHEN p.prosecdef THEN 'true' END`,
      leakproof: `CASE WHEN p.proleakproof THEN 'true' END`,
      window: `CASE WHEN p.prokind = 'w' THEN 'true' END`,
      settings: `(SELECT string_agg(s.setting, ', ' ORDER BY s.setting) FROM unnest(p.proconfig) AS s(setting))`,
      cost: `CASE WHEN p.procost <> CASE WHEN l.lanname IN ('c', 'internal') THEN 1 ELSE 100 END THEN p.procost END`,
      rows: `CASE WHEN p.prorows <> CASE WHEN p.proretset THEN 1000 ELSE 0 END THEN p.prorows END`,
      support: `CASE WHEN p.prosupport <> 0 THEN p.prosupport::oid::regprocedure END`,
      transforms: `(SELECT string_agg(format_type(t.type, NULL), ', ' ORDER BY format_type(t.type, NULL)) FROM unnest(p.protrftypes) AS t(type))`,
    }),
    acl: [`'f'`, 'p.proacl', 'p.proowner'],
    from: `${from(wanted)} AND p.prokind <> 'a'`,
  });
}

function aggregates(wanted: Wanted): string {
  const proc = (column: string): string =>
    `CASE WHEN a.${column} <> 0 THEN a.${column}::oid::regprocedure END`;
  const state = (type: string, space: string): string =>
    `CASE WHEN a.${type} <> 0 THEN format_type(a.${type}, NULL) || CASE WHEN a.${space} > 0 THEN ' of ' || a.${space} ELSE '' END END`;
  const flag = (column: string): string => `CASE WHEN a.${column} THEN 'true' END`;
  return select({
    class: 'pg_proc',
    object: 'p.oid',
    key: `'aggregate ' || ${name}`,
    kind: `'aggregate'`,
    schema: 'n.nspname',
    parts: partsOf({
      ...common,
      'aggregate kind': `CASE a.aggkind WHEN 'o' THEN 'ordered set' WHEN 'h' THEN 'hypothetical set' END`,
      'state function': proc('aggtransfn'),
      'state type': state('aggtranstype', 'aggtransspace'),
      'initial value': 'a.agginitval',
      'final function': proc('aggfinalfn'),
      'final function extra': flag('aggfinalextra'),
      'final function modify': `nullif(a.aggfinalmodify, CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::"char")`,
      'combine function': proc('aggcombinefn'),
      'serial function': proc('aggserialfn'),
      'deserial function': proc('aggdeserialfn'),
      'moving state function': proc('aggmtransfn'),
      'moving inverse function': proc('aggminvtransfn'),
      'moving final function': proc('aggmfinalfn'),
      'moving final function extra': flag('aggmfinalextra'),
      'moving state type': state('aggmtranstype', 'aggmtransspace'),
      'moving initial value': 'a.aggminitval',
      'sort operator': `CASE WHEN a.aggsortop <> 0 THEN a.aggsortop::oid::regoperator END`,
    }),
    acl: [`'f'`, 'p.proacl', 'p.proowner'],
    from: from(wanted).replace(
      'WHERE true',
      `JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid = p.oid\nWHERE p.prokind = 'a'`,
    ),
  });
}
