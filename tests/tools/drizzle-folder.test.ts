import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { parseJson, plain, place } from '../../src/tools/drizzle/json.js';
import { toolNamed, tools } from '../../src/tools/index.js';
import { cases } from '../support/cases.js';
import { contentsOf, folderOf, sha256 } from '../support/drizzle-project.js';

const entry = (tag: string, when: unknown = 1): object => ({ idx: 0, version: '7', when, tag });
const journal = (...entries: unknown[]): string =>
  JSON.stringify({ version: '7', entries }, null, 2);

describe('JSON with places', () => {
  const damaged = fc
    .tuple(
      fc.json(),
      fc.nat(60),
      fc.constantFrom('', ',', '"', '}', '\\', '\u0001', '\uFEFF', '1', ' '),
    )
    .map(([text, at, insert]) => `${text.slice(0, at)}${insert}${text.slice(at + 1)}`);

  test('takes what JSON.parse takes, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged), (text) => {
        const result = parseJson(text);
        let value: unknown;
        let valid = true;
        try {
          value = JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(result.ok).toBe(valid);
        if (result.ok) expect(plain(result.root)).toEqual(value);
      }),
      cases(500, 5000),
    );
  });

  test('says where it stops', () => {
    const at = (text: string): string => {
      const result = parseJson(text);
      return result.ok ? 'ok' : `${place(text, result.offset)}: ${result.problem}`;
    };
    expect(at('{\n  "a": 1\n  "b": 2\n}')).toBe('line 3, column 3: expected "," or "}"');
    expect(at('[1, oops]')).toBe('line 1, column 5: expected a value');
    expect(at('[1,\n2')).toBe('line 2, column 2: the text ends too early');
    expect(at('[1,]')).toBe('line 1, column 4: expected a value');
    expect(at('["a\tb"]')).toMatch(/^line 1, column 2: this string/);
    expect(at('['.repeat(600))).toMatch(/nested too deeply/);
  });
});

describe('the journal', () => {
  test('entries carry their line', () => {
    const folder = folderOf({
      'meta/_journal.json': journal(entry('0000_a', 5), entry('0001_b', 'x')),
    });
    expect(folder.journal).toMatchObject({
      state: 'read',
      path: 'meta/_journal.json',
      entries: [
        { position: 0, line: 4, tag: '0000_a', idx: 0, when: 5 },
        { position: 1, line: 10, tag: '0001_b', when: null },
      ],
    });
  });

  test.each([
    ['{"a": [1,}', 'line 1, column 10: expected a value', []],
    [
      '{\n<<<<<<< ours\n"a": 1\n=======\n"a": 2\n>>>>>>> theirs\n}',
      'line 2, column 1: expected a string in double quotes',
      [2, 4, 6],
    ],
    ['{}', 'it has no "entries"', []],
    ['null', 'it has no "entries"', []],
    ['{"entries": {}}', 'line 1, column 13: "entries" is not an array', []],
    ['{"entries": [\n{"when": 1}]}', 'line 2, column 1: entry 0 of "entries" has no tag', []],
    [`\uFEFF${journal()}`, 'line 1, column 1: a byte order mark, which JSON does not allow', []],
    ['', 'line 1, column 1: the text ends too early', []],
  ])('%j is malformed: %s', (text, reason, conflictMarkers) => {
    const folder = folderOf({ 'meta/_journal.json': text });
    expect(folder.journal).toMatchObject({ state: 'malformed', reason, conflictMarkers, text });
  });

  test('a journal that cannot be read is malformed, not missing', () => {
    const folder = folderOf({}, [
      { path: 'meta/_journal.json', reason: 'it is a folder, not a file' },
    ]);
    expect(folder.journal).toMatchObject({
      state: 'malformed',
      reason: 'it is a folder, not a file',
    });
    expect(drizzle.nextRun(folder, null).fails?.message).toContain('it is a folder');
    const closed = folderOf({}, [{ path: 'meta', reason: 'no permission to read it' }]);
    expect(closed.journal?.state).toBe('malformed');
  });
});

describe('files', () => {
  test('are decoded and hashed as drizzle-orm does', () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x0d, 0x0a]);
    const folder = drizzle.readFolder(
      { path: 'd', root: '/d', files: new Map([['0000_a.sql', bytes]]), unreadable: [] },
      [],
    );
    const file = folder.migrations[0]?.file;
    expect(file?.text).toBe('\uFEFFa\uFFFD\r\n');
    expect(file?.hash).toBe(sha256(bytes.toString()));
    for (const variant of ['\uFEFFa\uFFFD\n', 'a\uFFFD\r\n', 'a\uFFFD\n', 'a\uFFFD']) {
      expect(file?.variantHashes).toContain(sha256(variant));
    }
    expect(file?.variantHashes).not.toContain(file?.hash);
  });

  test('stand in the order of the journal, unlisted ones sorted in by number', () => {
    const tags = ['0000_a', '0001_b', '0002_c', '0010_d', '9_e', 'seed', '0002_c.down'];
    const files = Object.fromEntries(tags.map((tag) => [`${tag}.sql`, '']));
    const listed = ['0000_a', '0010_d', '0002_c', '0011_gone', 'sub/0012_f'].map((tag) =>
      entry(tag),
    );
    const folder = folderOf({
      ...files,
      'sub/0012_f.sql': '',
      'sub/0013_g.sql': '',
      '20261121093000_new/migration.sql': '',
      'meta/_journal.json': journal(...listed),
    });
    expect(folder.migrations.map(({ id, file }) => (file === null ? `(${id})` : id))).toEqual([
      '0000_a',
      '0001_b',
      '0010_d',
      '0002_c',
      '9_e',
      '(0011_gone)',
      'sub/0012_f',
    ]);
    expect(folder.convertedFolders).toEqual(['20261121093000_new']);
  });

  test('have the snapshot of their prefix', () => {
    const folder = folderOf({
      '0000_a.sql': '',
      '0000_b.sql': '',
      '_c.sql': '',
      'meta/0000_snapshot.json': '{"version": "7", "id": "a", "prevId": "b", "dialect": 1}',
      'meta/0001_snapshot.json': '{"version": "6", "id": "a", "prevId": "b", "tables": {}}',
      'meta/0002_snapshot.json': '{"version": "4"}',
      'meta/0003_snapshot.json': '{,}',
      'meta/_journal.json': journal(entry('0000_a'), entry('0000_b'), entry('_c')),
    });
    expect(folder.migrations.map(({ snapshot }) => snapshot)).toEqual([
      'meta/0000_snapshot.json',
      'meta/0000_snapshot.json',
      null,
    ]);
    expect(folder.snapshots).toEqual([
      {
        state: 'malformed',
        path: 'meta/0000_snapshot.json',
        reason: '$.dialect: expected "postgresql", found a number',
      },
      { state: 'read', path: 'meta/0001_snapshot.json', id: 'a', prevId: 'b', version: '6' },
      {
        state: 'malformed',
        path: 'meta/0002_snapshot.json',
        reason: '$.version: expected "5", "6" or "7", found "4"',
      },
      {
        state: 'malformed',
        path: 'meta/0003_snapshot.json',
        reason: 'line 1, column 2: expected a string in double quotes',
      },
    ]);
  });

  test('split into the chunks the migrator sends', () => {
    const marker = '--> statement-breakpoint';
    for (const text of [
      '',
      'a',
      `a${marker}\nb${marker}`,
      `'${marker}'`,
      '-->statement-breakpoint',
    ]) {
      const parts = drizzle.chunks(text);
      expect(parts.map((part) => part.text)).toEqual(text.split(marker));
      for (const part of parts) expect(text.startsWith(part.text, part.offset)).toBe(true);
    }
  });

  test('have the row the migrator would write', () => {
    const [listed, unlisted] = folderOf({
      '0000_a.sql': 'a',
      '0001_b.sql': 'b',
      'meta/_journal.json': journal(entry('0000_a', 7)),
    }).migrations;
    expect(listed && drizzle.historyRow(listed, null)).toEqual({ hash: sha256('a'), stamp: '7' });
    expect(unlisted && drizzle.historyRow(unlisted, null)).toBeNull();
  });
});

test('tools are found by name', () => {
  expect(tools).toContain(toolNamed('drizzle'));
  expect(() => toolNamed('flyway')).toThrow('There is no migration tool named flyway.');
  expect(contentsOf('x', {}).files.size).toBe(0);
});
