import { makeScanner } from './scan.js';

/** A part of a plain dump that can be sent as one query, or the mark pg_dump puts at its end. */
export type Piece =
  | {
      readonly type: 'sql';
      readonly sql: Buffer;
      /** "TABLE public.users", for messages. */
      readonly object: string;
      /** schema.name when these are rows of a table, else null. */
      readonly table: string | null;
    }
  | { readonly type: 'end' };

const newline = 0x0a;
const rows = /^-- Data for Name: ([\s\S]*); Type: TABLE DATA; Schema: (.*); Owner: /;
const heading = /^-- (?:Data for )?Name: ([\s\S]*); Type: (.*); Schema: (.*); Owner: /;
const restriction = /^\\(un)?restrict [A-Za-z0-9]+$/;
const end = '-- PostgreSQL database dump complete';

/**
 * Cuts a plain dump of pg_dump into queries. Each object stands under a comment of its own
 * ("-- Name: users; Type: TABLE; ..."), so a piece reaches from one comment to the next, and
 * whatever stands between them, bodies with semicolons too, goes to the server as it is. Rows
 * (INSERTs, large objects) are cut between statements as soon as there are `batch` bytes, for
 * they can be longer than memory.
 * A line counts as a comment or as an end only outside of quotes. psql's \restrict is left
 * out, as is a line that `skip` matches where a statement begins.
 */
export async function* splitDump(
  chunks: AsyncIterable<Buffer>,
  skip: readonly RegExp[],
  batch = 1 << 18,
): AsyncGenerator<Piece> {
  const scanner = makeScanner();
  let piece: Buffer[] = [];
  let bytes = 0;
  let hasSql = false;
  let object = 'settings';
  let table: string | null = null;
  let isData = false;
  const cut = (): Piece[] => {
    const sql = Buffer.concat(piece);
    piece = [];
    bytes = 0;
    const pieces: Piece[] = hasSql ? [{ type: 'sql', sql, object, table }] : [];
    hasSql = false;
    return pieces;
  };
  for await (const line of lines(chunks)) {
    if (!scanner.isOutside()) {
      piece.push(line);
      scanner.read(line);
    } else if (line[0] === 0x2d && line[1] === 0x2d) {
      yield* cut();
      const text = line.toString().trimEnd();
      if (text === end) yield { type: 'end' };
      const data = rows.exec(text);
      const named = heading.exec(text);
      if (named) {
        object = `${named[2]} ${named[3] === '-' ? '' : `${named[3]}.`}${named[1]}`;
        table = data ? `${data[2]}.${data[1]}` : null;
        isData = data !== null || named[2] === 'BLOBS';
      }
      continue;
    } else if (line.length < 200 && restriction.test(line.toString().trimEnd())) {
      continue;
    } else {
      if (line.length < 4096 && endsStatement(line)) {
        const text = line.toString();
        if (skip.some((pattern) => pattern.test(text))) continue;
      }
      scanner.read(line);
      piece.push(line);
      hasSql ||= line.length > 1;
    }
    bytes += line.length;
    if (isData && bytes >= batch && scanner.isOutside() && endsStatement(line)) yield* cut();
  }
  yield* cut();
}

function endsStatement(line: Buffer): boolean {
  const last = line.at(-1) === newline ? line.length - 2 : line.length - 1;
  return line[last] === 0x3b;
}

/** Lines with their newline. */
async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let open: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      const rest = chunk.subarray(from, at + 1);
      yield open.length === 0 ? rest : Buffer.concat([...open, rest]);
      open = [];
      from = at + 1;
    }
    if (from < chunk.length) open.push(chunk.subarray(from));
  }
  if (open.length > 0) yield Buffer.concat(open);
}
