import { expect, test } from 'vitest';
import type { Plan, Step, Write } from '../../src/core/plan.js';
import { stepWords } from '../../src/core/telling/step-words.js';
import { plan as planOf, writeJournal } from '../support/states.js';

const none = { type: 'none', why: '' } as const;
const write = (of: Write): Step => ({ ...writeJournal, kind: 'write', write: of });

test('a step of SQL names the psql command for it, without a password; a file has none', () => {
  const statements = [{ sql: 'ALTER TABLE a ADD b int', source: null }];
  const lock = '"drizzle"."__drizzle_migrations"';
  const whole = write({
    type: 'transaction',
    ...{ lock, before: [], statements, after: [], undo: none },
  });
  const base = planOf([whole]);
  const plan: Plan = { ...base, target: { ...base.target, user: "o'neil" } };
  const { host, port, database } = plan.target;
  const psql = `psql --host=${host} --port=${port} '--username=o'\\''neil' --dbname=${database} --no-psqlrc --set=ON_ERROR_STOP=1`;
  expect(stepWords(whole, plan, null).byHand).toEqual([
    `${psql} --single-transaction --file=-`,
    `and on its standard input: LOCK TABLE ${lock} IN ACCESS EXCLUSIVE MODE; and then the SQL above. Look first at what must be true.`,
  ]);
  const [statement] = statements;
  if (statement === undefined) throw new Error('no statement');
  const alone = write({ type: 'statement', before: [], statement, after: [], undo: none });
  expect(stepWords(alone, plan, null).byHand[0]).toBe(`${psql} --file=-`);
  expect(stepWords(writeJournal, plan, null).byHand).toEqual([]);
});
