/**
 * What stands in a database's catalog, as plain data. The live database and the sandbox are read
 * with the same SQL (src/postgres/catalog/), so that what means the same compares equal.
 */

export type ObjectKind =
  | 'schema'
  | 'extension'
  | 'enum'
  | 'domain'
  | 'type'
  | 'sequence'
  | 'table'
  | 'foreign table'
  | 'column'
  | 'constraint'
  | 'index'
  | 'view'
  | 'materialized view'
  | 'function'
  | 'procedure'
  | 'aggregate'
  | 'operator'
  | 'cast'
  | 'collation'
  | 'text search'
  | 'trigger'
  | 'event trigger'
  | 'rule'
  | 'policy'
  | 'statistics'
  | 'publication'
  | 'comment'
  | 'grant'
  | 'default privilege';

/** One object of the catalog: a table, a column of it, a constraint, a grant, a comment... */
export interface CatalogObject {
  /** Kind and qualified name, as an operator would say it: "column public.users.email", "grant SELECT on table public.users to anon". Unique in a database. */
  readonly key: string;
  readonly kind: ObjectKind;
  /** null for what stands in no schema. */
  readonly schema: string | null;
  /** Key of the object it goes with when that is dropped: the table of a column, the object of a comment. */
  readonly parent: string | null;
  /**
   * Its definition, in parts that change one by one: a column has type, nullable, default,
   * identity, generated...; an index has definition and valid. A part that does not apply is left out.
   * As the server prints it; see `SameDefinition`.
   */
  readonly parts: Readonly<Record<string, string>>;
  /** Of a column: its place in the table. Never compared: who takes a column away and makes it again, makes it the last. */
  readonly position?: number;
}

/**
 * Whether two texts of one part mean the same, though servers 13 to 18 print some differently.
 * Equal texts are the same; src/postgres/catalog/same.ts looks at the others with PostgreSQL's parser.
 */
export type SameDefinition = (kind: ObjectKind, part: string, a: string, b: string) => boolean;
