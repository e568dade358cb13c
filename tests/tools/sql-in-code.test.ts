import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinChunks, sourceOffset } from '../../src/core/tool.js';
import { toolNamed, tools } from '../../src/tools/index.js';
import { cases } from '../support/cases.js';
import { allForms, file } from './code-forms.js';
import { type Read, read, run } from './code-run.js';

const units = fc.constantFrom(
  ...['a', "'", '"', ';', '$', '{', 'é', '😀', '\u2028', '\\`', '\\\\', '//', '/*', '}', ')'],
  ...['\\n', '\\${', '\\$', '\\x41', '\\u0041', '\\u{1F600}', '\\\n', '\\\r\n', "\\'", '\\z', '$1'],
);
const inTemplates = fc.constantFrom('\n', '\r\n', '\r');
/** A template, or a string where the tool takes one. */
function literal(tool: string): fc.Arbitrary<string> {
  const template = fc
    .array(fc.oneof(units, inTemplates), { maxLength: 10 })
    .map((parts) => parts.join(''))
    .filter((text) => !/\$\{/.test(text.replaceAll(/\\[^]/g, '')))
    .map((text) => `\`${text}END\``);
  if (tool === 'payload' || tool === 'kysely') return template;
  const quoted = fc
    .tuple(fc.constantFrom("'", '"'), fc.array(units, { maxLength: 10 }))
    .map(([quote, parts]) => `${quote}${parts.filter((one) => one !== quote).join('')}END${quote}`);
  return fc.oneof(template, quoted);
}
const written = fc
  .constantFrom(...allForms)
  .chain(({ tool, at }) =>
    fc
      .tuple(fc.array(literal(tool), { maxLength: 3 }), fc.array(literal(tool), { maxLength: 2 }))
      .map(([up, down]) => ({ tool, up, text: file(tool, at, up, down) })),
  );

function sqlOf(found: Read): Exclude<Read, string> {
  if (typeof found === 'string') throw new Error(found);
  return found;
}

describe('SQL as it is sent', () => {
  test('what is written as the tools write it is read, and it is what JavaScript makes of it', async () => {
    await fc.assert(
      fc.asyncProperty(written, async ({ tool, text }) => {
        const { up, down } = sqlOf(read(toolNamed(tool), text));
        const ran = { up: up.map((chunk) => chunk.text), down: down?.text ?? null };
        expect(ran).toEqual(await run(tool, text));
        // Every unit knows its place.
        for (const chunk of up) {
          expect(text.slice(sourceOffset(chunk, chunk.text.length - 3)).slice(0, 3)).toBe('END');
        }
        const whole = joinChunks(up);
        const starts = up.map((chunk) => sourceOffset(chunk, 0));
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
        if (whole !== null)
          expect(sourceOffset(whole, whole.text.length - 3)).toBe(
            sourceOffset(up.at(-1)!, up.at(-1)!.text.length - 3),
          );
      }),
      cases(150, 20_000),
    );
  });

  const edits = fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.constantFrom(0, 0, 1, 2, 7),
      put: fc.constantFrom(
        ...['', '', ';', '}', '{', ')', '(', '`', "'", '\n', '//', '/*', '*/', ',', '.', '+ 1'],
        ...['await ', 'return ', 'async ', 'sql', 'db', 'up', 'down', 'x', '${1}', ', [1]', '=>'],
        ...['const sql = 1;', 'if (x) ', '() => ', 'export ', 'function up() {}', 'throw 1;'],
        ...[
          'exports.up = 1;',
          'return;',
          'return\n',
          '.then(x)',
          'module.exports = {};',
          'extends X ',
        ],
      ),
    }),
    { minLength: 1, maxLength: 2 },
  );
  test('what was changed by chance is read as JavaScript runs it, or is a program', async () => {
    await fc.assert(
      fc.asyncProperty(written, edits, async ({ tool, text }, changes) => {
        const changed = changes.reduce((now, { at, cut, put }) => {
          const place = Math.floor(at * now.length);
          return `${now.slice(0, place)}${put}${now.slice(place + cut)}`;
        }, text);
        const found = read(toolNamed(tool), changed);
        if (typeof found === 'string') return;
        const ran = await run(tool, changed, found.down !== null);
        if (ran === null) return;
        const up = found.up.map((chunk) => chunk.text);
        expect({ up, down: found.down?.text ?? null }).toEqual(ran);
      }),
      cases(300, 50_000),
    );
  });
});

test.each(allForms)('a file of $tool looks like one of no other tool', ({ tool, at }) => {
  const text = file(tool, at, ['`SELECT 1`'], []);
  const fitting = tools.filter((one) => one.fits('20250101_a.ts', text));
  expect(fitting.map(({ name }) => name)).toEqual([tool]);
});

const payload = toolNamed('payload');
const head = `import { MigrateUpArgs, MigrateDownArgs, sql } from '@payloadcms/db-postgres'\n\n`;
const fn = (name: string, body: string): string =>
  `export async function ${name}({ db, payload, req }: Migrate${name}Args): Promise<void> {\n${body}\n}\n`;
const execute = (sql: string): string => `  await db.execute(sql\`${sql}\`)`;
const own = (up: string, down = ''): string => `${head}${fn('up', up)}\n${fn('down', down)}`;

describe('SQL in its place', () => {
  test('one piece each way', () => {
    const text = own(execute('\n   CREATE TABLE a (id int);\n  '), execute('DROP TABLE a;'));
    expect(read(payload, text)).toEqual({
      up: [{ text: '\n   CREATE TABLE a (id int);\n  ', offset: text.indexOf('sql`') + 4 }],
      down: { text: 'DROP TABLE a;', offset: text.indexOf('DROP') },
    });
  });

  test('several in order; comments, semicolons and trailing commas mean nothing', () => {
    const body = `  // first\n${execute('SELECT 1')};\n /* \`then\` */ await db\n  .execute(sql\`SELECT 2\`,);${execute('SELECT 3')}`;
    const found = sqlOf(
      read(payload, own(body, `${execute('SELECT 4 -- a')}\n${execute('SELECT 5')}`)),
    );
    expect(found.up.map(({ text }) => text)).toEqual(['SELECT 1', 'SELECT 2', 'SELECT 3']);
    expect(found.down?.text).toBe('SELECT 4 -- a\n;\nSELECT 5');
  });

  test('as one they keep their places', () => {
    const text = own(`${execute('SELECT \\`1\\`')}\n${execute('\\n\\\\ SELECT 22')}`);
    const whole = joinChunks(sqlOf(read(payload, text)).up);
    if (whole === null) throw new Error('no chunk');
    for (const part of ['1', '22']) {
      const place = sourceOffset(whole, whole.text.indexOf(part));
      expect(text.slice(place).slice(0, part.length)).toBe(part);
    }
    expect(sourceOffset(whole, whole.text.indexOf('22'))).toBe(text.indexOf('22'));
  });

  test('a down of another kind is none; the up stays what it is', () => {
    const down = "  if (payload.x === '}') { throw new Error(`{ ${`}`} \\``) } // }";
    expect(read(payload, own(execute('SELECT 1'), down))).toMatchObject({
      up: [{ text: 'SELECT 1' }],
      down: null,
    });
  });

  test('returned, in arrow functions, and by other names', () => {
    const one = (tool: string, text: string): string[] =>
      sqlOf(read(toolNamed(tool), text)).up.map((chunk) => chunk.text);
    expect(one('knex', 'exports.up = (k) => k.raw("a");')).toEqual(['a']);
    expect(one('knex', 'exports.up = k => { return k.schema.raw("a") }')).toEqual(['a']);
    expect(one('node-pg-migrate', 'exports.up = (x) => x.sql("a");')).toEqual(['a']);
    const kysely =
      "import { sql } from 'kysely'\nexport const up = async (x) => { await sql.raw('a').execute(x) }";
    expect(one('kysely', kysely)).toEqual(['a']);
    expect(one('sequelize', 'exports.up = ({ context }) => context.sequelize.query("a")')).toEqual([
      'a',
    ]);
  });
});

describe('anything more is a program, and it is said where', () => {
  const good = execute('SELECT 1');
  test.each<[string, string, string]>([
    ['an expression', own(execute('SELECT ${x}')), 'line 4: a template with an expression in it'],
    ['an escape without a meaning', own(execute('\\u12')), 'line 4: an escape that means nothing'],
    ['Payload itself', own(`${good}\n  await payload.create({})`), 'line 5: more than await'],
    ['a loop', own(`  for (;;) {\n${good}\n}`), 'line 4: more than await'],
    ['no await', own(good.replace('await ', '')), 'line 4: more than await'],
    ['a variable', own(`  const db = other\n${good}`), 'line 4: more than await'],
    ['its result used', own(`${good}.then(x)`), 'line 4: more than await'],
    ['behind the transaction', own(good.replace('db.', 'payload.db.')), 'line 4: more than'],
    ['a raw string', own(good.replace('sql`', 'sql.raw(`')), 'line 4: more than await'],
    ['two on a line without a semicolon', own(`${good}${good}`), 'line 4: more than await'],
    ['a constant beside them', `const a = 1\n${own(good)}`, 'line 1: more than up and down'],
    ['behind them', `${own(good)}export default { up }`, 'line 10: more than up and down'],
    ['a shadowed name', `${own(good)}function sql() {}`, 'line 10: more than up and down'],
    [
      'another sql',
      own(good).replace('@payloadcms/db-postgres', './sql'),
      'line 1: its sql is another',
    ],
    [
      'sql under another name',
      own(good).replace('sql }', 'raw as sql }'),
      'line 1: its sql is another',
    ],
    ['no sql', own(good).replace(', sql }', ' }'), 'it has no sql'],
    ['a default', own(good).replace('{ Mig', 'sql, { Mig'), 'line 1: its sql is another'],
    ['no db', own(good).replace('{ db, ', '{ '), 'line 4: more than await'],
    ['sql as a parameter', own(good).replace('{ db, ', '{ db, sql, '), 'line 4: more than'],
    ['db of another', own(good).replace('{ db, ', '{ x: db, '), 'line 4: more than await'],
    [
      'a parameter’s default',
      own(good).replace('{ db, ', '{ db = x, '),
      'line 3: other parameters',
    ],
    ['no up', `${head}${fn('down', good)}`, 'it has no up'],
    ['a down that hides a brace', own(good, '  x = /}/'), 'line 8: it has a down that'],
    ['no end', own(good).slice(0, -30), 'line'],
    ['nothing', '', 'it has no up'],
  ])('%s', (_, text, why) => {
    expect(read(payload, text)).toEqual(expect.stringContaining(why));
  });

  const raw = (body: string): string => `exports.up = async (knex) => {\n${body}\n};\n`;
  const typed = (text: string): string =>
    file('typeorm', 0, ['`a`'], []).replace('await queryRunner.query(`a`);', text);
  test.each<[string, string, string, string]>([
    ['knex', 'a builder', raw("await knex.schema.createTable('a', () => {})"), 'line 2: more than'],
    [
      'knex',
      'a parameter',
      raw("await knex.raw('SELECT ?', [1])"),
      'line 2: a ?, which Knex takes',
    ],
    ['knex', 'no wait', raw("knex.raw('a')"), 'line 2: more than await knex.raw(...)'],
    ['knex', 'a return without it', raw("return\n knex.raw('a')"), 'line 3: more than'],
    ['knex', 'behind a return', raw("return knex.raw('a')\n await knex.raw('b')"), 'line 3: more'],
    ['knex', 'await, not async', raw("await knex.raw('a')").replace('async ', ''), 'line 2: await'],
    [
      'knex',
      'two of a name',
      raw("await knex.raw('a')").replace('(knex)', '(knex, knex)'),
      'line 2',
    ],
    ['knex', 'taken back', `${raw('')}exports.up = void 0;`, 'line 4: more than functions'],
    [
      'knex',
      'lost',
      'module.exports = {};\nexports.up = async () => {};',
      'line 2: exports of two',
    ],
    ['knex', 'a second up', `${raw('')}${raw('')}`, 'line 6: up for the second time'],
    ['node-pg-migrate', 'a callback', 'exports.up = (pgm, run) => {}', 'more parameters than'],
    ['typeorm', 'values', typed('await queryRunner.query(`a`, [1])'), 'line 7: more than await'],
    ['typeorm', 'joined', typed("await queryRunner.query('a' + 'b')"), 'line 7: more than await'],
    [
      'typeorm',
      'a base',
      typed('').replace(' implements', ' extends B implements'),
      'of another kind',
    ],
    ['typeorm', 'two classes', `${typed('')}\nclass B {}`, 'line 16: a second class'],
    [
      'typeorm',
      'a field',
      typed('').replace('public async up', 'x = 1\npublic async up'),
      'line 6: more',
    ],
    [
      'mikro-orm',
      'a base of its own',
      "import { Migration } from './m'\nclass A extends Migration {}",
      'line 2: a class of',
    ],
    [
      'kysely',
      'a name that hides sql',
      "import { sql } from 'kysely'\nexports.up = async function sql(db) { await sql`a`.execute(db) }",
      'line 2: another sql',
    ],
    [
      'kysely',
      'a string behind a tag',
      "import { sql } from 'kysely'\nexports.up = async (db) => { await sql'a'.execute(db) }",
      'more',
    ],
    [
      'kysely',
      'exports of two kinds',
      'exports.up = async (db) => {}\nmodule.exports = {}',
      'line 2: exports of two',
    ],
  ])('%s: %s', (tool, _, text, why) => {
    expect(read(toolNamed(tool), text)).toEqual(expect.stringContaining(why));
  });
});
