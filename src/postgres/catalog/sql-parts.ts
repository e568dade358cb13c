/**
 * 'touched': only owners in pg_temp.pgmedic_touched(class oid, object oid). `named`: only those
 * on which objects with these keys may stand (sql-named.ts).
 */
export type Scope = 'all' | 'touched' | { readonly named: readonly string[] };

/** Which rows are wanted, and of which server. */
export interface Wanted {
  readonly scope: Scope;
  /** server_version_num: 150018. */
  readonly version: number;
}

/** Catalogs by the class oid that pg_depend, pg_description and event triggers use; the same on 13 to 18. */
export const CLASS = {
  pg_class: 1259,
  pg_type: 1247,
  pg_proc: 1255,
  pg_namespace: 2615,
  pg_constraint: 2606,
  pg_trigger: 2620,
  pg_rewrite: 2618,
  pg_policy: 3256,
  pg_statistic_ext: 3381,
  pg_extension: 3079,
  pg_operator: 2617,
  pg_cast: 2605,
  pg_collation: 3456,
  pg_ts_config: 3602,
  pg_ts_dict: 3600,
  pg_event_trigger: 3466,
  pg_publication: 6104,
  pg_default_acl: 826,
} as const;

export type ClassName = keyof typeof CLASS;

/**
 * ` AND column = ANY(the touched)`: an array, since the planner takes it for a few values and
 * goes through the index, however large the catalog is. Nothing when all are wanted.
 */
export function onlyTouched({ scope }: Wanted, className: ClassName, column: string): string {
  if (scope === 'all') return '';
  return ` AND ${column} = ANY (ARRAY(SELECT object FROM ${scope === 'touched' ? 'pg_temp.pgmedic_touched' : 'named'} WHERE class = ${CLASS[className]}))`;
}

/**
 * ` AND` not a part of an extension ('e') or, for what PostgreSQL makes by itself, of another object
 * ('i'). A LIMIT keeps the planner from reading all of pg_depend.
 */
export function notOwned(className: ClassName, column: string, types = "'e'"): string {
  return ` AND (SELECT true FROM pg_catalog.pg_depend AS d WHERE d.classid = ${CLASS[className]} AND d.objid = ${column} AND d.objsubid = 0 AND d.deptype IN (${types}) LIMIT 1) IS NULL`;
}

/** ` AND` in a schema of the project's own: pg_ is reserved for the system, and covers temporary ones. */
export function ownSchema(column: string): string {
  return ` AND ${column} NOT LIKE 'pg\\_%' AND ${column} <> 'information_schema'`;
}

/** A json object of those parts that apply; what is NULL does not. */
export function partsOf(parts: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parts).map(([name, value]) => `'${name}', (${value})::text`);
  return `json_strip_nulls(json_build_object(${pairs.join(', ')}))`;
}

/** "public.users" of two columns with names. */
export function nameOf(schema: string, name: string): string {
  return `quote_ident(${schema}) || '.' || quote_ident(${name})`;
}

/** One branch of the list of objects, before comments and grants are added. */
export interface Branch {
  readonly class: ClassName;
  readonly object: string;
  /** Column number, as in pg_description.objsubid; 0 otherwise. */
  readonly sub?: string;
  /** Class and oid of the owner, where it is not the object itself. */
  readonly owner?: readonly [className: ClassName, oid: string];
  readonly key: string;
  /** NULL: no object of its own, only something to hang comments and grants on. */
  readonly kind: string;
  readonly schema: string;
  readonly parent?: string;
  readonly parts: string;
  /** Access control list, its type as acldefault() takes it, and the role that owns the object. */
  readonly acl?: readonly [type: string, acl: string, role: string];
  /** What follows SELECT ...: FROM and WHERE. */
  readonly from: string;
}

/** The SELECT of a branch; all have the same columns. */
export function select(branch: Branch): string {
  const [ownerClass, owner] = branch.owner ?? [branch.class, branch.object];
  const [aclType, acl, role] = branch.acl ?? ['NULL', 'NULL', 'NULL'];
  return `SELECT ${CLASS[branch.class]}::oid AS class, ${branch.object} AS object, ${branch.sub ?? '0'}::int AS sub,
  '${CLASS[ownerClass]}/' || ${owner} AS owner, ${branch.key} AS key, ${branch.kind}::text AS kind, ${branch.schema}::text AS schema,
  ${branch.parent ?? 'NULL'}::text AS parent, ${branch.parts} AS parts,
  ${aclType}::"char" AS acl_type, ${acl}::aclitem[] AS acl, ${role}::oid AS role
${branch.from}`;
}
