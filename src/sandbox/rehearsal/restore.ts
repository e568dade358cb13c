import type pg from 'pg';
import { parseSync } from 'libpg-query';
import { messageOf } from '../../core/errors.js';
import type { SqlParser } from '../../core/sql.js';
import { sqlstateOf } from '../../postgres/reading-transaction.js';
import { namesIn } from './names.js';

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
 * one after another. `standIn` may make what one lacks; then it is tried once more.
 * Returns the statements that failed for good, and of them whatever followed.
 */
export async function restoreSchema(
  client: pg.Client,
  dump: string,
  options: {
    readonly parser: SqlParser;
    readonly owners: boolean;
    readonly standIn: StandIn;
    readonly signal: AbortSignal;
  },
): Promise<readonly Refused[]> {
  const { parser, owners, standIn, signal } = options;
  if (owners) {
    // Several statements in one query are one transaction: all of it, or nothing.
    const whole = await client.query(dump).then(
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
    const error = await attempt(client, text, standIn);
    if (error === null || beside.test(text)) continue;
    signal.throwIfAborted();
    refused.push({ ...error, names: namesIn(parseSync(text)) });
  }
  return refused;
}

/** Makes something in the place of what a statement lacks. True: try it again. */
export type StandIn = (
  client: pg.Client,
  error: { readonly sqlstate: string; readonly message: string },
  statement: string,
) => Promise<boolean>;

async function attempt(
  client: pg.Client,
  text: string,
  standIn: StandIn,
): Promise<{ sqlstate: string; message: string } | null> {
  let last: { sqlstate: string; message: string } | null = null;
  for (let tries = 0; tries < 4; tries++) {
    try {
      await client.query(text);
      return null;
    } catch (error) {
      last = { sqlstate: sqlstateOf(error) ?? '', message: messageOf(error) };
    }
    if (!(await standIn(client, last, text))) return last;
  }
  return last;
}
