import { expect, test } from 'vitest';
import { conforms } from './conformance.js';
import { at, migration, rails } from './subjects/rails.js';
import type { UsedTool } from './using-tool.js';

let project: UsedTool['project'];
conforms(rails, (used) => ({ project } = used));

test('two of one number or name, and a name that it does not allow, stop it', async () => {
  await project.put({ [at('20250101000000_twice')]: migration('twice', [], []) });
  expect((await project.agree()).nextRun.fails?.message).toBe(
    'Multiple migrations have the version number 20250101000000.',
  );
  await project.put({ [at('20250102000000_users')]: migration('users', [], []) });
  expect((await project.agree()).nextRun.fails?.message).toBe(
    'Multiple migrations have the name Users.',
  );
  await project.put({ [at('20250103000000_Upper')]: migration('upper', [], []) });
  expect((await project.agree()).nextRun.fails?.message).toBe('Illegal name for migration file');
});

test('numbers, not texts: 001 is 1, in files and in rows', async () => {
  await project.clear();
  await project.put({
    [at('001_one')]: migration('one', [], []),
    [at('10_ten')]: migration('ten', [], []),
    [at('9_nine')]: migration('nine', [], []),
  });
  const { nextRun, facts } = await project.agree();
  expect(nextRun.runs).toEqual(['001_one', '9_nine', '10_ten']);
  expect(facts.tool).toBe('rails');
  await project.sql("UPDATE schema_migrations SET version = '0' || version WHERE version = '9'");
  expect((await project.agree()).nextRun).toEqual({ runs: [], skips: [], fails: null });
});
