import type { TableRef } from '../core/facts.js';
import { UserError } from '../core/errors.js';

const part = /^(?:"((?:[^"]|"")+)"|([^".\s]+))/;

/**
 * Reads SCHEMA.TABLE. Quotes are allowed (`"my schema"."t.x"`); without them a name is
 * taken as it stands, capitals included, since that is how Drizzle's settings are written.
 * @throws UserError for any other form.
 */
export function parseTableName(text: string): TableRef {
  const [schema, afterSchema] = readPart(text.trim());
  if (schema !== null && afterSchema.startsWith('.')) {
    const [table, rest] = readPart(afterSchema.slice(1));
    if (table !== null && rest === '') return { schema, table };
  }
  const next = [
    'Write it as SCHEMA.TABLE, for example --history-table drizzle.__drizzle_migrations.',
  ];
  if (schema !== null && afterSchema === '') {
    next.push(`If the table is in the schema public: --history-table public.${text.trim()}.`);
  }
  throw new UserError(`--history-table ${JSON.stringify(text)} is not SCHEMA.TABLE.`, next);
}

function readPart(text: string): [string | null, string] {
  const match = part.exec(text);
  if (match === null) return [null, text];
  const name = match[1]?.replaceAll('""', '"') ?? match[2] ?? null;
  return [name, text.slice(match[0].length)];
}
