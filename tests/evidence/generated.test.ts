import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { SqlParser } from '../../src/core/sql.js';
import { loadParser } from '../../src/postgres/parse.js';
import { cases } from '../support/cases.js';
import { runMigrator } from '../support/drizzle-project.js';
import { folders, makers } from '../support/generate/folder.js';
import { currentServer } from './live-server.js';
import { deepLimit, onDisk, withDatabase } from './support.js';

let parser: SqlParser;

beforeAll(async () => {
  parser = await loadParser();
});

test(
  'every generated folder runs with the real migrator',
  async () => {
    await fc.assert(
      fc.asyncProperty(folders(), (made) =>
        onDisk(made, (root) =>
          withDatabase(currentServer(), async (client) => {
            const { error, wrote } = await runMigrator(client, root);
            expect(error).toBeNull();
            expect(wrote).toHaveLength(made.migrations.length);
          }),
        ),
      ),
      cases(3, 200),
    );
  },
  deepLimit,
);

test('the statements of a migration are those that the parser finds', () => {
  fc.assert(
    fc.property(folders(), ({ migrations }) => {
      for (const { text, statements } of migrations) {
        const split = parser.split(text);
        expect(split.ok && split.statements.map(({ text }) => text)).toEqual(statements);
      }
    }),
    cases(50, 500),
  );
});

test('every maker has its turn', () => {
  const seen = new Set<string>();
  for (const { migrations } of fc.sample(folders(), { numRuns: 300, seed: 1 })) {
    for (const kind of migrations.flatMap(({ kinds }) => kinds)) seen.add(kind);
  }
  expect([...seen].toSorted()).toEqual(Object.keys(makers).toSorted());
});
