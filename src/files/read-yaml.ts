import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { messageOf } from '../core/errors.js';
import { wordsOf } from './playbook-schema.js';

export type ReadYaml<T> =
  | { readonly ok: false; readonly problems: readonly string[] }
  | {
      readonly ok: true;
      readonly value: T;
      /** "file:line: where: what", of something in it. */
      readonly problem: (path: readonly PropertyKey[], words: string) => string;
    };

/** One YAML text of this form; problems read "file:line: where: what". */
export function readYaml<Schema extends z.ZodType>(
  text: string,
  origin: string,
  schema: Schema,
): ReadYaml<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map(
        (error) => `${origin}:${lines.linePos(error.pos[0]).line}: ${error.message.split('\n')[0]}`,
      ),
    };
  }
  let value: unknown;
  try {
    // An alias without its anchor, or aliases upon aliases, show only here.
    value = document.toJS();
  } catch (error) {
    return { ok: false, problems: [`${origin}:1: ${messageOf(error)}`] };
  }
  const parsed = schema.safeParse(value);
  const lineOf = (path: readonly PropertyKey[]): number => {
    // The nearest node that is there: a missing key is shown at its parent.
    for (let length = path.length; length >= 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const problem = (path: readonly PropertyKey[], words: string): string =>
    `${origin}:${lineOf(path)}: ${path.length === 0 ? '' : `${path.join('.')}: `}${words}`;
  if (parsed.success) return { ok: true, value: parsed.data, problem };
  const problems = parsed.error.issues.map((issue) => {
    const path =
      issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
    return problem(path, wordsOf(issue));
  });
  return { ok: false, problems };
}
