import { expect, test } from 'vitest';
import { parseTableName } from '../../src/files/table-name.js';

test.each([
  ['drizzle.__drizzle_migrations', 'drizzle', '__drizzle_migrations'],
  ['Public.MyRows', 'Public', 'MyRows'],
  ['"my schema"."t.x"', 'my schema', 't.x'],
  [' "a""b".c ', 'a"b', 'c'],
])('%s is a table', (text, schema, table) => {
  expect(parseTableName(text)).toEqual({ schema, table });
});

test.each(['', 'rows', 'a.b.c', 'a.', '.b', '"a.b', 'a b.c', '"".b'])(
  '%j is refused with the right form',
  (text) => {
    expect(() => parseTableName(text)).toThrow(
      expect.objectContaining({
        name: 'UserError',
        message: expect.stringContaining('is not SCHEMA.TABLE'),
        next: expect.arrayContaining([expect.stringContaining('SCHEMA.TABLE')]),
      }),
    );
  },
);
