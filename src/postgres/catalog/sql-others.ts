import {
  type Branch,
  type Wanted,
  nameOf,
  notOwned,
  onlyTouched,
  ownSchema,
  partsOf,
  select,
} from './sql-parts.js';

/** What stands in no table: schemas, extensions, operators, casts, collations, text search, event triggers, publications. */
export function others(wanted: Wanted): string[] {
  return [
    schemas,
    extensions,
    operators,
    casts,
    collations,
    configurations,
    dictionaries,
    eventTriggers,
    publications,
  ].map((branch) => select(branch(wanted)));
}

function schemas(wanted: Wanted): Branch {
  return {
    class: 'pg_namespace',
    object: 'n.oid',
    key: `'schema ' || quote_ident(n.nspname)`,
    kind: `'schema'`,
    schema: 'NULL',
    parts: partsOf({}),
    acl: [`'n'`, 'n.nspacl', 'n.nspowner'],
    from: `FROM pg_catalog.pg_namespace AS n
WHERE true${ownSchema('n.nspname')}${onlyTouched(wanted, 'pg_namespace', 'n.oid')}${notOwned('pg_namespace', 'n.oid')}`,
  };
}

/** Not its version: each server brings its own. */
function extensions(wanted: Wanted): Branch {
  return {
    class: 'pg_extension',
    object: 'e.oid',
    key: `'extension ' || quote_ident(e.extname)`,
    kind: `'extension'`,
    schema: 'NULL',
    parts: partsOf({ schema: 'quote_ident(n.nspname)' }),
    from: `FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE true${onlyTouched(wanted, 'pg_extension', 'e.oid')}`,
  };
}

function operators(wanted: Wanted): Branch {
  const type = (column: string): string =>
    `CASE ${column} WHEN 0 THEN 'NONE' ELSE format_type(${column}, NULL) END`;
  return {
    class: 'pg_operator',
    object: 'o.oid',
    key: `'operator ' || quote_ident(n.nspname) || '.' || o.oprname || '(' || ${type('o.oprleft')} || ', ' || ${type('o.oprright')} || ')'`,
    kind: `'operator'`,
    schema: 'n.nspname',
    parts: partsOf({
      function: 'o.oprcode::oid::regprocedure',
      commutator: 'CASE WHEN o.oprcom <> 0 THEN o.oprcom::regoperator END',
      negator: 'CASE WHEN o.oprnegate <> 0 THEN o.oprnegate::regoperator END',
      restrict: 'CASE WHEN o.oprrest <> 0 THEN o.oprrest::oid::regproc END',
      join: 'CASE WHEN o.oprjoin <> 0 THEN o.oprjoin::oid::regproc END',
      hashes: `CASE WHEN o.oprcanhash THEN 'true' END`,
      merges: `CASE WHEN o.oprcanmerge THEN 'true' END`,
    }),
    // Without a function it is only a promise (CREATE OPERATOR made it as commutator of another).
    from: `FROM pg_catalog.pg_operator AS o JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
WHERE o.oprcode <> 0${ownSchema('n.nspname')}${onlyTouched(wanted, 'pg_operator', 'o.oid')}${notOwned('pg_operator', 'o.oid')}`,
  };
}

/** 16384: what initdb made has a lower oid. 'i': from a range to its multirange. */
function casts(wanted: Wanted): Branch {
  return {
    class: 'pg_cast',
    object: 'c.oid',
    key: `'cast (' || format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL) || ')'`,
    kind: `'cast'`,
    schema: 'NULL',
    parts: partsOf({
      function: 'CASE WHEN c.castfunc <> 0 THEN c.castfunc::regprocedure END',
      method: `CASE c.castmethod WHEN 'f' THEN 'function' WHEN 'i' THEN 'inout' ELSE 'binary' END`,
      context: `CASE c.castcontext WHEN 'e' THEN 'explicit' WHEN 'a' THEN 'assignment' ELSE 'implicit' END`,
    }),
    from: `FROM pg_catalog.pg_cast AS c
WHERE c.oid >= 16384${onlyTouched(wanted, 'pg_cast', 'c.oid')}${notOwned('pg_cast', 'c.oid', "'e', 'i'")}`,
  };
}

function collations(wanted: Wanted): Branch {
  const { version } = wanted;
  const icu =
    version >= 170000 ? 'c.colllocale' : version >= 150000 ? 'c.colliculocale' : 'NULL::text';
  return {
    class: 'pg_collation',
    object: 'c.oid',
    key: `'collation ' || ${nameOf('n.nspname', 'c.collname')}`,
    kind: `'collation'`,
    schema: 'n.nspname',
    parts: partsOf({
      provider: `CASE c.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'default' END`,
      // Until 14 an ICU locale stands where libc has its own, too.
      locale: `coalesce(${icu}, c.collcollate)`,
      ctype: 'nullif(c.collctype, c.collcollate)',
      deterministic: 'c.collisdeterministic',
      rules: version >= 160000 ? 'c.collicurules' : 'NULL',
    }),
    // Of one name there may be one for each encoding; only the database's own is seen.
    from: `FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
WHERE c.collencoding IN (-1, (SELECT encoding FROM pg_catalog.pg_database WHERE datname = current_database()))${ownSchema('n.nspname')}${onlyTouched(wanted, 'pg_collation', 'c.oid')}${notOwned('pg_collation', 'c.oid')}`,
  };
}

function configurations(wanted: Wanted): Branch {
  return {
    class: 'pg_ts_config',
    object: 'c.oid',
    key: `'text search configuration ' || ${nameOf('n.nspname', 'c.cfgname')}`,
    kind: `'text search'`,
    schema: 'n.nspname',
    parts: partsOf({
      parser: 'p.prsname',
      mapping: `(SELECT string_agg(t.alias || ': ' || m.dictionaries, '; ' ORDER BY t.alias) FROM (
        SELECT m.maptokentype, string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS dictionaries
        FROM pg_catalog.pg_ts_config_map AS m WHERE m.mapcfg = c.oid GROUP BY m.maptokentype) AS m
        JOIN ts_token_type(c.cfgparser) AS t ON t.tokid = m.maptokentype)`,
    }),
    from: `FROM pg_catalog.pg_ts_config AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
JOIN pg_catalog.pg_ts_parser AS p ON p.oid = c.cfgparser
WHERE true${ownSchema('n.nspname')}${onlyTouched(wanted, 'pg_ts_config', 'c.oid')}${notOwned('pg_ts_config', 'c.oid')}`,
  };
}

function dictionaries(wanted: Wanted): Branch {
  return {
    class: 'pg_ts_dict',
    object: 't.oid',
    key: `'text search dictionary ' || ${nameOf('n.nspname', 't.dictname')}`,
    kind: `'text search'`,
    schema: 'n.nspname',
    parts: partsOf({ template: 'm.tmplname', options: 't.dictinitoption' }),
    from: `FROM pg_catalog.pg_ts_dict AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.dictnamespace
JOIN pg_catalog.pg_ts_template AS m ON m.oid = t.dicttemplate
WHERE true${ownSchema('n.nspname')}${onlyTouched(wanted, 'pg_ts_dict', 't.oid')}${notOwned('pg_ts_dict', 't.oid')}`,
  };
}

function eventTriggers(wanted: Wanted): Branch {
  return {
    class: 'pg_event_trigger',
    object: 'e.oid',
    key: `'event trigger ' || quote_ident(e.evtname)`,
    kind: `'event trigger'`,
    schema: 'NULL',
    parts: partsOf({
      event: 'e.evtevent',
      tags: `(SELECT string_agg(t.tag, ', ' ORDER BY t.tag) FROM unnest(e.evttags) AS t(tag))`,
      function: 'e.evtfoid::regprocedure',
      enabled: `CASE e.evtenabled WHEN 'O' THEN 'true' WHEN 'D' THEN 'false' WHEN 'R' THEN 'replica' ELSE 'always' END`,
    }),
    from: `FROM pg_catalog.pg_event_trigger AS e
WHERE true${onlyTouched(wanted, 'pg_event_trigger', 'e.oid')}${notOwned('pg_event_trigger', 'e.oid')}`,
  };
}

function publications(wanted: Wanted): Branch {
  const { version } = wanted;
  const detail =
    version < 150000
      ? `''`
      : `coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
          WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')', '') || coalesce(' WHERE ' || pg_get_expr(r.prqual, r.prrelid), '')`;
  return {
    class: 'pg_publication',
    object: 'p.oid',
    key: `'publication ' || quote_ident(p.pubname)`,
    kind: `'publication'`,
    schema: 'NULL',
    parts: partsOf({
      'all tables': `CASE WHEN p.puballtables THEN 'true' END`,
      publish: `concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
        CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)`,
      'via root': `CASE WHEN p.pubviaroot THEN 'true' END`,
      'generated columns':
        version >= 180000 ? `CASE p.pubgencols WHEN 's' THEN 'stored' END` : 'NULL',
      tables: `(SELECT string_agg(${nameOf('n.nspname', 'c.relname')} || ${detail}, ', ' ORDER BY n.nspname, c.relname)
        FROM pg_catalog.pg_publication_rel AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE r.prpubid = p.oid)`,
      schemas:
        version < 150000
          ? 'NULL'
          : `(SELECT string_agg(quote_ident(n.nspname), ', ' ORDER BY n.nspname) FROM pg_catalog.pg_publication_namespace AS s
        JOIN pg_catalog.pg_namespace AS n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid)`,
    }),
    from: `FROM pg_catalog.pg_publication AS p
WHERE true${onlyTouched(wanted, 'pg_publication', 'p.oid')}${notOwned('pg_publication', 'p.oid')}`,
  };
}
