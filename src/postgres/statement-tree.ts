import type { Node } from './write-kinds.js';

/** What they hold is only run later, if at all. */
const NOT_RUN_NOW = ['CreateFunctionStmt', 'RuleStmt', 'CreateTrigStmt'];

/**
 * The first thing `look` finds in a statement or anything inside it, WITH queries and
 * expressions included; what a function, rule or trigger is made of is passed over.
 */
export function findIn(
  type: string,
  node: Node,
  look: (type: string, node: Node) => string | null,
): string | null {
  const own = look(type, node);
  if (own !== null || NOT_RUN_NOW.includes(type)) return own;
  for (const [key, value] of Object.entries(node)) {
    for (const item of listOf(value)) {
      if (item === null || typeof item !== 'object') continue;
      // A list's items are { Type: node }; a field that is a node stands under its own name.
      const found = findIn(key, item as Node, look);
      if (found !== null) return found;
    }
  }
  return null;
}

/** A qualified name's parts: ["public", "f"]. */
export function nameParts(value: unknown): readonly string[] {
  return listOf(value).flatMap((item) => {
    const text = ((item as Node | null)?.['String'] as Node | undefined)?.['sval'];
    return typeof text === 'string' ? [text] : [];
  });
}

/** The text between the quotes of a DO block. */
export function blockText(node: Node): string {
  const texts = listOf(node['args']).map((item) => {
    const element = (item as Node)['DefElem'] as Node | undefined;
    const body = element?.['defname'] === 'as' ? (element['arg'] as Node | undefined) : undefined;
    return ((body?.['String'] as Node | undefined)?.['sval'] as string | undefined) ?? '';
  });
  return texts.join('\n');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}
