/** How SQL stands in the migrations of one tool. */
export interface CodePatterns {
  /**
   * The calls that send SQL, as one writes them, with `...` for a string or template: "await
   * knex.raw(...)". Behind a tag, as in "sql`...`", it is a template only. One that begins with
   * await may as well be returned, as the last.
   */
  readonly calls: readonly string[];
  /** The word in `calls` that stands for what a migration is given; it may name it as it likes. */
  readonly given?: string;
  /** It is the parameter `itself` (when not said), or this property of it: "db" of `{ db, payload }`. */
  readonly givenAs?: readonly string[];
  /** It is one of two parameters when not said; one: another would change what the tool does. */
  readonly parameters?: number;
  /** Names in `calls` that are imported, and the modules that have them. */
  readonly imports?: Readonly<Record<string, RegExp>>;
  /** up and down are methods of a class, which extends this, or nothing when null; absent: they are functions. */
  readonly classOf?: { readonly base: string; readonly from: RegExp } | null;
  /** Further things of a class or a module that change nothing. */
  readonly ignores?: RegExp;
  /** What says, in a module, a class or a body, that it wants no transaction around it. */
  readonly bare?: RegExp;
  /** SQL that the tool does not send as it stands. */
  readonly changes?: { readonly sql: RegExp; readonly why: string };
}

/** One piece of a call: a word or sign, what the migration is given, or the SQL. */
export type Piece =
  | { readonly type: 'sign'; readonly pattern: RegExp }
  | { readonly type: 'given' }
  | { readonly type: 'sql'; readonly quotes: RegExp };

export interface Call {
  readonly awaited: boolean;
  readonly pieces: readonly Piece[];
}

/** "await db.execute(sql`...`)" in pieces. */
export function callOf(sample: string, given: string): Call {
  const [first, ...rest] = sample.match(/`\.{3}`|\.{3}|[\w$]+|[^\s\w]/g) ?? [];
  const awaited = first === 'await';
  const words = awaited || first === undefined ? rest : [first, ...rest];
  return { awaited, pieces: words.map((word) => pieceOf(word, given)) };
}

function pieceOf(word: string, given: string): Piece {
  if (word === '`...`') return { type: 'sql', quotes: /`/ };
  if (word === '...') return { type: 'sql', quotes: /['"`]/ };
  if (word === given) return { type: 'given' };
  const isWord = /^[\w$]+$/.test(word);
  // A call may have a comma behind what it is given.
  const source = isWord ? `${word}(?![\\w$])` : word === ')' ? ',?\\s*\\)' : `\\${word}`;
  return { type: 'sign', pattern: new RegExp(source, 'y') };
}
