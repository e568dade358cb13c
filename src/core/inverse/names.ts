import type { CatalogObject, ObjectKind } from '../catalog.js';

/** The words a key begins with, the longer ones first; what SQL calls it. */
const NOUNS: readonly (readonly [string, string])[] = [
  ['text search configuration', 'TEXT SEARCH CONFIGURATION'],
  ['text search dictionary', 'TEXT SEARCH DICTIONARY'],
  ['materialized view', 'MATERIALIZED VIEW'],
  ['event trigger', 'EVENT TRIGGER'],
  ['foreign table', 'FOREIGN TABLE'],
  ['aggregate', 'AGGREGATE'],
  ['cast', 'CAST'],
  ['collation', 'COLLATION'],
  ['column', 'COLUMN'],
  ['constraint', 'CONSTRAINT'],
  ['domain', 'DOMAIN'],
  ['enum', 'TYPE'],
  ['extension', 'EXTENSION'],
  ['function', 'FUNCTION'],
  ['index', 'INDEX'],
  ['operator', 'OPERATOR'],
  ['policy', 'POLICY'],
  ['procedure', 'PROCEDURE'],
  ['publication', 'PUBLICATION'],
  ['rule', 'RULE'],
  ['schema', 'SCHEMA'],
  ['sequence', 'SEQUENCE'],
  ['statistics', 'STATISTICS'],
  ['table', 'TABLE'],
  ['trigger', 'TRIGGER'],
  ['type', 'TYPE'],
  ['view', 'VIEW'],
];

const IDENTIFIER = /"(?:[^"]|"")*"|[^\s".(]+/y;

/** A key taken apart; names are quoted as SQL needs them, as the catalog's reader printed them. */
export interface KeyName {
  /** "MATERIALIZED VIEW". */
  readonly noun: string;
  /** "public.users", "public.f(a integer)", "public.users.email". */
  readonly name: string;
}

export function keyName(key: string): KeyName {
  for (const [words, noun] of NOUNS) {
    if (key.startsWith(`${words} `)) return { noun, name: key.slice(words.length + 1) };
  }
  return { noun: '', name: key };
}

/** "public.users" of "table public.users". */
export function nameOf({ key }: Pick<CatalogObject, 'key'>): string {
  return keyName(key).name;
}

/** The parts of a name, quoted as they stand there: ["public", "users", "e.mail" in quotes]; without arguments. */
export function identsOf(name: string): readonly string[] {
  const idents: string[] = [];
  IDENTIFIER.lastIndex = 0;
  for (;;) {
    const found = IDENTIFIER.exec(name);
    if (found === null) return idents;
    idents.push(found[0]);
    if (name[IDENTIFIER.lastIndex] !== '.') return idents;
    IDENTIFIER.lastIndex++;
  }
}

/** "email" of "column public.users.email", quoted where it has to be. */
export function ownName(object: Pick<CatalogObject, 'key'>): string {
  return identsOf(nameOf(object)).at(-1) ?? '';
}

/** "public.users" of "column public.users.email". */
export function relationOf(object: Pick<CatalogObject, 'key'>): string {
  return identsOf(nameOf(object)).slice(0, 2).join('.');
}

export function unquoted(ident: string): string {
  return ident.startsWith('"') ? ident.slice(1, -1).replaceAll('""', '"') : ident;
}

/** As quote_ident() would, but rather once too often: keywords are not known here. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !name.startsWith('"')
    ? `"${name}"`
    : `"${name.replaceAll('"', '""')}"`;
}

/** The first place of `needle` that stands outside of quotes, from the end where `last`; -1 when there is none. */
export function outsideQuotes(text: string, needle: string, last = false): number {
  let found = -1;
  let inside = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') inside = !inside;
    else if (!inside && text.startsWith(needle, at)) {
      if (!last) return at;
      found = at;
    }
  }
  return found;
}

/** Divided at commas outside of quotes and parentheses. */
export function listed(text: string): readonly string[] {
  const items = [''];
  let depth = 0;
  for (const [piece] of text.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[\s\S]/g)) {
    if (piece === '(') depth++;
    if (piece === ')') depth--;
    if (piece === ',' && depth === 0) items.push('');
    else items.push((items.pop() ?? '') + piece);
  }
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

/** Whether a definition has this name in it, as the server prints it. */
export function says(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!/[\w$"]/.test(text[at - 1] ?? ' ') && !/[\w$"]/.test(text[at + name.length] ?? ' '))
      return true;
  }
  return false;
}

/** Whether any part of the object's definition has this name in it. */
export function saysOf({ parts }: CatalogObject, name: string): boolean {
  return Object.values(parts).some((text) => says(text, name));
}

export const RELATIONS: readonly ObjectKind[] = [
  'table',
  'foreign table',
  'view',
  'materialized view',
];
