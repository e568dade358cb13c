import { beforeAll, expect, test } from 'vitest';
import { questionsFor } from '../../src/core/planning/questions.js';
import { type Playbook, settleAnswers } from '../../src/core/playbook.js';
import { dependentsOf, dependentWords, standingIn } from '../../src/core/roll-back/dependents.js';
import { loadPlaybooks } from '../../src/files/playbooks.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { journalText } from '../playbooks/shop.js';
import { defaultTable, factsOf, folderOf } from '../support/drizzle-project.js';
import { diagnosisOf, evidenceOf, live, replayOf } from '../support/evidence.js';

let playbook: Playbook;
beforeAll(async () => {
  playbook = (await loadPlaybooks('/nosuch')).find(({ name }) => name === 'roll-back')!;
});

const folder = folderOf({
  '0000_a.sql': 'create table a (id int);',
  '0001_b.sql': 'create table b (id int);',
  '0001_b.down.sql': 'drop table b;',
  'meta/0001_snapshot.json': '{}',
  'meta/_journal.json': journalText([
    { tag: '0000_a', when: 1 },
    { tag: '0001_b', when: 2 },
  ]),
});
const diagnosis = diagnosisOf(
  factsOf(folder, {
    expected: defaultTable,
    configured: false,
    table: defaultTable,
    elsewhere: [],
    rows: [],
    sequence: null,
    otherTables: 0,
  }),
  evidenceOf(),
);

test('which way is asked only where a down file stands beside a chosen migration', () => {
  const asked = (migrations: readonly string[]): readonly string[] =>
    questionsFor(playbook, diagnosis, migrations).map(({ id }) => id);
  expect(asked(['0000_a'])).not.toContain('way');
  expect(asked(['0001_b'])).toContain('way');
  expect(asked(['0000_a', '0001_b'])).toContain('way');
  expect(settleAnswers(playbook, {}).answers).toMatchObject({ way: 'computed' });
});

test("a migration's own file goes last: what a kill leaves of it can still be named", () => {
  const gone = drizzle.forget?.(folder, ['0001_b']);
  expect(gone).toMatchObject({
    ok: true,
    files: ['meta/0001_snapshot.json', '0001_b.down.sql', '0001_b.sql'],
  });
});

test('what the server names is found in the catalog, with the migrations it is from', () => {
  const standing = standingIn(
    [
      'view titles depends on table notes',
      'column kind of table "Odd one" depends on type kind',
      'default value for column number of table notes depends on function next_kind()',
      'policy p on table notes depends on column text of table notes',
      'function first_word(notes,integer) depends on type notes',
      'something new depends on table notes',
    ].join('\n'),
  );
  const index = { what: 'index public.i', on: 'table public.notes', along: true };
  const catalog = [
    'table public.notes',
    'view public.titles',
    'view other.subtitles',
    'enum public.kind',
    'column public."Odd one".kind',
    'column public.notes.number',
    'column public.notes.text',
    'policy public.notes.p',
    'function public.next_kind()',
    'function public.first_word(n public.notes, i integer)',
    'function public.first_word(n public.notes)',
  ].map((key) => live(key));
  const replay = replayOf('0002_titles', [['done', ['view public.titles']]]);
  const found = dependentsOf([...standing, index], replay, catalog, new Set(['0001_notes']));
  expect(found.map(dependentWords)).toEqual([
    'view public.titles (of 0002_titles) depends on table public.notes',
    'column public."Odd one".kind (made by hand) depends on enum public.kind',
    'column public.notes.number (made by hand) depends on function public.next_kind()',
    'policy public.notes.p (made by hand) depends on column public.notes.text',
    'function public.first_word(n public.notes, i integer) (made by hand) depends on table public.notes',
    'something new (made by hand) depends on table public.notes',
    'index public.i (made by hand) would go with what goes of table public.notes',
  ]);
});
