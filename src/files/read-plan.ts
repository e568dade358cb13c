import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError, messageOf } from '../core/errors.js';
import type { Sha256 } from '../core/digest.js';
import type { PlanFile } from '../core/plan-file.js';
import { sealOf } from '../core/plan-file.js';
import { wordsOf } from './playbook-schema.js';

const step = z.strictObject({
  id: z.string(),
  title: z.string(),
  kind: z.enum(['tell', 'ask', 'check', 'write', 'command']),
  risk: z.enum(['none', 'reversible', 'ddl', 'destructive']),
  digest: z.string(),
  sql: z.string().nullable(),
  file: z
    .strictObject({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() })
    .nullable(),
  command: z.array(z.string()).nullable(),
});

const planSchema = z.strictObject({
  format: z.literal(1),
  playbook: z.string(),
  target: z.strictObject({
    host: z.string(),
    port: z.number(),
    database: z.string(),
    user: z.string(),
    identity: z.string().nullable(),
  }),
  facts: z.string(),
  migrations: z.array(z.string()),
  answers: z.record(z.string(), z.string()),
  warnings: z.array(z.string()),
  steps: z.array(step),
  code: z.string(),
  seen: z.array(z.string()).optional(),
  seal: z.string(),
});

const again = 'Make it anew: pgmedic plan PLAYBOOK --out PLAN.json';

/** @throws UserError when it is not a plan, or not as pgmedic wrote it. */
export async function readPlan(path: string, sha256: Sha256): Promise<PlanFile> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const what = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new UserError(`The plan ${path} ${what}: ${messageOf(error)}.`, [again], {
      cause: error,
    });
  }
  const parsed = planSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(
      `${path} is not a plan of this pgmedic: ${issue?.path.join('.') || 'it'}: ${issue === undefined ? 'unknown' : wordsOf(issue)}.`,
      [again],
    );
  }
  if (sealOf(parsed.data as PlanFile, sha256) !== parsed.data.seal) {
    throw new UserError(
      `The plan ${path} was edited since it was written: what it shows is not what would run.`,
      [again, 'What should be done differently is said with --set or with a playbook of your own.'],
    );
  }
  const { seen, ...plan } = parsed.data;
  return { ...plan, ...(seen && { seen }) };
}
