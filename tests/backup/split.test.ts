import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { type Piece, splitDump } from '../../src/backup/split.js';
import { cases } from '../support/cases.js';

async function split(text: string, skip: RegExp[] = [], size = 7): Promise<Piece[]> {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const pieces: Piece[] = [];
  for await (const piece of splitDump(chunks(), skip, 1)) pieces.push(piece);
  return pieces;
}

const sqlOf = (pieces: Piece[]): string[] =>
  pieces.flatMap((piece) => (piece.type === 'sql' ? [piece.sql.toString().trim()] : []));

const table = '--\n-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: a\n--\n\n';

/** Text that looks like everything the splitter watches for. */
const nasty = fc
  .array(
    fc.constantFrom(
      "'",
      '"',
      '\\',
      '$$',
      '$a$',
      '--',
      '/*',
      '*/',
      ';',
      ';\n',
      '\n',
      '-- Name: x; Type: TABLE; Schema: s; Owner: o\n',
      '-- PostgreSQL database dump complete\n',
      '\\restrict abc\n',
      'E',
      "E'",
      'ü',
      ' ',
      'SET default_tablespace = x;\n',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const escaped = (text: string): string =>
  `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const dollars = (text: string): string => `$q0$${text}$q0$`;
const name = (text: string): string => `"${text.replaceAll('"', '""')}"`;

describe('splitting a plain dump', () => {
  test('never cuts within quotes, whatever stands in them', async () => {
    const value = fc.tuple(nasty, fc.constantFrom(literal, escaped, dollars, name));
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        async (values, size) => {
          const statements = values.map(
            ([text, quoted]) => `INSERT INTO public.t VALUES (${quoted(text)});`,
          );
          const pieces = await split(
            `${table}${statements.join('\n')}\n--\n-- PostgreSQL database dump complete\n--\n`,
            [/^SET default_tablespace/],
            size,
          );
          expect(sqlOf(pieces)).toEqual(statements);
          expect(pieces.at(-1)).toEqual({ type: 'end' });
          expect(pieces.every((piece) => piece.type === 'end' || piece.table === 'public.t')).toBe(
            true,
          );
        },
      ),
      cases(200, 3000),
    );
  });

  test('reads backslashes as escapes after standard_conforming_strings = off, and only then', async () => {
    const on = [`INSERT INTO t VALUES ('\\');`, `INSERT INTO t VALUES ('b');`];
    expect(sqlOf(await split(table + on.join('\n')))).toEqual(on);
    const off = [`INSERT INTO t VALUES ('\\';\n-- Name: no\n');`, `INSERT INTO t VALUES ('b');`];
    const setting = 'SET standard_conforming_strings = off;';
    expect(sqlOf(await split(`${setting}\n${table}${off.join('\n')}`))).toEqual([setting, ...off]);
  });

  test('sends what stands under one heading as one, bodies with semicolons too', async () => {
    const body =
      'CREATE FUNCTION f() RETURNS int\n    LANGUAGE sql\n    BEGIN ATOMIC\n SELECT 1;\n SELECT 2;\nEND;\n\n\nALTER FUNCTION f() OWNER TO a;';
    const heading = '--\n-- Name: f(); Type: FUNCTION; Schema: public; Owner: a\n--\n\n';
    const pieces = await split(
      `SET a = b;\n\n${heading}${body}\n\n\n${table}INSERT INTO t VALUES (1);\n`,
    );
    expect(sqlOf(pieces)).toEqual(['SET a = b;', body, 'INSERT INTO t VALUES (1);']);
    expect(pieces.map((piece) => (piece.type === 'sql' ? piece.object : ''))).toEqual([
      'settings',
      'FUNCTION public.f()',
      'TABLE DATA public.t',
    ]);
    expect(sqlOf(await split(heading + body, [/^ALTER .* OWNER TO /]))[0]).toMatch(/END;$/);
  });

  test('leaves out \\restrict, but not a row that looks like it', async () => {
    const row = `INSERT INTO t VALUES ('\n\\restrict abc\n');`;
    expect(sqlOf(await split(`\\restrict abc\n\n${table}${row}\n\\unrestrict abc\n`))).toEqual([
      row,
    ]);
  });
});
