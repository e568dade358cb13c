/** An extension that the sandbox's server lacks, made of SQL alone: what DDL names is there, few values are computed. */
export interface StandInExtension {
  readonly name: string;
  /** The version that CREATE EXTENSION records, as the real one's. */
  readonly version: string;
  /** As the real extension's control file says it, so that the comment does not differ from a live one's. */
  readonly comment: string;
  /** The schema that the real control file fixes; it is made when missing. null: any. */
  readonly schema: string | null;
  readonly requires: readonly string[];
  /**
   * Statements without a schema in front of what they make, and with nothing but pg_catalog's
   * names in function bodies: the extension can stand in any schema.
   */
  readonly statements: readonly string[];
  /** One sentence for the operator. */
  readonly sentence: string;
}

/** The function by which a stand-in is told from the real extension. */
export function markOf(name: string): string {
  return `stand_in_for_${name.replace(/\W/g, '_')}`;
}

/** All statements of the script: the mark comes first. */
export function scriptOf({ name, statements }: StandInExtension): readonly string[] {
  const mark = `CREATE FUNCTION ${markOf(name)}() RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'`;
  return [mark, ...statements];
}

/** A function of PostgreSQL itself under another name and signature. */
export function internal(signature: string, returns: string, symbol: string): string {
  return `CREATE FUNCTION ${signature} RETURNS ${returns} AS '${symbol}' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE`;
}

/** A function whose body is one expression; plpgsql turns it into the result's type, whatever schema that is in. */
export function computed(signature: string, returns: string, expression: string): string {
  return `CREATE FUNCTION ${signature} RETURNS ${returns} LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$ BEGIN RETURN (${expression}); END $body$`;
}
