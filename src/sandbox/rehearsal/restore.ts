import type pg from 'pg';
import { parseSync } from 'libpg-query';
import type { SqlParser } from '../../core/sql.js';
import { rewriteFor } from '../stand-ins/index.js';
import { namesIn } from './names.js';
import { attempt } from './send.js';

/** A statement of the dump that the sandbox refused. */
export interface Refused {
  readonly sqlstate: string;
  readonly message: string;
  /** What it names: "public.docs", "docs", "vector". */
  readonly names: readonly string[];
}

/** What a role that is no superuser cannot do. */
const ownership = /^(ALTER [\s\S]* OWNER TO |GRANT |REVOKE |ALTER DEFAULT PRIVILEGES )/;
/** What changes nothing of the schema: a setting of another version, a comment on an extension. */
const beside = /^(SET |SELECT pg_catalog\.set_config|COMMENT ON EXTENSION )/;

/**
 * Restores a schema dump into an empty database: at once, or, where a statement of it fails,
 * one after another. Returns those that failed.
 */
export async function restoreSchema(
  client: pg.Client,
  dump: string,
  options: {
    readonly parser: SqlParser;
    readonly owners: boolean;
    readonly signal: AbortSignal;
  },
): Promise<readonly Refused[]> {
  const { parser, owners, signal } = options;
  if (owners) {
    // Several statements in one query are one transaction: all of it, or nothing.
    const whole = await client.query(rewriteFor(dump)).then(
      () => true,
      () => false,
    );
    if (whole) return [];
    signal.throwIfAborted();
  }
  const split = parser.split(dump);
  if (!split.ok) return [{ sqlstate: '42601', message: split.message, names: [] }];
  const refused: Refused[] = [];
  for (const { text } of split.statements) {
    signal.throwIfAborted();
    if (!owners && ownership.test(text)) continue;
    const error = await attempt(client, text);
    if (error === null || beside.test(text)) continue;
    signal.throwIfAborted();
    refused.push({ ...error, names: namesIn(parseSync(text)) });
  }
  return refused;
}
