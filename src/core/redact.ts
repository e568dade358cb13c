/**
 * Texts without their secrets: passwords in URLs and connection strings, and those that SQL
 * gives to roles and user mappings. What is shown and kept goes through here; what runs, and
 * its digest, never does. It looks at what stands behind each name of a password and not at
 * the whole as SQL, since a text may be an error, a program's output or half a query.
 */
export function redactText(text: string): string {
  return spliced(text, secretsIn(text), () => '***');
}

/** The same with a star for each character, so that lines and columns stay where they are. */
export function starredText(text: string): string {
  return spliced(text, secretsIn(text), (secret) => secret.replace(/[^\n\r\t]/g, '*'));
}

/** What steps are found and taken back by: names, paths, and statements and checks of pgmedic's own. */
const OWN = new Set([
  'id',
  'step',
  'path',
  'lock',
  'undo',
  'playbook',
  'migrations',
  'runs',
  'skips',
]);

/** Every text in a value that is to be kept or shown; the ids and undo statements of steps stay as they are. */
export function redactDeep<T>(value: T): T {
  return deep(value) as T;
}

function deep(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) {
    // `--password`, and the secret as the next argument.
    return value.map((one: unknown, index) =>
      typeof one === 'string' && OPTION.test(String(value[index - 1])) ? '***' : deep(one),
    );
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => {
      const checks = (key === 'before' || key === 'after') && Array.isArray(inner);
      return [key, OWN.has(key) || checks ? inner : deep(inner)];
    }),
  );
}

const OPTION = /^--?(?:\w+-)*pass(?:word|wd)?$/i;

type Range = readonly [start: number, end: number];

/** Patterns with one group before the secret, which is all that follows of the match but `tail`. */
const plainPatterns: readonly (readonly [pattern: RegExp, tail: number])[] = [
  // A password with a bare slash, quote or @ is still one up to the last @.
  [/(\bpostgres[a-z\d+.-]*:\/\/[^\s:/@]*:)[^\s]*@/gi, 1],
  [/(\b[a-z][a-z\d+.-]*:\/\/[^\s:/@]*:)[^\s/?#]*@/gi, 1],
  [/([?&](?:ssl)?password=)[^&\s'"]*/gi, 0],
  [/((?:\b|_|PG|ssl)password=)(?:\\.|[^\s'"\\&])+/gi, 0],
  // Blanks around the sign are allowed in a connection string; elsewhere that is a comparison.
  [/(\b(?:host|hostaddr|port|dbname|user)\s*=[^\n]*?\bpassword\s*=\s*)[^\s'"\\]+/gi, 0],
  [/(\bpassword\s*=\s*)[^\s'"\\]+(?=[^\n]*\b(?:host|hostaddr|port|dbname)\s*=)/gi, 0],
  [/("\w*password"\s*:\s*")(?:\\.|[^"\\])+/gi, 0],
];

function secretsIn(text: string): readonly Range[] {
  if (!/:\/\/|password/i.test(text)) return [];
  const ranges: Range[] = [];
  for (const [pattern, tail] of plainPatterns) {
    for (const match of text.matchAll(pattern)) {
      const start = match.index + (match[1] ?? '').length;
      ranges.push([start, match.index + match[0].length - tail]);
    }
  }
  for (const match of text.matchAll(NAMED)) ranges.push(...literalsAt(text, match));
  return ranges;
}

/** The name, and blanks, comments and a sign up to where a literal may begin. */
const NAMED =
  /(?:\b|_|ssl)password(?<end>"?)(?<gap>(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*(?:(?::=|=>?)(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*)?)/gi;

function literalsAt(text: string, match: RegExpExecArray): readonly Range[] {
  const at = match.index + match[0].length;
  const rest = text.slice(at);
  const { even, quoted } = quotesBefore(text, match.index);
  const opens = even && !quoted;
  const pieces = /^'+\s*(?:\|\||,)|^'*%(?:\d+\$)?[LsI]/.test(rest);
  const apart = match.groups?.['gap'] !== '';
  if (pieces && quoted) return piecesFrom(text, at);
  // 'password' in quotes of its own is a word, and the quote behind it its end.
  if (!apart && !opens) return [];
  const ranges: Range[] = pieces ? [...piecesFrom(text, at)] : [];
  for (let from = at; ;) {
    const found = literalAt(text, from);
    if (found === null) return ranges;
    ranges.push(found.secret);
    // Literals with a line break between them are one.
    const gap = /^\s*\n\s*(?=')/.exec(text.slice(found.end));
    if (gap === null) return ranges;
    from = found.end + gap[0].length;
  }
}

/** Whether the quotes since the statement's verb are in pairs, and whether the verb is the first word of a literal. */
function quotesBefore(
  text: string,
  at: number,
): { readonly even: boolean; readonly quoted: boolean } {
  const verb = [...text.slice(0, at).matchAll(/\b(?:create|alter)\b/gi)].at(-1);
  if (verb === undefined) return { even: false, quoted: false };
  const count = (text.slice(verb.index, at).match(/'/g) ?? []).length;
  return { even: count % 2 === 0, quoted: /'\s*$/.test(text.slice(0, verb.index)) };
}

interface Literal {
  readonly secret: Range;
  readonly end: number;
}

/** A literal at this place; one inside another has doubled or escaped quotes. A cut one goes on to the end. */
function literalAt(text: string, at: number): Literal | null {
  const dollar = /^\$(?:[a-z_]\w*)?\$/i.exec(text.slice(at, at + 70))?.[0];
  if (dollar !== undefined)
    return upTo(text, at + dollar.length, text.indexOf(dollar, at + dollar.length), dollar.length);
  const [whole = '', prefix = '', quotes = ''] =
    /^((?:[enbx]|u&)?)(\\+'|'+)/i.exec(text.slice(at)) ?? [];
  if (whole === '') return null;
  const start = at + prefix.length;
  if (quotes.startsWith('\\')) {
    const first = start + quotes.length;
    return upTo(text, first, text.indexOf(quotes, first), quotes.length);
  }
  // Nothing between the quotes.
  if (/^(?:'')+(?=\s*(?:$|[;,)]|valid\b|'))/i.test(text.slice(start)) && quotes.length % 2 === 0)
    return null;
  const quote = quotes.length % 2 === 1 ? "'" : quotes;
  const escapes = /e/i.test(prefix);
  for (let index = start + quote.length; index < text.length; index += 1) {
    if (escapes && text[index] === '\\') index += 1;
    else if (text.startsWith(quote + quote, index)) index += 2 * quote.length - 1;
    else if (text.startsWith(quote, index))
      return upTo(text, start + quote.length, index, quote.length);
  }
  return upTo(text, start + quote.length, -1, 0);
}

function upTo(text: string, start: number, end: number, closing: number): Literal {
  const last = end === -1 ? text.length : end;
  return { secret: [start, last], end: Math.min(text.length, last + closing) };
}

/** A password that is put together or given to format(): every literal behind, up to the statement's end. */
function piecesFrom(text: string, at: number): readonly Range[] {
  const stop = text.indexOf(';', at);
  const end = stop === -1 ? text.length : stop;
  const opening = text.slice(at, end).search(/'(?!')/);
  const ranges: Range[] = [];
  if (opening === -1) return ranges;
  for (const match of text.slice(at + opening + 1, end).matchAll(/'((?:[^']|'')*)(?:'|$)/g)) {
    const start = at + opening + 1 + match.index + 1;
    ranges.push([start, start + (match[1] ?? '').length]);
  }
  return ranges;
}

function spliced(text: string, ranges: readonly Range[], mask: (secret: string) => string): string {
  const sorted = ranges.filter(([start, end]) => end > start).sort((a, b) => a[0] - b[0]);
  let shown = '';
  let done = 0;
  for (const [start, end] of sorted) {
    if (end <= done) continue;
    const from = Math.max(start, done);
    // Two that overlap are one secret.
    shown += start < done && done > 0 ? '' : text.slice(done, from) + mask(text.slice(from, end));
    done = end;
  }
  return shown + text.slice(done);
}
