import { type Chunk, joinChunks } from '../../core/tool.js';
import {
  bareReader,
  type BareReader,
  functionReader,
  type FunctionReader,
  type Sent,
} from './function.js';
import { importReader, type Imports } from './imports.js';
import type { CodePatterns } from './patterns.js';
import { type Reader, readerOf, Refusal } from './reader.js';

/** What the file of a migration says: SQL alone, or more than that. */
export type Source =
  | {
      readonly type: 'sql';
      /** One for each call, in order; offsets are those of the file. */
      readonly up: readonly Chunk[];
      /** null: it does nothing, or more than SQL. */
      readonly down: Chunk | null;
      /** It wants no transaction around it. */
      readonly bare: boolean;
    }
  /** `why`: "line 12: ..." */
  | { readonly type: 'program'; readonly why: string };

/**
 * Reads the SQL out of a migration. What tools generate has so few forms that all of the file is
 * matched against them, from the first character to the last: imports, `up` and `down`, and in those
 * nothing but the calls that send a string or a template without expressions. Anything else, such as
 * another declaration that may shadow a name, makes it a program: a parser of the whole language
 * would find more to read, and no more of what may be trusted. A `down` of another kind is passed
 * over, and there is none then.
 */
export function readSource(patterns: CodePatterns, text: string): Source {
  const reader = readerOf(text);
  const bare = bareReader(reader, patterns);
  const module: Module = {
    reader,
    patterns,
    bare,
    functions: functionReader(reader, patterns, bare),
    imports: importReader(reader, patterns),
    found: new Map(),
    exported: new Set(),
    className: null,
  };
  try {
    while (!reader.atEnd()) if (!readUnit(module)) reader.refuse('more than up and down');
  } catch (error) {
    if (error instanceof Refusal) return { type: 'program', why: error.message };
    throw error;
  }
  const { found, exported, className } = module;
  const isThere = (part: string): boolean => exported.has(className ?? part);
  const up = isThere('up') ? found.get('up') : undefined;
  const down = isThere('down') ? found.get('down') : undefined;
  if (up == null) return { type: 'program', why: 'it has no up' };
  const lacks = module.imports.missing();
  if (lacks !== null && up.length > 0) return { type: 'program', why: lacks };
  const back = down == null || lacks !== null ? null : joinChunks(down);
  return { type: 'sql', up, down: back, bare: bare.isSaid() };
}

interface Module {
  readonly reader: Reader;
  readonly patterns: CodePatterns;
  readonly bare: BareReader;
  readonly functions: FunctionReader;
  readonly imports: Imports;
  /** By "up" and "down". */
  readonly found: Map<string, Sent>;
  readonly exported: Set<string>;
  className: string | null;
}

function readUnit(module: Module): boolean {
  const { reader, patterns, bare, imports } = module;
  if (reader.match(marks) !== null || imports.read() || bare.read(true)) return true;
  if (patterns.ignores !== undefined && reader.match(patterns.ignores) !== null) return true;
  if (module.exported.size === 0 && reader.match(unset) !== null) return true;
  if (readExports(module)) return true;
  return patterns.classOf === undefined ? readFunction(module) : readClass(module);
}

/** What compilers and generators put around a module. */
const marks =
  /(['"])use strict\1;?|Object\.defineProperty\(exports,\s*(['"])__esModule\2,\s*\{\s*value:\s*true,?\s*\}\);?|exports\.__esModule\s*=\s*true;?/y;
const unset = /(?:exports\.[\w$]+\s*=\s*)+void 0;?/y;

/** Of what stands elsewhere: "exports.up = up", "export { up, down }", "module.exports = { up, down }". */
function readExports(module: Module): boolean {
  const { reader, className } = module;
  const one = reader.match(/(?:module\.)?exports\.([\w$]+)\s*=\s*\1\s*(?:;|(?=[\n\r])|$)/y)?.[1];
  if (one !== undefined) {
    exportOne(module, one);
    return true;
  }
  const list = reader.match(
    /(export|module\.exports\s*=)\s*\{\s*((?:[\w$]+\s*,\s*)*[\w$]+)\s*,?\s*\}(?!\s*from\b)\s*(?:;|(?=[\n\r])|$)/y,
  );
  if (list !== null) {
    const [, how, names = ''] = list;
    if (how === 'export') for (const name of names.split(',')) exportOne(module, name.trim());
    else replaceExports(module, names);
    return true;
  }
  if (className === null) return false;
  const whole = new RegExp(
    String.raw`(?:module\.exports\s*=|export\s+default)\s+${className.replaceAll('$', '\\$')}\s*(?:;|(?=[\n\r])|$)`,
    'y',
  );
  if (reader.match(whole) === null) return false;
  replaceExports(module, className);
  return true;
}

/** With `replaced`, a name that is exported by itself is lost, and so is one from before. */
const replaced = '*';

function exportOne({ reader, exported }: Module, name: string): void {
  if (exported.has(replaced)) reader.refuse('exports of two kinds');
  exported.add(name);
}

function replaceExports({ reader, exported }: Module, names = ''): void {
  if (exported.size > 0) reader.refuse('exports of two kinds');
  for (const name of [replaced, ...names.split(',')]) exported.add(name.trim());
}

/** Notes it, and that it stands there once. */
function note({ reader, found }: Module, part: string, sent: Sent): void {
  if (found.has(part)) reader.refuse(`${part} for the second time`);
  found.set(part, sent);
}

function readFunction(module: Module): boolean {
  const { reader, functions } = module;
  const declared = reader.match(/(export\s+)?(async\s+)?function\s+(up|down)\b/y);
  if (declared !== null) {
    const [, isExported, isAsync, part = ''] = declared;
    note(module, part, functions.method(isAsync !== undefined, part === 'up'));
    if (isExported !== undefined) exportOne(module, part);
    return true;
  }
  const assigned =
    reader.match(/(export\s+)?const\s+(up|down)\s*(?::\s*[\w$.]+(?:<[\w$\s,.]*>)?\s*)?=(?!>)/y) ??
    reader.match(/((?:module\.)?exports\.)(up|down)\s*=(?!=)/y);
  if (assigned !== null) {
    const [, isExported, part = ''] = assigned;
    note(module, part, functions.expression(part === 'up'));
    if (!reader.atStatementEnd()) reader.refuse('more than up and down');
    reader.match(/;/y);
    if (isExported !== undefined) exportOne(module, part);
    return true;
  }
  if (reader.match(/module\.exports\s*=\s*\{/y) === null) return false;
  replaceExports(module);
  readObject(module);
  return true;
}

/** "{ async up(queryInterface) {...}, down: async () => {...} }" */
function readObject(module: Module): void {
  const { reader, functions, exported } = module;
  for (let first = true; reader.match(/\}/y) === null; first = false) {
    if (!first && reader.match(/,\s*\}/y) !== null) break;
    if (!first && reader.match(/,/y) === null) reader.refuse('more than up and down');
    const property = reader.match(/(['"]?)(up|down)\1\s*:/y);
    if (property !== null) {
      const [, , part = ''] = property;
      note(module, part, functions.expression(part === 'up'));
      exported.add(part);
      continue;
    }
    const [, isAsync, part = ''] =
      reader.match(/(async[ \t]+)?(up|down)\b/y) ?? reader.refuse('more than up and down');
    note(module, part, functions.method(isAsync !== undefined, part === 'up'));
    exported.add(part);
  }
  reader.match(/;/y);
}

const exporting = String.raw`(?:(export\s+default\s+|export\s+|module\.exports\s*=\s*|exports\.[\w$]+\s*=\s*)?)`;
const classHead = new RegExp(
  String.raw`${exporting}class\s+([\w$]+)(?:\s+extends\s+([\w$.]+))?(?:\s+implements\s+[\w$.]+(?:\s*,\s*[\w$.]+)*)?\s*\{`,
  'y',
);
const constructed = /constructor\s*\(\s*\)\s*\{\s*this\.name\s*=\s*(?:'[\w$]*'|"[\w$]*");?\s*\}/y;
const named =
  /(?:public\s+)?(?:readonly\s+)?name\s*(?::\s*string\s*)?=\s*(?:'[\w$]*'|"[\w$]*")\s*(?:;|(?=[\n\r]))/y;

function readClass(module: Module): boolean {
  const { reader, patterns, bare, functions, imports } = module;
  const head = reader.match(classHead);
  if (head === null) return false;
  const [, isExported, className = '', base] = head;
  if (module.className !== null) reader.refuse('a second class');
  module.className = className;
  if (isExported !== undefined) exportOne(module, className);
  const { classOf } = patterns;
  if (classOf == null ? base !== undefined : !imports.isFrom(base ?? '', classOf)) {
    reader.refuse('a class of another kind');
  }
  while (reader.match(/\}/y) === null) {
    if (reader.match(/;/y) ?? reader.match(named)) continue;
    if (base === undefined && reader.match(constructed) !== null) continue;
    if (bare.read(true)) continue;
    if (patterns.ignores !== undefined && reader.match(patterns.ignores) !== null) continue;
    const method = reader.match(/(?:public\s+)?(?:override\s+)?(async[ \t]+)?(up|down)\b/y);
    if (method === null) reader.refuse('more than up and down');
    const [, isAsync, part = ''] = method ?? [];
    note(module, part, functions.method(isAsync !== undefined, part === 'up'));
  }
  reader.match(/;/y);
  return true;
}
