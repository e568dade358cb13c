/**
 * JSON with the place of every value, so that a finding can name a line and a repair can leave
 * the bytes it does not mean to change. Whether a text is JSON at all is JSON.parse's to say.
 */
export type JsonNode = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'scalar'; readonly value: string | number | boolean | null }
);

interface JsonMember {
  readonly key: string;
  readonly value: JsonNode;
}

export type JsonResult =
  | { readonly ok: true; readonly root: JsonNode }
  /** `offset` is where it stops making sense; `problem` is half a sentence. */
  | { readonly ok: false; readonly offset: number; readonly problem: string };

/** Deeper than any journal or snapshot; keeps a hostile file from exhausting the stack. */
const maxDepth = 500;

class Fault extends Error {
  constructor(
    readonly offset: number,
    readonly problem: string,
  ) {
    super(problem);
  }
}

/** `lenient` forgives a BOM and commas too many or too few: what hand edits leave behind. */
export function parseJson(text: string, lenient = false): JsonResult {
  let at = lenient && text.startsWith('\uFEFF') ? 1 : 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  const fail = (problem: string): never => {
    throw new Fault(at, at >= text.length ? 'the text ends too early' : problem);
  };
  const spaces = (): void => void take(/[ \t\n\r]*/y);

  const separator = (close: string, first: boolean): 'more' | 'end' => {
    spaces();
    let commas = 0;
    while (text[at] === ',' && (lenient || (commas === 0 && !first))) {
      at += 1;
      commas += 1;
      spaces();
    }
    if (text[at] === close && (lenient || commas === 0)) {
      at += 1;
      return 'end';
    }
    if (!first && commas === 0 && !lenient) fail(`expected "," or "${close}"`);
    return 'more';
  };

  const string = (): string => {
    const start = at;
    const raw = take(/"[^"\\]*(?:\\[^][^"\\]*)*"/y) ?? fail('expected a string in double quotes');
    try {
      return JSON.parse(raw) as string;
    } catch {
      at = start;
      return fail('this string holds a character or an escape that JSON does not allow');
    }
  };

  const value = (depth: number): JsonNode => {
    spaces();
    const start = at;
    if (depth > maxDepth) fail('nested too deeply');
    if (text[at] === '{') {
      at += 1;
      const members: JsonMember[] = [];
      while (separator('}', members.length === 0) === 'more') {
        const key = string();
        spaces();
        if (text[at] !== ':') fail('expected ":"');
        at += 1;
        members.push({ key, value: value(depth + 1) });
      }
      return { kind: 'object', start, end: at, members };
    }
    if (text[at] === '[') {
      at += 1;
      const items: JsonNode[] = [];
      while (separator(']', items.length === 0) === 'more') items.push(value(depth + 1));
      return { kind: 'array', start, end: at, items };
    }
    if (text[at] === '"') return { kind: 'scalar', value: string(), start, end: at };
    const word = take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y);
    if (word === null) fail('expected a value');
    return { kind: 'scalar', value: JSON.parse(word ?? 'null') as number, start, end: at };
  };

  try {
    const root = value(0);
    spaces();
    if (at < text.length) fail('something follows the end');
    return { ok: true, root };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, offset: error.offset, problem: error.problem };
    throw error;
  }
}

/** The member of that name; of several the last, as JSON.parse has it. */
export function member(node: JsonNode, key: string): JsonNode | null {
  if (node.kind !== 'object') return null;
  return node.members.findLast((candidate) => candidate.key === key)?.value ?? null;
}

/** The plain value a node stands for. */
export function plain(node: JsonNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'array') return node.items.map(plain);
  return Object.fromEntries(node.members.map(({ key, value }) => [key, plain(value)]));
}

/** "line 12, column 3", both from 1. */
export function place(text: string, offset: number): string {
  return `line ${linesOf(text)(offset)}, column ${offset - text.lastIndexOf('\n', offset - 1)}`;
}

/** Tells the 1-based line that an offset stands in, of offsets that only grow: the text is gone through once. */
export function linesOf(text: string): (offset: number) => number {
  let line = 1;
  let next = text.indexOf('\n');
  return (offset) => {
    while (next !== -1 && next < offset) {
      line += 1;
      next = text.indexOf('\n', next + 1);
    }
    return line;
  };
}
