import { z } from 'zod';

const id = z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes');
const text = z.string().trim().min(1, 'must not be empty');

/** What every step may say besides its verb. */
const common = {
  id,
  text: z.string().trim().default(''),
  when: z.record(id, z.string()).default({}),
};

const tell = z
  .strictObject({ tell: text, ...common })
  .transform((step) => ({ ...step, verb: 'tell' as const }));
const command = z
  .strictObject({
    command: z.array(text).min(1, 'needs the program at least'),
    title: text,
    ...common,
  })
  .transform((step) => ({ ...step, verb: 'command' as const }));
const check = z
  .strictObject({
    check: z.enum(['next-run', 'sql']),
    title: text,
    sql: text.optional(),
    expect: z.array(z.array(z.string().nullable())).optional(),
    ...common,
  })
  .transform((step) => ({ ...step, verb: 'check' as const }));
const write = z
  .strictObject({
    write: z.enum([
      'journal',
      'migration',
      'mark-applied',
      'mark-unapplied',
      'clear-failed',
      'baseline',
      'finish',
      'backfill',
      'roll-back',
      'restore',
      'rename-restored',
      'sql',
    ]),
    title: text,
    of: z.enum(['chosen', 'next-run']).optional(),
    sql: text.optional(),
    risk: z.enum(['reversible', 'ddl', 'destructive']).optional(),
    ...common,
  })
  .transform((step) => ({ ...step, verb: 'write' as const }));

const verbs = { tell, command, check, write };
type Verb = keyof typeof verbs;

/** A step has exactly one verb; its other keys depend on it. */
const step = z.unknown().transform((value, context) => {
  const keys = value !== null && typeof value === 'object' ? Object.keys(value) : [];
  const [verb, second] = (Object.keys(verbs) as Verb[]).filter((one) => keys.includes(one));
  if (verb === undefined || second !== undefined) {
    context.addIssue({
      code: 'custom',
      message: `a step says one of ${Object.keys(verbs).join(', ')}`,
    });
    return z.NEVER;
  }
  const parsed = verbs[verb].safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    context.addIssue({ code: 'custom', path: issue.path, message: wordsOf(issue) });
  }
  return z.NEVER;
});

const question = z.strictObject({
  id,
  question: text,
  choices: z.record(z.string(), text).nullable().default(null),
  suggested: z.string().nullable().default(null),
  'if-found': z.array(text).default([]),
  'if-open': z
    .enum(['present', 'absent', 'outcome', 'unprovable', 'place', 'down'])
    .nullable()
    .default(null),
  required: z.boolean().default(false),
});

/** A playbook as it stands in YAML; src/files/playbooks.ts makes the core's Playbook of it. */
export const playbookSchema = z.strictObject({
  name: id,
  title: text,
  summary: text,
  tools: z.array(text).default([]),
  treats: z.array(text).default([]),
  migrations: z.enum(['none', 'some']),
  asks: z.array(question).default([]),
  steps: z.array(step).min(1, 'needs a step'),
});

/** zod's words, shorter where a typo is the usual cause. */
export function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return `unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${issue.keys.join(', ')}`;
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is missing';
  return issue.message;
}
