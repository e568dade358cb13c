import type { Chunk } from '../../core/tool.js';
import { type Call, callOf, type CodePatterns } from './patterns.js';
import { type Reader, Refusal } from './reader.js';

/** What a function sends, in order; null: more than SQL, and it was passed over. */
export type Sent = readonly Chunk[] | null;

/** Reads what is written of up and down: their parameters, and bodies of nothing but calls. */
export type FunctionReader = ReturnType<typeof functionReader>;

const name = /(?!(?:async|await|function|class)\b)[\w$]+/y;
// What stands between < and > may do so in turn, twice. None of it is there at run time.
const inner = '[^<>(){}]';
const generic = `<(?:${inner}|<(?:${inner}|<${inner}*>)*>)*>`;
const oneType = String.raw`(?:[\w$.]+(?:\s*${generic})?|\{[^{}]*\})(?:\[\])*`;
const typed = new RegExp(String.raw`:\s*${oneType}(?:\s*[|&]\s*${oneType})*`, 'y');

export type BareReader = ReturnType<typeof bareReader>;

/** Notes whether a migration says that it wants no transaction around it. */
export function bareReader(reader: Reader, { bare }: CodePatterns) {
  let said = false;
  return {
    isSaid: () => said,
    /** Whether it was said next; what is said in a `down` is of that alone. */
    read(counts: boolean): boolean {
      if (bare === undefined || reader.match(bare) === null) return false;
      said ||= counts;
      return true;
    },
  };
}

export function functionReader(reader: Reader, patterns: CodePatterns, bare: BareReader) {
  const { given = '', givenAs = ['itself'], parameters = 2, imports = {} } = patterns;
  const calls = patterns.calls.map((sample) => callOf(sample, given));
  const more = `more than ${patterns.calls.join(' or ')}`;

  /** `up` may not be passed over. */
  const body = (db: string | null, isAsync: boolean, isUp: boolean): Sent => {
    const start = reader.place();
    try {
      return statements(db, isAsync, isUp);
    } catch (error) {
      if (isUp || !(error instanceof Refusal)) throw error;
      reader.skipBlock(start);
      return null;
    }
  };

  const statements = (db: string | null, isAsync: boolean, isUp: boolean): readonly Chunk[] => {
    const chunks: Chunk[] = [];
    for (;;) {
      if (reader.match(/\}/y) !== null) return chunks;
      if (reader.match(/;/y) !== null || bare.read(isUp)) continue;
      const returns = reader.match(/return\b/y) !== null;
      if (returns && !reader.onSameLine()) reader.refuse(more);
      const awaits = reader.match(/await\b/y) !== null;
      if (awaits && !isAsync) reader.refuse('await where nothing is async');
      chunks.push(call(db, (one) => one.awaited === (returns || awaits)));
      if (!reader.atStatementEnd()) reader.refuse(more);
      if (!returns) continue;
      while (reader.match(/;/y) !== null);
      if (reader.match(/\}/y) === null) reader.refuse('more behind a return');
      return chunks;
    }
  };

  const call = (db: string | null, fits: (one: Call) => boolean): Chunk => {
    const start = reader.place();
    for (const one of calls.filter(fits)) {
      const chunk = tryCall(one, db);
      if (chunk !== null) return chunk;
      reader.back(start);
    }
    return reader.refuse(more);
  };

  const tryCall = ({ pieces }: Call, db: string | null): Chunk | null => {
    let chunk: Chunk | null = null;
    for (const piece of pieces) {
      if (piece.type === 'sql') {
        chunk = reader.literal(piece.quotes);
        if (chunk === null) return null;
        if (patterns.changes?.sql.test(chunk.text) === true) reader.refuse(patterns.changes.why);
      } else if (piece.type === 'given') {
        if (db === null || reader.match(name)?.[0] !== db) return null;
      } else if (reader.match(piece.pattern) === null) return null;
    }
    return chunk;
  };

  /** Behind the opening bracket, up to behind the closing one; what the calls have to be made on. */
  const parameterList = (): string | null => {
    let db: string | null = null;
    const names: string[] = [];
    for (let count = 0; reader.match(/\)/y) === null; count++) {
      if (count > 0 && reader.match(/,\s*\)/y) !== null) break;
      if (count > 0 && reader.match(/,/y) === null) reader.refuse(otherParameters);
      if (count >= parameters) reader.refuse('more parameters than the tool knows');
      const properties = reader.match(/\{([\w$\s,:]*)\}/y)?.[1];
      const own = properties === undefined ? null : propertiesOf(properties);
      const plain = own === null ? (reader.match(name)?.[0] ?? reader.refuse(otherParameters)) : '';
      if (count === 0) {
        const taken = own === null ? [['itself', plain] as const] : own;
        db = taken.find(([key]) => givenAs.includes(key))?.[1] ?? null;
      }
      names.push(...(own === null ? [plain] : own.map(([, local]) => local)));
      reader.match(typed);
    }
    const isTwice = new Set(names).size < names.length;
    return isTwice || names.some((one) => Object.hasOwn(imports, one)) ? null : db;
  };

  const method = (isAsync: boolean, isUp: boolean): Sent => {
    if (reader.match(/\(/y) === null) reader.refuse(otherParameters);
    const db = parameterList();
    reader.match(typed);
    if (reader.match(/\{/y) === null) reader.refuse('no body');
    return body(db, isAsync, isUp);
  };

  return {
    /** From the bracket of its parameters to behind its last brace. */
    method,
    /** "async (knex) => ..." or "async function (knex) {...}", with its body. */
    expression(isUp: boolean): Sent {
      const isAsync = reader.match(/async\b/y) !== null;
      if (isAsync && !reader.onSameLine()) reader.refuse('async alone on a line');
      if (reader.match(/function\b/y) !== null) {
        const own = reader.match(name)?.[0] ?? '';
        if (Object.hasOwn(imports, own)) reader.refuse(`another ${own}`);
        return method(isAsync, isUp);
      }
      const bracket = reader.match(/\(/y) !== null;
      const db = bracket ? parameterList() : (reader.match(name)?.[0] ?? null);
      if (bracket) reader.match(typed);
      if (!reader.onSameLine() || reader.match(/=>/y) === null) {
        reader.refuse('more than functions');
      }
      const given = bracket || givenAs.includes('itself') ? db : null;
      if (reader.match(/\{/y) !== null) return body(given, isAsync, isUp);
      const awaits = reader.match(/await\b/y) !== null;
      if (awaits && !isAsync) reader.refuse('await where nothing is async');
      return [call(given, (one) => one.awaited || !awaits)];
    },
  };
}

const otherParameters = 'other parameters than the tool gives';

/** "db, payload: p" as what is taken, and its name here. */
function propertiesOf(list: string): (readonly [key: string, local: string])[] {
  return list.split(',').map((one) => {
    const [key = '', local = key] = one.split(':').map((part) => part.trim());
    return [key, local] as const;
  });
}
