import { expect, test } from 'vitest';
import { describeDifference } from '../../src/core/evidence/show-parts.js';

const body = (text: string): { body: string; language: string } => ({
  language: 'plpgsql',
  body: text,
});
const long = `BEGIN ${'PERFORM 1; '.repeat(60)}`;

test.each([
  ['far behind the cut', `${long} RETURN 1; END`, `${long} RETURN 2; END`, 'RETURN 1', 'RETURN 2'],
  ['one that only goes on', long, `${long} RETURN 2; END`, 'PERFORM 1;', 'RETURN 2'],
  ['right at the beginning', `A ${long}`, `B ${long}`, 'body A', 'body B'],
])('what differs is shown: %s', (_, one, other, expected, found) => {
  const shown = describeDifference('function', body(one), body(other));
  expect(shown.expected).not.toBe(shown.found);
  expect(shown.expected).toContain(expected);
  expect(shown.found).toContain(found);
  for (const text of [shown.expected, shown.found]) expect(text.length).toBeLessThanOrEqual(200);
});

test('a short one is shown whole', () => {
  const parts = { type: 'integer', nullable: 'false' };
  expect(describeDifference('column', parts, { ...parts, nullable: 'true' })).toEqual({
    expected: 'integer NOT NULL',
    found: 'integer',
  });
});
