import type { MissingKind } from './knowledge.js';
import type { Refusal } from './session.js';

export interface Missing {
  readonly kind: MissingKind;
  /** As the message has it: "anon", "auth.users", "users". */
  readonly name: string;
}

const SIGNS: readonly (readonly [state: RegExp, message: RegExp, kind: MissingKind])[] = [
  [/^42704$/, /^role "(.+)" does not exist/, 'role'],
  [/^3F000$/, /^schema "(.+)" does not exist/, 'schema'],
  [/^42P01$/, /^relation "(.+)" does not exist/, 'relation'],
  [/^42704$/, /^index "(.+)" does not exist/, 'relation'],
  [/^42704$/, /^extension "(.+)" does not exist/, 'extension'],
  [/^42704$/, /^type "(.+?)(?:\[\])*" does not exist/, 'type'],
  [/^42704$/, /^(?:operator class|collation|access method) "(.+?)" .*does not exist/, 'type'],
  [/^42883$/, /^(?:function|procedure) (.+?)\(.*\) does not exist/, 'function'],
  [/^42883$/, /^operator does not exist: (.+)/, 'function'],
  // A view or a function that is called like a table.
  [/^42P01$/, /^(?:table|view|sequence|materialized view) "(.+)" does not exist/, 'relation'],
  [
    /^42704$/,
    /^(?:text search configuration|text search dictionary) "(.+)" does not exist/,
    'type',
  ],
];

/** What the server missed, by its own message; null: it was refused for something else. */
export function missingIn({ sqlstate, message }: Refusal): Missing | null {
  for (const [state, sign, kind] of SIGNS) {
    const name = state.test(sqlstate) ? sign.exec(message)?.[1] : undefined;
    if (name !== undefined) return { kind, name };
  }
  return null;
}
