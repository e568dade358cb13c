import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { frame, watchFrames } from '../../src/backup/frames.js';
import { cases } from '../support/cases.js';

test('messages are found however the stream is cut', () => {
  const message = fc.tuple(fc.constantFrom('C', 'D', 'Z'), fc.uint8Array({ maxLength: 30 }));
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.integer({ min: 1, max: 20 }),
      (messages, size) => {
        const bytes = Buffer.concat(messages.map(([type, body]) => frame(type, Buffer.from(body))));
        const seen: [string, string][] = [];
        const watch = watchFrames(
          'CZ',
          (type, body) => void seen.push([type, body.toString('hex')]),
          10,
        );
        for (let at = 0; at < bytes.length; at += size) watch(bytes.subarray(at, at + size));
        const wanted = messages.filter(([type]) => type !== 'D');
        expect(seen).toEqual(
          wanted.map(([type, body]) => [type, Buffer.from(body.subarray(0, 10)).toString('hex')]),
        );
      },
    ),
    cases(200, 3000),
  );
});
