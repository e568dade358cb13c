export interface DiffLine {
  /** `~` stands for unchanged lines that are left out; its text counts them. */
  readonly sign: ' ' | '-' | '+' | '~';
  /** 1-based, in the new text; in the old one for `-`; null for `~`. */
  readonly number: number | null;
  readonly text: string;
}

/** What changes between two texts, line by line, with `context` unchanged lines around. `before` null: there is no file yet. */
export function diffLines(before: string | null, after: string, context = 3): readonly DiffLine[] {
  const a = before === null ? [] : linesOf(before);
  const b = linesOf(after);
  return fold(compare(a, b), context);
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') return lines.slice(0, -1);
  return [...lines.slice(0, -1), `${lines.at(-1)} (no line break at the end)`];
}

function compare(a: readonly string[], b: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (
    end < a.length - start &&
    end < b.length - start &&
    a[a.length - 1 - end] === b[b.length - 1 - end]
  ) {
    end += 1;
  }
  const same = (from: number, to: number): DiffLine[] =>
    b.slice(from, to).map((text, index) => ({ sign: ' ', number: from + index + 1, text }));
  return [
    ...same(0, start),
    ...compareMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end), start),
    ...same(b.length - end, b.length),
  ];
}

/** Beyond this many cells the table of common lines is not worth its memory: all old, then all new. */
const LARGE = 4_000_000;

function compareMiddle(a: readonly string[], b: readonly string[], offset: number): DiffLine[] {
  const removed = (i: number): DiffLine => ({
    sign: '-',
    number: offset + i + 1,
    text: a[i] ?? '',
  });
  const added = (j: number): DiffLine => ({ sign: '+', number: offset + j + 1, text: b[j] ?? '' });
  if (a.length * b.length > LARGE)
    return [...a.keys()].map(removed).concat([...b.keys()].map(added));
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: ' ', number: offset + j + 1, text: b[j] ?? '' });
      i += 1;
      j += 1;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed(i));
      i += 1;
    } else {
      lines.push(added(j));
      j += 1;
    }
  }
  return lines;
}

function fold(lines: readonly DiffLine[], context: number): DiffLine[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some((one) => one.sign !== ' '),
  );
  const folded: DiffLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined) continue;
    if (near[index]) {
      folded.push(line);
      continue;
    }
    let count = 0;
    while (index + count < lines.length && !near[index + count]) count += 1;
    folded.push({
      sign: '~',
      number: null,
      text: `${count} unchanged line${count === 1 ? '' : 's'}`,
    });
    index += count - 1;
  }
  return folded;
}
