import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinChunks, sourceOffset } from '../../src/core/tool.js';
import { readSource } from '../../src/tools/payload/source.js';
import { cases } from '../support/cases.js';

const head = `import { MigrateUpArgs, MigrateDownArgs, sql } from '@payloadcms/db-postgres'\n\n`;
const fn = (name: string, body: string): string =>
  `export async function ${name}({ db, payload, req }: Migrate${name}Args): Promise<void> {\n${body}\n}\n`;
const execute = (sql: string): string => `  await db.execute(sql\`${sql}\`)`;
const file = (up: string, down = ''): string => `${head}${fn('up', up)}\n${fn('down', down)}`;

function upOf(text: string): string[] {
  const source = readSource(text);
  if (source.type === 'program') throw new Error(source.why);
  return source.up.map((chunk) => chunk.text);
}

/** What JavaScript itself makes of a template. */
function cooked(template: string): string {
  return runInNewContext(`((parts) => parts[0])\`${template}\``) as string;
}

describe('SQL', () => {
  test('as Payload writes it: one piece each way, with its place', () => {
    const text = file(execute('\n   CREATE TABLE a (id int);\n  '), execute('DROP TABLE a;'));
    const source = readSource(text);
    expect(source).toEqual({
      type: 'sql',
      up: [{ text: '\n   CREATE TABLE a (id int);\n  ', offset: text.indexOf('sql`') + 4 }],
      down: { text: 'DROP TABLE a;', offset: text.indexOf('DROP') },
    });
  });

  test('several in order; comments, semicolons and trailing commas mean nothing', () => {
    const body = `  // first\n${execute('SELECT 1')};\n /* \`then\` */ await db\n  .execute(sql\`SELECT 2\`,);${execute('SELECT 3')}`;
    const source = readSource(file(body, `${execute('SELECT 4 -- a')}\n${execute('SELECT 5')}`));
    expect(upOf(file(body))).toEqual(['SELECT 1', 'SELECT 2', 'SELECT 3']);
    expect(source.type === 'sql' && source.down?.text).toBe('SELECT 4 -- a\n;\nSELECT 5');
  });

  test('nothing to do, types imported apart, other imports, double quotes, JavaScript, a BOM', () => {
    const imports = `import type { MigrateUpArgs } from "@payloadcms/db-vercel-postgres";\nimport { type X, sql } from "drizzle-orm"\nimport { y } from './y'\n`;
    expect(upOf(file('  // Migration code'))).toEqual([]);
    expect(upOf(`\uFEFF${imports}${fn('up', execute('SELECT 1'))}`)).toEqual(['SELECT 1']);
    const plain = `import { sql } from '@payloadcms/db-postgres'\nexport async function up({ db }) {\n${execute('SELECT 1')}\n}`;
    expect(upOf(plain)).toEqual(['SELECT 1']);
  });

  test('a down of another kind is none; the up stays what it is', () => {
    const down = `  if (payload.x === '}') { throw new Error(\`{\`) } // }`;
    expect(readSource(file(execute('SELECT 1'), down))).toMatchObject({
      type: 'sql',
      up: [{ text: 'SELECT 1' }],
      down: null,
    });
  });

  test('escapes are what JavaScript makes of them, and every unit knows its place', () => {
    const unit = fc.constantFrom(
      ...['a', "'", '"', ';', '\n', '\r\n', '\r', '$', '{', 'é', '😀', '\u2028', '\\`', '\\\\'],
      ...['\\n', '\\${', '\\$', '\\x41', '\\u0041', '\\u{1F600}', '\\\n', '\\\r\n', "\\'", '\\z'],
    );
    // "$" and "{" of two units would be an expression.
    const template = fc
      .array(unit, { maxLength: 12 })
      .map((units) => units.join(''))
      .filter((text) => !/\$\{/.test(text.replaceAll(/\\[^]/g, '')));
    fc.assert(
      fc.property(template, (raw) => {
        const text = file(execute(`${raw}END`));
        const source = readSource(text);
        expect(upOf(text)).toEqual([cooked(`${raw}END`)]);
        const chunk = source.type === 'sql' ? source.up[0] : undefined;
        if (chunk === undefined) throw new Error('no chunk');
        expect(sourceOffset(chunk, chunk.text.length - 3)).toBe(text.lastIndexOf('END'));
      }),
      cases(200, 20_000),
    );
  });

  test('several as one keep their places', () => {
    const text = file(`${execute('SELECT \\`1\\`')}\n${execute('\\n\\\\ SELECT 22')}`);
    const source = readSource(text);
    const whole = source.type === 'sql' ? joinChunks(source.up) : null;
    if (whole === null) throw new Error('no chunk');
    for (const part of ['1', '22']) {
      expect(text.slice(sourceOffset(whole, whole.text.indexOf(part))).slice(0, part.length)).toBe(
        part,
      );
    }
    expect(sourceOffset(whole, whole.text.indexOf('22'))).toBe(text.indexOf('22'));
  });
});

describe('anything more is a program, and it is said where', () => {
  const good = execute('SELECT 1');
  test.each<[string, string, string]>([
    ['an expression', file(execute('SELECT ${x}')), 'line 4: a template with an expression in it'],
    ['an escape without a meaning', file(execute('\\u12')), 'line 4: an escape that means nothing'],
    ['Payload itself', file(`${good}\n  await payload.create({})`), 'line 5: more than await'],
    ['a loop', file(`  for (;;) {\n${good}\n}`), 'line 4: more than await'],
    ['no await', file(good.replace('await ', '')), 'line 4: more than await'],
    ['a variable', file(`  const db = other\n${good}`), 'line 4: more than await'],
    ['its result used', file(`${good}.then(x)`), 'line 4: more than await'],
    ['behind the transaction', file(good.replace('db.', 'payload.db.')), 'line 4: more than'],
    ['a raw string', file(good.replace('sql`', 'sql.raw(`')), 'line 4: more than await'],
    ['two on a line without a semicolon', file(`${good}${good}`), 'line 4: more than await'],
    ['a constant beside them', `const a = 1\n${file(good)}`, 'line 1: more than up and down'],
    ['behind them', `${file(good)}export default { up }`, 'line 10: more than up and down'],
    ['a shadowed name', `${file(good)}function sql() {}`, 'line 10: more than up and down'],
    ['another sql', file(good).replace('@payloadcms/db-postgres', './sql'), 'line 1: its sql is'],
    ['sql under another name', file(good).replace('sql }', 'raw as sql }'), 'its sql is not'],
    ['no sql', file(good).replace(', sql }', ' }'), 'it has no sql'],
    ['a default', file(good).replace('{ Mig', 'sql, { Mig'), 'line 1: more than up and down'],
    ['no db', file(good).replace('{ db, ', '{ '), 'line 4: more than await'],
    ['sql as a parameter', file(good).replace('{ db, ', '{ db, sql, '), 'line 4: more than'],
    ['db of another', file(good).replace('{ db, ', '{ x: db, '), 'line 3: more than up and down'],
    ['a parameter’s default', file(good).replace('{ db, ', '{ db = x, '), 'line 3: more than up'],
    ['CommonJS', 'exports.up = async () => {}', 'line 1: more than up and down'],
    ['no up', `${head}${fn('down', good)}`, 'it has no up'],
    ['a down that hides a brace', file(good, '  x = /}/'), 'line 8: it has a down that'],
    ['no end', file(good).slice(0, -30), 'line'],
    ['nothing', '', 'it has no up'],
  ])('%s', (_, text, why) => {
    const source = readSource(text);
    expect(source.type === 'program' ? source.why : 'sql').toContain(why);
  });
});
