import { loadModule, parseSync } from 'libpg-query';
import type { ObjectKind, SameDefinition } from '../../core/catalog.js';
import { normalise } from './normalise.js';

/** Texts are compared again and again, as statement after statement is held against the live object. */
const KEPT = 5000;

let loaded: Promise<SameDefinition> | null = null;

/**
 * Whether two texts of a part mean the same, though servers 13 to 18 print some of them differently:
 * both are parsed, and their trees compared without what only the printing decides (see normalise.ts).
 * What is no SQL, or does not parse, is the same only when it is equal.
 */
export function loadSameDefinition(): Promise<SameDefinition> {
  loaded ??= loadModule().then(newSameDefinition);
  return loaded;
}

function newSameDefinition(): SameDefinition {
  const kept = new Map<string, string | null>();
  const treeOf = (statement: string): string | null => {
    const known = kept.get(statement);
    if (known !== undefined) return known;
    const tree = parsed(statement);
    if (kept.size >= KEPT) kept.clear();
    kept.set(statement, tree);
    return tree;
  };
  return (kind, part, a, b) => {
    if (a === b) return true;
    const wrap = wrapping(kind, part);
    if (wrap === null) return false;
    const [one, other] = [wrap(a), wrap(b)];
    if (one === null || other === null) return false;
    const tree = treeOf(one);
    return tree !== null && tree === treeOf(other);
  };
}

function parsed(statement: string): string | null {
  if (statement.includes('\0')) return null;
  try {
    return JSON.stringify(normalise(parseSync(statement).stmts ?? []));
  } catch {
    return null;
  }
}

type Wrap = (text: string) => string | null;

const whole: Wrap = (text) => text;
const expression: Wrap = (text) => `SELECT ${text}`;
const constraint: Wrap = (text) => `ALTER TABLE t ADD CONSTRAINT c ${text}`;
/** Other bodies are text: not one blank of them is ours to overlook. */
const sqlBody: Wrap = (text) =>
  /^(?:BEGIN ATOMIC|RETURN )/.test(text)
    ? `CREATE FUNCTION f() RETURNS r LANGUAGE sql ${text}`
    : null;

/** How a part becomes a statement that parses; null: it is no SQL. */
function wrapping(kind: ObjectKind, part: string): Wrap | null {
  switch (part) {
    case 'definition':
      return kind === 'constraint' ? constraint : whole;
    case 'default':
    case 'generated':
    case 'using':
    case 'check':
      return expression;
    case 'arguments':
      return (text) => `CREATE FUNCTION f(${text}) RETURNS r LANGUAGE sql AS ''`;
    case 'body':
      return sqlBody;
    case 'partition bound':
      return (text) => `CREATE TABLE t PARTITION OF p ${text}`;
    case 'partition key':
      return (text) => `CREATE TABLE t (c int) PARTITION BY ${text}`;
    default:
      return null;
  }
}
