import { expect, test } from 'vitest';
import type { History, HistoryRow } from '../../src/core/facts.js';
import type { Reconciliation } from '../../src/core/tool.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { contentsOf, defaultTable, factsOf, folderOf, sha256 } from '../support/drizzle-project.js';

type Entry = readonly [tag: string, when: unknown, idx?: number];

const T = 1_700_000_000_000;

function journal(entries: readonly Entry[], space: string | number = 2): string {
  const list = entries.map(([tag, when, idx], at) => ({
    idx: idx ?? at,
    version: '7',
    when,
    tag,
    breakpoints: true,
  }));
  return JSON.stringify({ version: '7', dialect: 'postgresql', entries: list }, null, space);
}

function sqlFiles(...tags: readonly string[]): Record<string, string> {
  return Object.fromEntries(tags.map((tag) => [`${tag}.sql`, `select '${tag}';`]));
}

function row(id: number, tag: string, stamp: number | null): HistoryRow {
  return {
    id: String(id),
    hash: sha256(`select '${tag}';`),
    stamp: stamp === null ? null : String(stamp),
  };
}

function history(rows: readonly HistoryRow[]): History {
  return {
    expected: defaultTable,
    configured: false,
    table: defaultTable,
    elsewhere: [],
    rows,
    sequence: null,
    otherTables: 3,
  };
}

function reconcile(
  text: string | null,
  tags: readonly string[],
  rows: readonly HistoryRow[],
  choice: 'remove' | 'keep' = 'remove',
): Reconciliation {
  const folder = folderOf({
    ...sqlFiles(...tags),
    ...(text === null ? {} : { 'meta/_journal.json': text }),
  });
  const result = drizzle.reconcile?.(factsOf(folder, history(rows)), {
    entriesWithoutFile: choice,
  });
  if (result === undefined) throw new Error('no reconcile');
  return result;
}

const brief = ({ entries }: Reconciliation): unknown[] =>
  entries.map(({ tag, when, idx }) => [tag, when, idx]);

test('files the journal does not list go to its end, above every row, with the number of their name', () => {
  const text = journal([
    ['0000_a', T],
    ['0003_b', T + 5, 1],
  ]);
  const done = reconcile(
    text,
    ['0000_a', '0003_b', '0004_c', '0006_d'],
    [row(1, '0000_a', T), row(2, '0003_b', T + 5)],
  );
  expect(brief(done).slice(2)).toEqual([
    ['0004_c', T + 6, 4],
    ['0006_d', T + 7, 6],
  ]);
  expect(done.after.startsWith(text.slice(0, text.lastIndexOf('}\n  ]')))).toBe(true);
  expect(done.after).toBe(JSON.stringify(JSON.parse(done.after), null, 2));
  expect(done.changes).toEqual([
    `add 0004_c after 0003_b: idx 4, when ${T + 6}`,
    `add 0006_d after 0004_c: idx 6, when ${T + 7}`,
  ]);
  expect(done.warnings).toEqual([]);
  expect(done.before).toBe(text);
});

test('a file goes before a pending entry of a later name, and leaves that stamp alone where there is room', () => {
  const text = journal([
    ['0000_a', T],
    ['0002_c', T + 500, 2],
  ]);
  const done = reconcile(text, ['0000_a', '0001_b', '0002_c'], [row(1, '0000_a', T)]);
  expect(brief(done)).toEqual([
    ['0000_a', T, 0],
    ['0001_b', T + 1, 1],
    ['0002_c', T + 500, 2],
  ]);
  const tight = reconcile(
    journal([
      ['0000_a', T],
      ['0002_c', T + 1, 2],
    ]),
    ['0000_a', '0001_b', '0002_c'],
    [row(1, '0000_a', T)],
  );
  expect(brief(tight)).toEqual([
    ['0000_a', T, 0],
    ['0001_b', T + 1, 1],
    ['0002_c', T + 2, 2],
  ]);
});

test('on an empty history newcomers go below the first stamp that stands', () => {
  const done = reconcile(journal([['0001_b', T, 1]]), ['0000_a', '0001_b'], []);
  expect(brief(done)).toEqual([
    ['0000_a', T - 1, 0],
    ['0001_b', T, 1],
  ]);
});

test('what would be skipped is stamped anew and comes after what is applied, with an idx of its own', () => {
  const text = journal([
    ['0000_a', T],
    ['0001_b', T + 1],
    ['0001_c', T + 9, 1],
  ]);
  const done = reconcile(
    text,
    ['0000_a', '0001_b', '0001_c'],
    [row(1, '0000_a', T), row(2, '0001_c', T + 9)],
  );
  expect(brief(done)).toEqual([
    ['0000_a', T, 0],
    ['0001_c', T + 9, 1],
    ['0001_b', T + 10, 2],
  ]);
  expect(done.changes.join('\n')).toMatch(
    /move 0001_b after 0001_c[^]*when 1700000000001 becomes 1700000000010/,
  );
});

test('an entry whose content is recorded is never stamped above its row', () => {
  const text = journal([
    ['0000_a', T + 900],
    ['0001_b', 'soon'],
  ]);
  const done = reconcile(
    text,
    ['0000_a', '0001_b'],
    [row(1, '0000_a', T), row(2, '0001_b', T + 5)],
  );
  expect(brief(done)).toEqual([
    ['0000_a', T, 0],
    ['0001_b', T + 5, 1],
  ]);
  expect(
    drizzle.nextRun(done.folder, history([row(1, '0000_a', T), row(2, '0001_b', T + 5)])).runs,
  ).toEqual([]);
  const lower = journal([['0000_a', T - 900]]);
  expect(reconcile(lower, ['0000_a'], [row(1, '0000_a', T)]).after).toBe(lower);
});

test('a file that is applied and not listed gets the stamp of its row, among the applied ones', () => {
  const text = journal([
    ['0000_a', T],
    ['0002_c', T + 9, 2],
  ]);
  const done = reconcile(
    text,
    ['0000_a', '0001_b', '0002_c'],
    [row(1, '0000_a', T), row(2, '0001_b', T + 5), row(3, '0002_c', T + 9)],
  );
  expect(brief(done)).toEqual([
    ['0000_a', T, 0],
    ['0001_b', T + 5, 1],
    ['0002_c', T + 9, 2],
  ]);
});

test('entries without a file are taken out, or left, as chosen', () => {
  const text = journal([
    ['0000_a', T],
    ['0001_gone', T + 1],
  ]);
  const rows = [row(1, '0000_a', T), row(2, '0001_gone', T + 1)];
  const removed = reconcile(text, ['0000_a'], rows);
  expect(brief(removed)).toEqual([['0000_a', T, 0]]);
  expect(removed.changes[0]).toContain('it is applied');
  const kept = reconcile(text, ['0000_a'], rows, 'keep');
  expect(kept.after).toBe(text);
  expect(kept.warnings[0]).toContain('No file drizzle/0001_gone.sql found in drizzle folder');
});

test('a file that is there and cannot be read keeps its entry', () => {
  const text = journal([['0000_a', T]]);
  const folder = folderOf({ 'meta/_journal.json': text }, [
    { path: '0000_a.sql', reason: 'no permission to read it' },
  ]);
  const done = drizzle.reconcile?.(factsOf(folder, history([])), { entriesWithoutFile: 'remove' });
  expect(done?.after).toBe(text);
  expect(done?.warnings.join()).toContain('no permission');
});

test('of a tag listed twice the recorded entry stays', () => {
  const text = journal([
    ['0000_a', T + 5],
    ['0001_b', T + 6],
    ['0000_a', T],
  ]);
  const done = reconcile(text, ['0000_a', '0001_b'], [row(1, '0000_a', T)]);
  expect(brief(done)).toEqual([
    ['0000_a', T, 2],
    ['0001_b', T + 6, 3],
  ]);
  expect(done.changes[0]).toMatch(/remove the entry of 0000_a at line 5/);
});

test.each([
  [
    'inside an entry, in the style diff3',
    `{ "version": "7", "dialect": "postgresql", "entries": [
    { "idx": 0, "version": "7", "when": ${T}, "tag": "0000_a", "breakpoints": true },
    { "idx": 1, "version": "7",
<<<<<<< HEAD
      "when": ${T + 2},
      "tag": "0001_c",
||||||| 1a2b3c4
      "when": 0,
      "tag": "0001_old",
=======
      "when": ${T + 1},
      "tag": "0001_b",
>>>>>>> feature
      "breakpoints": true }
] }
`,
  ],
  [
    'around whole entries, with CRLF',
    `{ "version": "7", "dialect": "postgresql", "entries": [
    { "idx": 0, "version": "7", "when": ${T}, "tag": "0000_a", "breakpoints": true },
<<<<<<< HEAD
    { "idx": 1, "version": "7", "when": ${T + 2}, "tag": "0001_c", "breakpoints": true }
=======
    { "idx": 1, "version": "7", "when": ${T + 1}, "tag": "0001_b", "breakpoints": true }
>>>>>>> feature
] }
`.replaceAll('\n', '\r\n'),
  ],
])('both sides of a merge conflict are kept, in the order of their stamps: %s', (_name, text) => {
  const done = reconcile(text, ['0000_a', '0001_b', '0001_c'], [row(1, '0000_a', T)]);
  expect(done.changes[0]).toMatch(/line \d+: keep the entries of both sides/);
  expect(brief(done).map((entry) => (entry as unknown[]).slice(0, 2))).toEqual([
    ['0000_a', T],
    ['0001_b', T + 1],
    ['0001_c', T + 2],
  ]);
  expect(done.after).not.toMatch(/[<>|=]{7}/);
});

test('a conflict that does not leave two journals is solved by files and rows', () => {
  const text = '{ "entries": [\n<<<<<<< HEAD\n { "tag": \n=======\n>>>>>>> x\n';
  const done = reconcile(text, ['0000_a', '0001_b'], [row(1, '0000_a', T)]);
  expect(brief(done)).toEqual([
    ['0000_a', T, 0],
    ['0001_b', T + 1, 1],
  ]);
  expect(done.changes[0]).toMatch(/write the journal anew: line \d/);
});

test('a stray comma or a byte order mark costs no entry', () => {
  const text = journal([
    ['0000_a', T],
    ['0001_b', T + 1],
  ]);
  const comma = reconcile(
    text.replace(/\}\s*\]/, '},\n  ]'),
    ['0000_a', '0001_b'],
    [row(1, '0000_a', T)],
  );
  expect(comma.after).toBe(text);
  expect(comma.changes).toHaveLength(1);
  const mark = reconcile(`\uFEFF${text}`, ['0000_a', '0001_b'], []);
  expect(mark.after).toBe(text);
});

test('without a journal one is written from files and rows, and unknown rows are told', () => {
  const rows = [row(1, '0000_a', T), row(2, '0001_b', T + 7), row(3, 'something else', T + 9)];
  const done = reconcile(null, ['0000_a', '0001_b', '0002_c'], rows);
  expect(done.before).toBeNull();
  expect(brief(done)).toEqual([
    ['0000_a', T, 0],
    ['0001_b', T + 7, 1],
    ['0002_c', T + 10, 2],
  ]);
  expect(done.warnings.join()).toContain('Rows 3');
  expect(JSON.parse(done.after)).toMatchObject({ version: '7', dialect: 'postgresql' });
});

test('files of one content share the rows of that content', () => {
  const folder = folderOf({ '0000_a.sql': '', '0001_b.sql': '' });
  const rows = [
    { id: '1', hash: sha256(''), stamp: String(T) },
    { id: '2', hash: sha256(''), stamp: String(T + 1) },
  ];
  const done = drizzle.reconcile?.(factsOf(folder, history(rows)), {
    entriesWithoutFile: 'remove',
  });
  expect(done && brief(done)).toEqual([
    ['0000_a', T, 0],
    ['0001_b', T + 1, 1],
  ]);
});

test('null stamps and stamps beyond a journal are warned of', () => {
  const text = journal([
    ['0000_a', T],
    ['0001_b', T + 1],
  ]);
  expect(reconcile(text, ['0000_a', '0001_b'], [row(1, '0000_a', null)]).warnings.join()).toContain(
    'Row 1 has no stamp',
  );
  const far = { id: '1', hash: 'x', stamp: '9223372036854775807' };
  expect(reconcile(text, ['0000_a', '0001_b'], [far]).warnings.join()).toContain(
    'would still skip',
  );
});

test.each([
  [
    'tabs',
    journal([['0000_a', T]], '\t'),
    journal(
      [
        ['0000_a', T],
        ['0001_b', T + 1],
      ],
      '\t',
    ),
  ],
  [
    'one line',
    journal([['0000_a', T]], 0),
    journal(
      [
        ['0000_a', T],
        ['0001_b', T + 1],
      ],
      0,
    ),
  ],
  [
    'CRLF and a last newline',
    `${journal([['0000_a', T]])}\n`.replaceAll('\n', '\r\n'),
    `${journal([
      ['0000_a', T],
      ['0001_b', T + 1],
    ])}\n`.replaceAll('\n', '\r\n'),
  ],
  [
    'no entries',
    journal([]),
    journal([
      ['0000_a', Date.UTC(2020, 0, 1) + 1],
      ['0001_b', Date.UTC(2020, 0, 1) + 2],
    ]),
  ],
  [
    'an entry a line',
    `{ "entries": [\n  { "idx": 0, "when": ${T}, "tag": "0000_a" }\n] }\n`,
    `{ "entries": [\n  { "idx": 0, "when": ${T}, "tag": "0000_a" },\n  { "idx": 1, "version": "7", "when": ${T + 1}, "tag": "0001_b", "breakpoints": true }\n] }\n`,
  ],
])('the style of the journal is kept: %s', (_name, before, after) => {
  expect(reconcile(before, ['0000_a', '0001_b'], []).after).toBe(after);
});

test('unknown keys and the bytes of other entries stay', () => {
  const text = journal([
    ['0000_a', T],
    ['0001_b', T - 5],
  ]).replace('"breakpoints": true', '"breakpoints":   false, "owner": "ana"');
  const done = reconcile(text, ['0000_a', '0001_b'], [row(1, '0000_a', T)]);
  expect(done.after).toBe(text.replace(`"when": ${T - 5}`, `"when": ${T + 1}`));
});

test('a seed or a rollback script beside the migrations is not made one', () => {
  const text = journal([['0000_a', T]]);
  expect(
    reconcile(text, ['0000_a', 'seed', '0000_a.down', '0000_a_rollback'], [row(1, '0000_a', T)])
      .after,
  ).toBe(text);
});

test('the folder it promises is the folder it makes', () => {
  const text = journal([['0000_a', T]]);
  const done = reconcile(text, ['0000_a', '0001_b'], [row(1, '0000_a', T)]);
  const files = { ...sqlFiles('0000_a', '0001_b'), 'meta/_journal.json': done.after };
  expect(done.folder).toEqual(drizzle.readFolder(contentsOf('drizzle', files), []));
});
