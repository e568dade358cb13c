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

/** pgmedic.config.yaml; an empty file says nothing. */
export const settingsSchema = z
  .strictObject({
    tool: text.optional(),
    migrations: text.optional(),
    'history-table': text.optional(),
    runner: runner.optional(),
  })
  .nullable();
