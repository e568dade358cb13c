type Tree = Readonly<Record<string, unknown>>;

/**
 * Every name in a parse tree that an object may have: of relations ("public.docs" and "docs"),
 * types, functions, extensions, schemas. More than are meant is no harm where this is used.
 */
export function namesIn(tree: unknown): readonly string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      const parts = value.map(stringOf);
      if (parts.length > 1 && parts.every((part) => part !== null)) found.add(parts.join('.'));
      for (const item of value) visit(item);
    } else if (typeof value === 'object' && value !== null) {
      const node = value as Tree;
      for (const field of [
        'relname',
        'sval',
        'extname',
        'schemaname',
        'subname',
        'pubname',
        'servername',
        'fdwname',
      ]) {
        const text = node[field];
        if (typeof text === 'string') found.add(text);
      }
      if (typeof node['relname'] === 'string' && typeof node['schemaname'] === 'string')
        found.add(`${node['schemaname']}.${node['relname']}`);
      for (const item of Object.values(node)) visit(item);
    }
  };
  visit(tree);
  return [...found];
}

function stringOf(item: unknown): string | null {
  const text = ((item as Tree | null)?.['String'] as Tree | undefined)?.['sval'];
  return typeof text === 'string' ? text : null;
}

/** The relations that stand in a statement's text, as it writes them. */
export function relationsIn(tree: unknown): readonly { schema: string | null; name: string }[] {
  const found = new Map<string, { schema: string | null; name: string }>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === 'object' && value !== null) {
      const { relname, schemaname } = value as Tree;
      if (typeof relname === 'string') {
        const schema = typeof schemaname === 'string' ? schemaname : null;
        found.set(JSON.stringify([schema, relname]), { schema, name: relname });
      }
      for (const item of Object.values(value)) visit(item);
    }
  };
  visit(tree);
  return [...found.values()];
}
