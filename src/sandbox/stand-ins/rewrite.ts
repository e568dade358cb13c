/** Strings, quoted names, comments, dollar quotes, words and single characters. */
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|(\$\w*\$)[\s\S]*?\1|\w+|[\s\S]/g;

const VECTOR_INDEX = /\busing\s+"?(?:hnsw|ivfflat)\b/i;

/**
 * The text to send instead of one or more statements, to a database in which `offerStandIns`
 * offered. What an hnsw or ivfflat index says WITH is handed to the stand-in's trigger
 * (vector-indexes.ts), which writes it into the index; everything else comes back as it is.
 */
export function rewriteFor(sql: string): string {
  if (!VECTOR_INDEX.test(sql)) return sql;
  let rewritten = '';
  let at = 0;
  for (const { from, to, body } of optionClauses(sql)) {
    rewritten += sql.slice(at, from) + disguised(body);
    at = to;
  }
  return rewritten + sql.slice(at);
}

/** Which comment belongs to which index, when several are sent at once, is said by a number that fillfactor takes: 10 to 100. */
function disguised(body: string): string {
  const options = body
    .split(',')
    .map((option) => option.split('=').map((part) => unquoted(part.trim())))
    .map(([name = '', value = 'true']) => `${name}=${value}`)
    .join(',')
    .replaceAll('*', '');
  let sum = 0;
  for (const character of options) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 91;
  return `WITH (fillfactor = ${10 + sum}) /*stand-in ${10 + sum}:${options}*/`;
}

interface Clause {
  readonly from: number;
  readonly to: number;
  /** Between the parentheses, without comments. */
  readonly body: string;
}

/** Each WITH (...) outside of parentheses in a statement that says USING hnsw or ivfflat before it. */
function optionClauses(sql: string): Clause[] {
  const clauses: Clause[] = [];
  let depth = 0;
  let words: string[] = [];
  let withAt = 0;
  let open: { readonly from: number; body: string } | null = null;
  for (const { 0: token, index } of sql.matchAll(TOKEN)) {
    if (/^(?:--|\/\*|\s)/.test(token)) {
      if (open !== null && /^\s/.test(token)) open.body += token;
      continue;
    }
    if (token === ')') depth--;
    if (open !== null && depth === 0) {
      if (isVectorIndex(words)) clauses.push({ from: open.from, to: index + 1, body: open.body });
      open = null;
    } else if (open !== null) open.body += token;
    if (depth === 0) {
      if (token === '(' && words.at(-1) === 'with') open = { from: withAt, body: '' };
      if (token === ';') words = [];
      else words.push(token.toLowerCase().replaceAll('"', ''));
      if (words.at(-1) === 'with') withAt = index;
    }
    if (token === '(') depth++;
  }
  return clauses;
}

function isVectorIndex(words: readonly string[]): boolean {
  const method = words[words.indexOf('using') + 1];
  return (
    words[0] === 'create' && words.includes('index') && (method === 'hnsw' || method === 'ivfflat')
  );
}

function unquoted(part: string): string {
  return /^(['"]).*\1$/s.test(part) ? part.slice(1, -1) : part.toLowerCase();
}
