import { type Chunk, type Gap, joinChunks } from '../../core/tool.js';
import type { Parts } from '../set-of-names/index.js';

/** A line as goose has it, without its end, and where it begins in the file. */
interface Line {
  readonly text: string;
  readonly offset: number;
}

type Section = 'start' | 'up' | 'down';

const directives = {
  up: 'up',
  down: 'down',
  statementbegin: 'begin',
  statementend: 'end',
  'no transaction': 'bare',
  'envsub on': 'envsub',
  'envsub off': 'envsub',
} as const;

/** Its own words, and up to where they are the same for every file. */
class Refusal extends Error {}

/**
 * A file as goose divides it (internal/sqlparser/parser.go): statements end with a semicolon at the
 * end of a line, or where StatementEnd says so, and each is sent by itself.
 */
export function parts(text: string): Parts {
  try {
    const up = statements(text, 'up');
    return { up: up.chunks, down: down(text), bare: up.bare };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message };
    throw error;
  }
}

/** Why it takes more than the file to know what is sent; null: it does not. */
export function whyCode(text: string): string | null {
  const at = linesOf(text).findIndex((line) => directiveOf(line.text) === 'envsub');
  return at < 0 ? null : `line ${at + 1}: ENVSUB, which takes in the environment of the run`;
}

/** The whole of it as one; null: there is none, or goose cannot read it. */
function down(text: string): Chunk | null {
  try {
    return joinChunks(statements(text, 'down').chunks);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function statements(
  text: string,
  direction: 'up' | 'down',
): { readonly chunks: readonly Chunk[]; readonly bare: boolean } {
  const chunks: Chunk[] = [];
  let section: Section = 'start';
  let within = false;
  let bare = false;
  // Behind a block with nothing in it goose passes over a line.
  let passes = false;
  let buffer: Line[] = [];
  const refuse = (why: string): never => {
    throw new Refusal(why);
  };
  const unfinished = (): void => {
    if (chunkOf(buffer).text !== '') {
      const state = section === 'up' ? 1 : 4;
      refuse(
        `failed to parse migration: state ${state}, direction: ${direction}: unexpected unfinished SQL query`,
      );
    }
  };
  const store = (): void => {
    if (section === direction) chunks.push(chunkOf(buffer));
    buffer = [];
  };
  for (const line of linesOf(text)) {
    const directive = directiveOf(line.text);
    if (directive === 'unknown') refuse('failed to parse annotation line');
    else if (directive === 'up') {
      if (section !== 'start') refuse("duplicate '-- +goose Up' annotations");
      section = 'up';
    } else if (directive === 'down') {
      if (section !== 'up' || within) refuse("must start with '-- +goose Up' annotation");
      unfinished();
      section = 'down';
      passes = false;
    } else if (directive === 'begin') {
      if (section === 'start' || within) refuse("'-- +goose StatementBegin' must be defined after");
      within = true;
      passes = false;
    } else if (directive === 'end') {
      if (!within) refuse("'-- +goose StatementEnd' must be defined after");
      within = false;
      passes = buffer.length === 0;
      if (!passes) store();
    } else if (directive === 'bare') bare = true;
    else if (directive === null && !isBetween(line, buffer)) {
      if (section === 'start' && /^\p{White_Space}*$/u.test(line.text)) continue;
      if (section === 'start') refuse('failed to parse migration: unexpected state 0');
      if (section !== direction) continue;
      if (passes) {
        passes = false;
        continue;
      }
      buffer.push(line);
      if (!within && endsStatement(line.text)) store();
    }
  }
  if (section === 'start') refuse("failed to parse migration: must start with '-- +goose Up'");
  if (within) refuse("failed to parse migration: missing '-- +goose StatementEnd' annotation");
  unfinished();
  return { chunks, bare };
}

/** As Go has it: a byte order mark is no space. */
function isComment(line: string): boolean {
  return /^\p{White_Space}*--/u.test(line);
}

/** Before a statement, comments and empty lines are passed over. */
function isBetween({ text }: Line, buffer: readonly Line[]): boolean {
  return buffer.length === 0 && (text === '' || isComment(text));
}

function linesOf(text: string): Line[] {
  let offset = 0;
  return text.split('\n').map((whole) => {
    const line = { text: whole.replace(/\r$/, ''), offset };
    offset += whole.length + 1;
    return line;
  });
}

/** null: the line is none. */
function directiveOf(
  line: string,
): (typeof directives)[keyof typeof directives] | 'unknown' | null {
  if (!isComment(line) || !line.includes('+goose')) return null;
  if (/^[ \t]/.test(line)) return 'unknown';
  const words = line.replaceAll('--', '').replace('+goose', '').trim().toLowerCase();
  return words in directives ? directives[words as keyof typeof directives] : 'unknown';
}

/** By its last word before a comment. */
function endsStatement(line: string): boolean {
  const words = line.split(/\p{White_Space}+/u).filter((word) => word !== '');
  const comment = words.findIndex((word) => word.startsWith('--'));
  return (comment < 0 ? words : words.slice(0, comment)).at(-1)?.endsWith(';') ?? false;
}

/** Lines as one text with LF, without the space around it, that knows its places in the file. */
function chunkOf(lines: readonly Line[]): Chunk {
  const whole = lines.map((line) => line.text).join('\n');
  const lead = /^\p{White_Space}*/u.exec(whole)?.[0].length ?? 0;
  const text = whole.slice(lead).replace(/\p{White_Space}+$/u, '');
  const gaps: Gap[] = [];
  const [first] = lines;
  let at = 0;
  let offset = first === undefined ? 0 : first.offset + lead;
  let ahead = first?.offset ?? 0;
  for (const line of lines) {
    const by = line.offset - at - ahead;
    if (by !== 0) {
      if (at <= lead) offset += by;
      else if (at - lead < text.length) gaps.push({ at: at - lead, by });
      ahead += by;
    }
    at += line.text.length + 1;
  }
  return { text, offset, ...(gaps.length > 0 && { gaps }) };
}
