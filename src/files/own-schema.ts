import { quoteIdent } from '../core/tool.js';
import type { Tool } from '../tools/contract.js';

export interface OwnSchema {
  readonly schema: string;
  /** The URL in PostgreSQL's own words: with a search_path instead. */
  readonly url: string;
}

/** The schema in which the tool works, where a database URL names one in the tool's way; null: the server's default. */
export function schemaIn(
  databaseUrl: string | null,
  { schemaParameter }: Pick<Tool, 'schemaParameter'>,
): OwnSchema | null {
  if (databaseUrl === null || schemaParameter === undefined || !URL.canParse(databaseUrl)) {
    return null;
  }
  const url = new URL(databaseUrl);
  const schema = url.searchParams.get(schemaParameter);
  if (schema === null || schema === '') return null;
  url.searchParams.delete(schemaParameter);
  const given = url.searchParams.get('options');
  const path = quoteIdent(schema).replaceAll(/[\\ ]/g, String.raw`\$&`);
  url.searchParams.set('options', `${given === null ? '' : `${given} `}-c search_path=${path}`);
  // A plus is no space to libpq.
  url.search = url.search.replaceAll('+', '%20');
  return { schema, url: url.href };
}
