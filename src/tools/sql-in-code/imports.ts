import type { CodePatterns } from './patterns.js';
import type { Reader } from './reader.js';

export type Imports = ReturnType<typeof importReader>;

const quoted = String.raw`(?:'([^'\n\\]*)'|"([^"\n\\]*)")`;
const importing = new RegExp(
  String.raw`import\s+(type\s+)?([\w$\s,{}*]+?)\s*from\s*${quoted}(?:\s*;)?`,
  'y',
);
const requiring = new RegExp(
  String.raw`(?:const|let|var)\s+(\{[\w$\s,:]*\}|[\w$]+)\s*=\s*require\s*\(\s*${quoted}\s*\)(?:\s*;)?`,
  'y',
);

/** Follows where the names of a module come from. */
export function importReader(reader: Reader, { imports = {} }: CodePatterns) {
  /** By the name here: what it is called there ("*": all of the module), and where. */
  const bound = new Map<string, { readonly name: string; readonly from: string }>();
  const bind = (local: string, name: string, from: string): void => {
    if (/^(?:exports|module|require)$/.test(local)) reader.refuse(`another ${local}`);
    const wanted = Object.hasOwn(imports, local) ? imports[local] : undefined;
    if (wanted !== undefined && (name !== local || !wanted.test(from))) {
      reader.refuse(`its ${local} is another`);
    }
    bound.set(local, { name, from });
  };
  return {
    /** Whether an import was next; it is behind that then. */
    read(): boolean {
      const imported = reader.match(importing);
      const found = imported ?? reader.match(requiring);
      if (found === null) return false;
      const [type, clause = '', ...from] =
        imported === null ? ['', ...found.slice(1)] : found.slice(1);
      const source = from.find((one) => one !== undefined) ?? '';
      if (imported !== null && type !== undefined) return true;
      for (const [local, name] of bindings(clause, imported === null)) bind(local, name, source);
      return true;
    },
    /** What the calls need and was not imported, in words; null: nothing. */
    missing(): string | null {
      const lacking = Object.keys(imports).find((name) => !bound.has(name));
      return lacking === undefined ? null : `it has no ${lacking} of the tool’s`;
    },
    /** "Migration", or "migrations_1.Migration". */
    isFrom(written: string, { base, from }: { readonly base: string; readonly from: RegExp }) {
      const [first = '', second] = written.split('.');
      const origin = bound.get(first);
      if (origin === undefined || !from.test(origin.from)) return false;
      return second === undefined ? origin.name === base : origin.name === '*' && second === base;
    },
  };
}

/** "sql, type X as Y" in braces; "* as ns"; a name alone, which is all of it where it is required. */
function bindings(clause: string, required: boolean): [local: string, name: string][] {
  const list = /\{([^}]*)\}/.exec(clause)?.[1];
  const rest = clause.replace(/\{[^}]*\}/, '').split(',');
  const outside = rest.flatMap((one): [string, string][] => {
    const [, all, alone] = /^\s*(?:\*\s*as\s+([\w$]+)|([\w$]+))\s*$/.exec(one) ?? [];
    if (all !== undefined) return [[all, '*']];
    return alone === undefined ? [] : [[alone, required ? '*' : 'default']];
  });
  const inside = (list ?? '').split(',').flatMap((one): [string, string][] => {
    if (/^\s*type\s+[\w$]/.test(one)) return [];
    const [name = '', local = name] = one.trim().split(required ? /\s*:\s*/ : /\s+as\s+/);
    return local === '' ? [] : [[local, name]];
  });
  return [...outside, ...inside];
}
