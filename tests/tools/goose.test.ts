import { describe, expect, test } from 'vitest';
import { sourceOffset } from '../../src/core/tool.js';
import { parts, whyCode } from '../../src/tools/goose/parts.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf } from '../support/tool-project.js';
import { conforms } from './conformance.js';
import { at, file, goose } from './subjects/goose.js';
import { rollsBack, runsAsRead, type UsedTool } from './using-tool.js';

let project: UsedTool['project'];
let session: UsedTool['session'];
conforms(goose, (used) => ({ project, session } = used));

const func = `-- +goose StatementBegin
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  RETURN 1;
END $$;
-- +goose StatementEnd`;
const notes = '00004_notes';

test('statements as it divides them, and one that wants no transaction', async () => {
  await runsAsRead({ project }, { [at(notes)]: file(`${func}\nCREATE TABLE notes (id int);`, '') });
  const bare = `-- +goose NO TRANSACTION\n${file('CREATE INDEX CONCURRENTLY ON notes (id);', '')}`;
  await runsAsRead({ project }, { [at('00005_bare')]: bare });
});

test('a late one is refused by the highest version, also where that has no file', async () => {
  await project.put({ [at('00007_last')]: file('SELECT 1;', '') });
  await project.run();
  await project.put({ [at('00007_last')]: null, [at(notes)]: file('SELECT 1;', '') });
  const { nextRun } = await project.agree();
  expect(nextRun.fails).toMatchObject({
    migration: notes,
    message: 'error: found 1 missing migrations',
  });
  expect(nextRun.runs).toEqual([]);
});

test('a history without its first row, and a file without a number, stop it', async () => {
  await project.run();
  await project.sql('DELETE FROM goose_db_version');
  expect((await project.agree()).nextRun.fails?.message).toBe('no next version found');
  await project.put({ [at('notes')]: file('SELECT 1;', '') });
  expect((await project.agree()).nextRun.fails?.message).toBe("no filename separator '_' found");
});

test('a program in Go, and one that takes in the environment, are said to be programs', async () => {
  await project.run();
  const env = file('-- +goose ENVSUB ON\nSELECT ${X};', '');
  await project.put({ [at('00005_env')]: env, 'migrations/00006_go.go': 'package migrations\n' });
  const { board, evidence, findings } = await project.look();
  expect(board.slice(2).map(({ schema }) => schema)).toEqual(['unknown', 'unknown']);
  expect(evidence?.migrations.get('00005_env')?.why).toContain('line 2: ENVSUB');
  expect(codesOf({ findings } as never)).toEqual([]);
});

deepTest('rolled back by its own down part, and it runs it again', async () => {
  await project.put({ [at(notes)]: file('CREATE TABLE notes (id int);', 'DROP TABLE notes;') });
  await project.run();
  await rollsBack({ project, session }, notes);
});

describe('a file in parts', () => {
  const up = (text: string): readonly string[] | string => {
    const found = parts(text);
    return 'refused' in found ? found.refused : found.up.map((chunk) => chunk.text);
  };
  test.each<[string, string, readonly string[] | string]>([
    ['comments before a statement are not sent', '-- +goose Up\n-- a\n\nA; -- b\n', ['A; -- b']],
    ['comments within it are', '-- +goose Up\nA\n-- b\nC;\n', ['A\n-- b\nC;']],
    ['a semicolon within a line ends nothing', '-- +goose Up\nA; B\nC;\n', ['A; B\nC;']],
    [
      'blocks end where it is said',
      `-- +goose Up\n${func}\nA;`,
      [func.split('\n').slice(1, -1).join('\n'), 'A;'],
    ],
    [
      'behind an empty block a line is lost',
      '-- +goose Up\n-- +goose StatementBegin\n-- +goose StatementEnd\nA;\nB;',
      ['B;'],
    ],
    ['CRLF is LF', '-- +goose Up\r\nA\r\nB;\r\n', ['A\nB;']],
    ['any case and any place for the space', '--+goose   up\nA;\n-- +goose DOWN\nB;', ['A;']],
    ['nothing to do', '-- +goose Up\n-- +goose Down\nA;', []],
    ['no up', 'A;', 'failed to parse migration: unexpected state 0'],
    ['an empty file', '', "failed to parse migration: must start with '-- +goose Up'"],
    [
      'no semicolon',
      '-- +goose Up\nA',
      'failed to parse migration: state 1, direction: up: unexpected unfinished SQL query',
    ],
    [
      'no end of a block',
      '-- +goose Up\n-- +goose StatementBegin\nA;',
      "failed to parse migration: missing '-- +goose StatementEnd' annotation",
    ],
    ['a word that it does not know', '-- +goose Upp\nA;', 'failed to parse annotation line'],
    ['space before it', ' -- +goose Up\nA;', 'failed to parse annotation line'],
    ['two of it', '-- +goose Up\n-- +goose Up\nA;', "duplicate '-- +goose Up' annotations"],
    [
      'a byte order mark',
      '\uFEFF-- +goose Up\nA;',
      'failed to parse migration: unexpected state 0',
    ],
  ])('%s', (_, text, expected) => expect(up(text)).toEqual(expected));

  test('every unit knows its place', () => {
    const text = '-- +goose Up\r\n\r\n  SELECT\r\n-- +goose NO TRANSACTION\r\n22\r\n;\r\n';
    const found = parts(text);
    if ('refused' in found || found.up[0] === undefined) throw new Error('no parts');
    const [chunk] = found.up;
    expect(chunk.text).toBe('SELECT\n22\n;');
    for (const part of ['SELECT', '22', ';']) {
      const place = sourceOffset(chunk, chunk.text.indexOf(part));
      expect(text.slice(place).startsWith(part)).toBe(true);
    }
    expect(found.bare).toBe(true);
    expect(whyCode(text)).toBeNull();
  });
});
