import type { CatalogObject } from '../../core/catalog.js';

/** What of the live database a replay may have to prepare from. */
export interface LiveSide {
  readonly catalog: readonly CatalogObject[];
  /** As current_setting gives it: `"$user", public`. */
  readonly searchPath: string;
  /** As whom the tool logs in. */
  readonly user: string;
  readonly serverVersionNum: number;
  readonly roles: readonly LiveRole[];
  /** The text of pg_dump --schema-only; dear, so asked for only when something of it is needed. */
  readonly schemaDump: () => Promise<string>;
}

export interface LiveRole {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypassRls: boolean;
  readonly inherit: boolean;
  readonly memberOf: readonly string[];
}
