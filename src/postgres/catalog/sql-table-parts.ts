import { nameOf, partsOf, select } from './sql-parts.js';

const onRelation = { owner: ['pg_class', 'r.oid'], schema: 'r.nspname', parent: 'r.key' } as const;

export function tableParts(): string[] {
  return [constraints(), indexes(), triggers(), rules(), policies(), statistics()];
}

/** The text without NOT VALID, which is in the part `validated`. */
export const constraintParts = partsOf({
  definition: `regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')`,
  validated: 'k.convalidated',
});

/**
 * Without NOT NULL ('n' since 18: a part of the column), constraint triggers ('t': a trigger), and the
 * rows that a foreign key to a partitioned table has for each partition of it.
 */
export function constraints(): string {
  return select({
    ...onRelation,
    class: 'pg_constraint',
    object: 'k.oid',
    key: `'constraint ' || r.name || '.' || quote_ident(k.conname)`,
    kind: `'constraint'`,
    parts: constraintParts,
    from: `FROM rel AS r JOIN pg_catalog.pg_constraint AS k ON k.conrelid = r.oid
LEFT JOIN pg_catalog.pg_constraint AS up ON up.oid = k.conparentid AND k.conparentid <> 0
WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND up.conrelid IS DISTINCT FROM k.conrelid`,
  });
}

/** One behind a constraint is covered by it, and here only for its comment and for being valid. */
export function indexes(): string {
  const behind = `(SELECT k.conname FROM pg_catalog.pg_constraint AS k
    WHERE k.conrelid = x.indrelid AND k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x') LIMIT 1)`;
  return select({
    ...onRelation,
    class: 'pg_class',
    object: 'i.oid',
    key: `'index ' || ${nameOf('r.nspname', 'i.relname')}`,
    kind: `CASE WHEN b.conname IS NULL THEN 'index' END`,
    parent: `CASE WHEN b.conname IS NULL THEN r.key ELSE 'constraint ' || r.name || '.' || quote_ident(b.conname) END`,
    parts: partsOf({
      definition: 'CASE WHEN b.conname IS NULL THEN pg_get_indexdef(i.oid) END',
      valid: 'x.indisvalid AND x.indisready',
      clustered: `CASE WHEN x.indisclustered THEN 'true' END`,
      'replica identity': `CASE WHEN x.indisreplident THEN 'true' END`,
    }),
    from: `FROM rel AS r JOIN pg_catalog.pg_index AS x ON x.indrelid = r.oid
JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
CROSS JOIN LATERAL (SELECT ${behind} AS conname) AS b
WHERE r.relkind IN ('r', 'p', 'm')`,
  });
}

const enabled = (column: string): string =>
  `CASE ${column} WHEN 'O' THEN 'true' WHEN 'D' THEN 'false' WHEN 'R' THEN 'replica' ELSE 'always' END`;

/** What a partition has from its parent is shown only where it is enabled otherwise, as pg_dump does. */
function triggers(): string {
  return select({
    ...onRelation,
    class: 'pg_trigger',
    object: 't.oid',
    key: `'trigger ' || r.name || '.' || quote_ident(t.tgname)`,
    kind: `'trigger'`,
    parts: partsOf({ definition: 'pg_get_triggerdef(t.oid)', enabled: enabled('t.tgenabled') }),
    from: `FROM rel AS r JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = r.oid
LEFT JOIN pg_catalog.pg_trigger AS up ON up.oid = t.tgparentid AND t.tgparentid <> 0
WHERE (NOT t.tgisinternal AND t.tgparentid = 0) OR up.tgenabled <> t.tgenabled`,
  });
}

function rules(): string {
  return select({
    ...onRelation,
    class: 'pg_rewrite',
    object: 'w.oid',
    key: `'rule ' || r.name || '.' || quote_ident(w.rulename)`,
    kind: `'rule'`,
    parts: partsOf({ definition: 'pg_get_ruledef(w.oid)', enabled: enabled('w.ev_enabled') }),
    from: `FROM rel AS r JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = r.oid
WHERE w.rulename <> '_RETURN'`,
  });
}

function policies(): string {
  return select({
    ...onRelation,
    class: 'pg_policy',
    object: 'p.oid',
    key: `'policy ' || r.name || '.' || quote_ident(p.polname)`,
    kind: `'policy'`,
    parts: partsOf({
      permissive: 'p.polpermissive',
      command: `CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END`,
      roles: `(SELECT string_agg(n.name, ', ' ORDER BY n.name) FROM (
        SELECT CASE o.role WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(o.role)) END AS name
        FROM unnest(p.polroles) AS o(role)) AS n)`,
      using: 'pg_get_expr(p.polqual, p.polrelid)',
      check: 'pg_get_expr(p.polwithcheck, p.polrelid)',
    }),
    from: `FROM rel AS r JOIN pg_catalog.pg_policy AS p ON p.polrelid = r.oid`,
  });
}

/** They go with their table. */
function statistics(): string {
  return select({
    ...onRelation,
    class: 'pg_statistic_ext',
    object: 's.oid',
    key: `'statistics ' || ${nameOf('n.nspname', 's.stxname')}`,
    kind: `'statistics'`,
    parts: partsOf({
      definition: 'pg_get_statisticsobjdef(s.oid)',
      target: 'CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END',
    }),
    schema: 'n.nspname',
    from: `FROM rel AS r JOIN pg_catalog.pg_statistic_ext AS s ON s.stxrelid = r.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace`,
  });
}
