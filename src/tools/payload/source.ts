import { type Chunk, joinChunks } from '../../core/tool.js';
import { readTemplate } from './template.js';

/** What a migration file of Payload's says: SQL alone, or more than that. */
export type Source =
  | {
      readonly type: 'sql';
      /** One for each `await db.execute(...)`, in order; offsets are those of the file. */
      readonly up: readonly Chunk[];
      /** null: it does nothing, or more than SQL. */
      readonly down: Chunk | null;
    }
  /** `why`: "line 12: ..." */
  | { readonly type: 'program'; readonly why: string };

/**
 * Reads the SQL out of a migration. What `payload migrate:create` writes has so few forms that all
 * of the file is matched against them, from the first character to the last: imports, `up` and
 * `down`, and in those nothing but ``await db.execute(sql`...`)`` without expressions, where `db` is
 * the parameter (the transaction) and `sql` Payload's or Drizzle's. Anything else, such as another
 * declaration that may shadow one of these names, makes it a program: a parser of the whole
 * language would find more to read, and no more of what may be trusted. A `down` of another kind
 * is passed over, and there is none then.
 */
export function readSource(text: string): Source {
  const reader = readerOf(text);
  let sqlIsKnown = false;
  let up: readonly Chunk[] | null = null;
  let down: readonly Chunk[] | null = [];
  try {
    while (!reader.atEnd()) {
      const imported = reader.match(importPattern);
      if (imported !== null) {
        const bound = imported[1] === undefined ? names(imported[2]) : [];
        if (!bound.some((name) => /\bsql$/.test(name))) continue;
        const source = imported[3] ?? imported[4];
        if (!bound.includes('sql') || !isSqlSource(source)) reader.refuse(otherSql);
        sqlIsKnown = true;
        continue;
      }
      const found = reader.match(functionPattern) ?? reader.refuse('more than up and down');
      const own = names(found[2]);
      const hasDb = own.includes('db') && !own.includes('sql');
      if (found[1] === 'up') up = readBody(reader, hasDb);
      else down = readDown(reader, hasDb);
    }
  } catch (error) {
    if (error instanceof Refusal) return { type: 'program', why: error.message };
    throw error;
  }
  if (up === null) return { type: 'program', why: 'it has no up' };
  if (up.length > 0 && !sqlIsKnown) return { type: 'program', why: 'it has no sql of Payload’s' };
  return { type: 'sql', up, down: down === null || !sqlIsKnown ? null : joinChunks(down) };
}

const otherSql = 'its sql is not Payload’s';
const importPattern =
  /import\s+(type\s+)?\{([\w$\s,]*)\}\s*from\s*(?:'([^'\n\\]*)'|"([^"\n\\]*)");?/y;
const functionPattern =
  /export\s+async\s+function\s+(up|down)\s*\(\s*\{([\w$\s,]*)\}\s*(?::\s*\w+\s*)?,?\s*\)\s*(?::\s*Promise\s*<\s*void\s*>\s*)?\{/y;

function names(list = ''): string[] {
  return list.split(',').map((name) => name.trim());
}

function isSqlSource(path = ''): boolean {
  return /^(?:@payloadcms\/(?:db-(?:vercel-)?postgres|drizzle)|drizzle-orm)$/.test(path);
}

/** Up to the closing brace. */
function readBody(reader: Reader, hasDb: boolean): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (;;) {
    if (reader.match(/\}/y) !== null) return chunks;
    if (reader.match(/;/y) !== null) continue;
    if (!hasDb || reader.match(/await\s+db\s*\.\s*execute\s*\(\s*sql\s*(?=`)/y) === null) {
      return reader.refuse('more than await db.execute(sql`...`)');
    }
    chunks.push(reader.template());
    if (reader.match(/,?\s*\)/y) === null || !reader.atStatementEnd()) {
      return reader.refuse('more than await db.execute(sql`...`)');
    }
  }
}

function readDown(reader: Reader, hasDb: boolean): readonly Chunk[] | null {
  const start = reader.place();
  try {
    return readBody(reader, hasDb);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    reader.skipBody(start);
    return null;
  }
}

class Refusal extends Error {}

type Reader = ReturnType<typeof readerOf>;

/** Goes through the text from one thing that it knows to the next; comments and space lie between. */
function readerOf(text: string) {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const blank = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)*/y;
  const sticky = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  };
  const refuse = (why: string): never => {
    throw new Refusal(`line ${text.slice(0, at).split(/\r\n|[\n\r]/).length}: ${why}`);
  };
  const template = (): Chunk => {
    const found = readTemplate(text, at);
    if (typeof found === 'string') return refuse(found);
    const { text: sql, offset, gaps, end } = found;
    at = end;
    sticky(blank);
    return { text: sql, offset, ...(gaps.length > 0 && { gaps }) };
  };
  return {
    refuse,
    template,
    place: () => at,
    atEnd(): boolean {
      sticky(blank);
      return at >= text.length;
    },
    match(pattern: RegExp): RegExpExecArray | null {
      sticky(blank);
      return sticky(pattern);
    },
    /** JavaScript ends one at a semicolon, a line's end or a brace. */
    atStatementEnd(): boolean {
      const between = sticky(blank)?.[0] ?? '';
      return /[\n\r\u2028\u2029]/.test(between) || /[;}]/.test(text.charAt(at));
    },
    /** Behind the brace that closes a body; what may hide one (a regular expression) is refused. */
    skipBody(start: number): void {
      at = start;
      for (let depth = 1; depth > 0;) {
        sticky(blank);
        if (text[at] === '`') template();
        else if (sticky(/'(?:[^'\\\n\r]|\\[^])*'|"(?:[^"\\\n\r]|\\[^])*"|[^'"`{}/]/y) === null) {
          const brace = sticky(/[{}]/y)?.[0] ?? refuse('it has a down that cannot be passed over');
          depth += brace === '{' ? 1 : -1;
        }
      }
    },
  };
}
