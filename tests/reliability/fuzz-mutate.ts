import fc from 'fast-check';

/** One spoiling of a text: where in it (0 to 1), and with what. */
export interface Spoil {
  readonly how: number;
  readonly at: number;
  readonly what: number;
}

export const spoils = fc.array(
  fc.record({
    how: fc.nat({ max: 99 }),
    at: fc.nat({ max: 9_999 }).map((one) => one / 10_000),
    what: fc.nat({ max: 999 }),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Valid bytes, made worse: as bytes, as a text, and where they are JSON as a value. */
export function spoiled(bytes: Buffer, by: readonly Spoil[]): Buffer {
  return by.reduce((now, spoil) => {
    const json = spoil.how < 55 ? spoiledJson(now.toString('utf8'), spoil) : null;
    return json === null ? spoiledBytes(now, spoil) : Buffer.from(json, 'utf8');
  }, bytes);
}

const pick = <T>(all: readonly T[], index: number): T => all[index % all.length] as T;

function spoiledBytes(bytes: Buffer, { at, what }: Spoil): Buffer {
  const place = Math.floor(at * bytes.length);
  const put = (more: Buffer | string, instead = 0): Buffer =>
    Buffer.concat([
      bytes.subarray(0, place),
      Buffer.from(more as string),
      bytes.subarray(place + instead),
    ]);
  const text = bytes.toString('utf8');
  const ways: readonly (() => Buffer)[] = [
    () => put(Buffer.from([(bytes[place] ?? 0) ^ (1 << (what % 8))]), 1),
    () => bytes.subarray(0, place),
    () => bytes.subarray(place),
    () => put('\0'),
    () => put(Buffer.from([0xff, 0xfe, 0xc0])),
    () => Buffer.concat([Buffer.from('\ufeff'), bytes]),
    () => Buffer.from(text.replaceAll('\n', '\r\n')),
    () => Buffer.from(text.replaceAll('\n', '\r')),
    () => Buffer.alloc(0),
    () => Buffer.from(' \n\t\n'),
    () => Buffer.concat([bytes, bytes]),
    () => put(bytes.subarray(place, place + (what % 64))),
    () => put('', 1 + (what % 32)),
    () => put('x'.repeat(100_000)),
    () => put('['.repeat(20_000)),
    () => put('{"a":'.repeat(3_000)),
    () => Buffer.from(text, 'utf16le'),
    () => put('\u202e\u0007\u001b[2J'),
    () =>
      put(
        pick(['"', "'", '$$', '/*', '--', ';', '\\', '}', ':', '&a', '*a', '!!js/function'], what),
      ),
    () => put('--> statement-breakpoint'),
  ];
  return pick(ways, what)();
}

/** Types and sizes that nobody expects. */
const strange: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, -1e308, 2 ** 53, 2 ** 31],
  ...['', ' ', 'x', '../../etc/passwd', '\ud800', '\0', 'x'.repeat(70_000), '__proto__', '0'],
  ...[[], {}, [null], [[[[[[]]]]]], { length: 3 }, { toString: 1 }, nested(2_000)],
];

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let left = depth; left > 0; left--) value = [value];
  return value;
}

type Holder = Record<string, unknown> | unknown[];

/** null: it is no JSON, or has nothing inside. */
function spoiledJson(text: string, { how, at, what }: Spoil): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const places: [Holder, string][] = [];
  collect(value, places);
  const place = places[Math.floor(at * places.length)];
  if (place === undefined) return null;
  const [holder, key] = place;
  const here = (holder as Record<string, unknown>)[key];
  const set = (one: unknown): void => void ((holder as Record<string, unknown>)[key] = one);
  const list = Array.isArray(holder);
  switch (how % 5) {
    case 0:
      if (list) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 1:
      if (list) holder.splice(Number(key), 0, here);
      else holder[pick(['x', '', '__proto__x', 'constructor', `${key} `], what)] = here;
      break;
    case 2:
      if (list) holder.reverse();
      else {
        delete holder[key];
        holder[pick([key.toUpperCase(), `${key}s`, 'toString', ''], what)] = here;
      }
      break;
    case 3:
      set(typeof here === 'string' ? spoiledText(here, what) : pick(strange, what));
      break;
    default:
      set(pick(strange, what));
  }
  const written = JSON.stringify(value, null, what % 3);
  // The same key twice is valid JSON, and the last one counts.
  return what % 11 === 0 ? written.replace(/("[^"]+":)/, '$1 null, $1') : written;
}

function spoiledText(text: string, what: number): string {
  return spoiledBytes(Buffer.from(text), { how: 99, at: (what % 17) / 17, what }).toString('utf8');
}

function collect(value: unknown, into: [Holder, string][]): void {
  if (typeof value !== 'object' || value === null || into.length > 5_000) return;
  for (const [key, inner] of Object.entries(value)) {
    into.push([value as Holder, key]);
    collect(inner, into);
  }
}
