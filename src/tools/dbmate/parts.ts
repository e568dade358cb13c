import type { Chunk } from '../../core/tool.js';
import type { Parts } from '../set-of-names/index.js';

// Go's \s has no vertical tab, and its $ stands before a line feed only.
const space = String.raw`[\t\n\f\r ]`;
const up = new RegExp(
  String.raw`^--${space}*migrate:up(?:${space}*$|${space}+[^\t\n\f\r ]+)`,
  'gm',
);
const down = new RegExp(up.source.replace('migrate:up', 'migrate:down'), 'gm');

/** A file as dbmate divides it, with its own messages where it cannot. */
export function parts(text: string): Parts {
  const starts = Array.from(text.matchAll(up), ({ index }) => index);
  const [first] = starts;
  if (first === undefined) {
    return {
      refused: "dbmate requires each migration to define an up block with '-- migrate:up'",
    };
  }
  if (text.slice(0, first).split('\n').some(isStatement)) {
    return { refused: "dbmate does not support statements preceding the '-- migrate:up' block" };
  }
  const sections = starts.map((start, at) => sectionOf(text, start, starts[at + 1]));
  if (sections.some(({ downs }) => downs > 1)) {
    return {
      refused: "dbmate requires every '-- migrate:down' to be preceded by a '-- migrate:up'",
    };
  }
  if (sections.some(({ downs }) => downs === 0)) {
    return {
      refused: "dbmate requires each migration to define a down block with '-- migrate:down'",
    };
  }
  const [only] = sections;
  return {
    up: sections.map((section) => section.up),
    down: sections.length === 1 ? (only?.down ?? null) : null,
    bare: sections.some((section) => isBare(section.up.text)),
    // It records the version behind each of them.
    ...(sections.length > 1 && {
      fails: {
        sqlstate: '23505',
        message: 'duplicate key value violates unique constraint "schema_migrations_pkey"',
      },
    }),
  };
}

interface Section {
  readonly up: Chunk;
  readonly down: Chunk;
  readonly downs: number;
}

function sectionOf(text: string, start: number, end = text.length): Section {
  const whole = text.slice(start, end);
  const found = Array.from(whole.matchAll(down), ({ index }) => index);
  const at = found[0] ?? whole.length;
  return {
    up: { text: whole.slice(0, at), offset: start },
    down: { text: whole.slice(at), offset: start + at },
    downs: found.length,
  };
}

function isStatement(line: string): boolean {
  return line.trim() !== '' && !/^\s*--/.test(line);
}

/** "-- migrate:up transaction:false": options stand on the marker's line. */
function isBare(section: string): boolean {
  const [marker = ''] = section.split('\n', 1);
  const options = marker.replace(/^--\s*migrate:up/, '').trim();
  const values = options.split(/\s+/).flatMap((pair) => {
    const [name, value, more] = pair.split(':');
    return name === 'transaction' && more === undefined ? [value] : [];
  });
  return values.at(-1) === 'false';
}
