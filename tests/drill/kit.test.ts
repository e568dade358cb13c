import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kit } from './kit.js';
import { start } from './support.js';

test('drizzle-kit check finds nothing wrong with the snapshots of journal-gap', async () => {
  const drill = await start('journal-gap');
  expect(await kit(drill, 'check')).toEqual({
    code: 0,
    out: expect.stringContaining("Everything's fine"),
  });
});

test('drizzle-kit check finds nothing wrong with those made beside a database that went another way', async () => {
  expect(await kit(await start('already-exists'), 'check')).toMatchObject({ code: 0 });
});

test('drizzle-kit check calls 0002, 0003 and 0004 of push-then-migrate malformed, and no other', async () => {
  const { code, out } = await kit(await start('push-then-migrate'), 'check');
  expect(code).toBe(1);
  expect(out.match(/\S+ data is malformed/g)).toEqual(
    ['0002', '0003', '0004'].map(
      (prefix) => `drizzle/migrations/meta/${prefix}_snapshot.json data is malformed`,
    ),
  );
});

test('each snapshot follows the one before', async () => {
  for (const [name, folder] of [
    ['journal-gap', 'lib/db/migrations'],
    ['push-then-migrate', 'drizzle/migrations'],
    ['falsely-applied', 'server/migrations'],
  ] as const) {
    const drill = await start(name);
    const read = async (path: string): Promise<unknown> =>
      JSON.parse(await readFile(join(drill.dir, folder, 'meta', path), 'utf8'));
    const journal = (await read('_journal.json')) as { entries: { tag: string }[] };
    let before = '00000000-0000-0000-0000-000000000000';
    for (const { tag } of journal.entries) {
      const path = `${tag.slice(0, 4)}_snapshot.json`;
      const { id, prevId } = (await read(path)) as { id: string; prevId: string };
      expect(prevId).toBe(before);
      before = id;
    }
  }
});
