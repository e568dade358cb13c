import { quoteIdent } from '../../core/tool.js';
import type { Bench } from './bench.js';

/** A type, function or operator class that nothing in the dump makes may come with an extension. */
export async function makeExtensions({ live, run, knowledge }: Bench): Promise<string | null> {
  const made: string[] = [];
  for (const { kind, key, parts } of live.catalog) {
    const name = unquoted(key.replace(/^extension /, ''));
    if (kind !== 'extension' || knowledge.makes('extension', name)) continue;
    const schema = parts['schema'] === undefined ? undefined : unquoted(parts['schema']);
    if (schema !== undefined) await run(`CREATE SCHEMA IF NOT EXISTS ${quoteIdent(schema)}`);
    const where = schema === undefined ? '' : ` SCHEMA ${quoteIdent(schema)}`;
    const refusal = await run(`CREATE EXTENSION ${quoteIdent(name)}${where}`);
    if (refusal === null) made.push(name);
  }
  if (made.length === 0) return null;
  return `extension${made.length > 1 ? 's' : ''} ${made.join(', ')}, which the live database has`;
}

/** Keys and parts carry names as SQL writes them. */
function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
