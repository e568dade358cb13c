import type pg from 'pg';
import { quoteIdent } from '../../core/tool.js';
import type { Knowledge } from './knowledge.js';
import type { LiveSide } from './live-side.js';
import type { LiveNeed } from './needs.js';

/** `"$user"` is the sandbox's role there: the live session's name is put in its place. */
export function pathOf(searchPath: string, user: string): string {
  return searchPath.replace(/"\$user"|(?<![\w"$])\$user(?![\w"$])/g, () => quoteIdent(user));
}

/**
 * Makes the schemas of the live search_path that are there and that no migration makes: without the
 * first of them, all that has no schema in its name would be made in another one than live. Gives
 * what the live database was asked for, and a sentence for each that was made.
 */
export async function makePathSchemas(
  admin: pg.Client,
  { catalog, searchPath }: LiveSide,
  knowledge: () => Knowledge,
): Promise<{ readonly needs: readonly LiveNeed[]; readonly sentences: readonly string[] }> {
  const names = schemasOf(searchPath).filter((name) => !/^(?:public|pg_.*|\$user)$/.test(name));
  const needs = names.map((name): LiveNeed => ({ kind: 'schema', name }));
  const sentences: string[] = [];
  for (const name of names) {
    const keys = [`schema ${name}`, `schema ${quoteIdent(name)}`];
    if (!catalog.some(({ key }) => keys.includes(key)) || knowledge().makes('schema', name))
      continue;
    await admin.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdent(name)}`);
    sentences.push(`schema ${name}, which the live search_path names`);
  }
  return { needs, sentences };
}

/** The names in a search_path, as the server reads it. */
function schemasOf(searchPath: string): readonly string[] {
  const parts = searchPath.match(/"(?:[^"]|"")*"|[^",\s]+/g) ?? [];
  return parts.map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase(),
  );
}
