import type { CatalogObject, ObjectKind } from '../catalog.js';

type Parts = CatalogObject['parts'];

/** One short line for an operator: "varchar(50) NOT NULL DEFAULT 'x'"; empty for what has no parts. */
export function describeParts(kind: ObjectKind, parts: Parts): string {
  return shorten(lineOf(kind, parts));
}

/** Both as describeParts has them; of lines too long for that, the place where they begin to differ. */
export function describeDifference(
  kind: ObjectKind,
  expected: Parts,
  found: Parts,
): { readonly expected: string; readonly found: string } {
  const [one, other] = [lineOf(kind, expected), lineOf(kind, found)];
  const limit = Math.min(one.length, other.length);
  let same = 0;
  while (same < limit && one[same] === other[same]) same++;
  const from = same < LONGEST - AROUND ? 0 : same - AROUND;
  const at = (line: string): string => shorten(from === 0 ? line : `...${line.slice(from)}`);
  return { expected: at(one), found: at(other) };
}

function lineOf(kind: ObjectKind, parts: Parts): string {
  const line = [...leading(kind, parts), ...rest(kind, parts)].join(' ');
  return line.replace(/\s+/g, ' ').trim();
}

const LONGEST = 200;
/** So much of what is the same is shown in front of what differs. */
const AROUND = 60;

function shorten(line: string): string {
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 3)}...`;
}

/** What is said without its name, in the order in which SQL has it. */
function leading(kind: ObjectKind, parts: Parts): readonly string[] {
  const said: string[] = [];
  const say = (part: string, how: (value: string) => string = (value) => value): void => {
    const value = parts[part];
    if (value !== undefined) said.push(how(value));
  };
  if (kind === 'column' || kind === 'domain') {
    say('type');
    say('collation', (name) => `COLLATE ${name}`);
    say('nullable', (value) => (value === 'false' ? 'NOT NULL' : ''));
    say('default', (value) => `DEFAULT ${value}`);
    say('generated', (value) => `GENERATED ALWAYS AS (${value})`);
    say('generation', (value) => value.toUpperCase());
    say('identity', (value) => `GENERATED ${value.toUpperCase()} AS IDENTITY`);
    return said.filter((word) => word !== '');
  }
  if (kind === 'comment') say('text', (text) => `'${text.replaceAll("'", "''")}'`);
  if (kind === 'enum') say('values', (values) => `(${values})`);
  if (kind === 'type') say('attributes', (attributes) => `(${attributes})`);
  say('definition');
  say('valid', (value) => (value === 'false' ? 'INVALID' : ''));
  say('validated', (value) => (value === 'false' ? 'NOT VALID' : ''));
  say('with grant option', (value) => (value === 'true' ? 'WITH GRANT OPTION' : ''));
  return said.filter((word) => word !== '');
}

const SAID: Partial<Record<ObjectKind, readonly string[]>> = {
  column: ['type', 'collation', 'nullable', 'default', 'generated', 'generation', 'identity'],
  domain: ['type', 'collation', 'nullable', 'default'],
  comment: ['text'],
  enum: ['values'],
  type: ['attributes'],
};

/** All others with their names, the longest (a function's body) last. */
function rest(kind: ObjectKind, parts: Parts): readonly string[] {
  const said = new Set([
    ...(SAID[kind] ?? []),
    'definition',
    'valid',
    'validated',
    'with grant option',
  ]);
  return Object.entries(parts)
    .filter(([name, value]) => !said.has(name) && !(name === 'enabled' && value === 'true'))
    .sort(([, a], [, b]) => a.length - b.length)
    .map(([name, value]) => (value === 'true' ? name : `${name} ${value},`))
    .map((text, at, all) => (at === all.length - 1 ? text.replace(/,$/, '') : text));
}
