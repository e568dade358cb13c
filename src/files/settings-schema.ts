import { z } from 'zod';

const text = z.string().trim().min(1, 'is empty');

const pattern = text.refine(
  (source) => {
    try {
      return new RegExp(source, 'u') instanceof RegExp;
    } catch {
      return false;
    }
  },
  { message: 'is no regular expression' },
);

const runner = z.strictObject({
  files: pattern.optional(),
  records: z.enum(['file', 'stem', 'digits', 'number']).optional(),
  column: text.optional(),
  order: z.enum(['name', 'number']).optional(),
  late: z.enum(['run', 'refuse']).optional(),
  gone: z.enum(['ignore', 'refuse']).optional(),
  transaction: z.enum(['each migration', 'all pending', 'none']).optional(),
  swallows: z.array(text).optional(),
});

const seconds = z.number().min(1).max(86_400);

const environment = z.strictObject({
  match: z
    .array(text)
    .optional()
    .describe('hosts and databases that are it; * stands for anything'),
  colour: z.enum(['red', 'yellow', 'green']).optional().describe('of its word on the screen'),
  'read-only': z.boolean().optional().describe('pgmedic writes nothing there'),
});

/** pgmedic.config.yaml; an empty file says nothing. */
export const settingsSchema = z
  .strictObject({
    tool: text.optional(),
    migrations: text.optional(),
    'history-table': text.optional(),
    runner: runner.optional(),
    environments: z.record(text, environment).optional(),
    playbooks: z.array(text).optional().describe('further folders with playbooks'),
    timeouts: z
      .strictObject({ lock: seconds.optional(), statement: seconds.optional() })
      .optional()
      .describe(
        'seconds that a write waits for a lock before it tries again, and that a statement may take',
      ),
  })
  .nullable();
