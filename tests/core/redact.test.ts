import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactDeep, redactText, starredText } from '../../src/core/redact.js';
import { historySql } from '../../src/tools/drizzle/history-sql.js';
import { cases } from '../support/cases.js';

test.each([
  [`CREATE ROLE app LOGIN PASSWORD 'S3cret'`, `CREATE ROLE app LOGIN PASSWORD '***'`],
  [`CREATE ROLE a PASSWORD'S3cret' LOGIN`, `CREATE ROLE a PASSWORD'***' LOGIN`],
  [
    `alter user a encrypted password E'it\\'s S3cret' b`,
    `alter user a encrypted password E'***' b`,
  ],
  [`ALTER ROLE a PASSWORD 'it''s S3cret' b`, `ALTER ROLE a PASSWORD '***' b`],
  [`ALTER ROLE a PASSWORD '''S3cret'; x`, `ALTER ROLE a PASSWORD '***'; x`],
  [`ALTER ROLE a PASSWORD $$S3'cret$$; x`, `ALTER ROLE a PASSWORD $$***$$; x`],
  [`ALTER ROLE a PASSWORD $q$S3$$cret$q$; x`, `ALTER ROLE a PASSWORD $q$***$q$; x`],
  [
    `ALTER ROLE a PASSWORD -- it's\n /* a */ 'S3cret';`,
    `ALTER ROLE a PASSWORD -- it's\n /* a */ '***';`,
  ],
  [`ALTER ROLE a PASSWORD 'S3'\n  'cret' VALID`, `ALTER ROLE a PASSWORD '***'\n  '***' VALID`],
  [`ALTER ROLE a PASSWORD U&'S3cret' b`, `ALTER ROLE a PASSWORD U&'***' b`],
  [`OPTIONS (user 'bob', password 'S3cret', x 'y')`, `OPTIONS (user 'bob', password '***', x 'y')`],
  [`OPTIONS (SET "password" 'S3cret')`, `OPTIONS (SET "password" '***')`],
  [
    `DO $$ BEGIN CREATE ROLE a PASSWORD 'S3cret'; END $$`,
    `DO $$ BEGIN CREATE ROLE a PASSWORD '***'; END $$`,
  ],
  [`EXECUTE 'CREATE ROLE a PASSWORD ''S3cret''';`, `EXECUTE 'CREATE ROLE a PASSWORD ''***''';`],
  [
    `EXECUTE E'CREATE ROLE a PASSWORD \\'S3cret\\'';`,
    `EXECUTE E'CREATE ROLE a PASSWORD \\'***\\'';`,
  ],
  [
    `format('ALTER ROLE a PASSWORD %L', 'S3cret'); 'x'`,
    `format('ALTER ROLE a PASSWORD %L', '***'); 'x'`,
  ],
  [
    `'ALTER ROLE a PASSWORD ' || quote_literal('S3cret'); 'x'`,
    `'ALTER ROLE a PASSWORD ' || quote_literal('***'); 'x'`,
  ],
  [`it's done: ALTER ROLE a PASSWORD 'S3cret' x`, `it's done: ALTER ROLE a PASSWORD '***' x`],
  // A query that the server or a screen has cut.
  [`ALTER ROLE a PASSWORD 'S3cr`, `ALTER ROLE a PASSWORD '***`],
  [
    `dblink('host=h password=S3cret user=a', 'select 1')`,
    `dblink('host=h password=*** user=a', 'select 1')`,
  ],
  [`CONNECTION 'host=h password = S3cret user=a'`, `CONNECTION 'host=h password = *** user=a'`],
  [`CONNECTION 'password=''S3 cret'' host=h'`, `CONNECTION 'password=''***'' host=h'`],
  [`PGPASSWORD=S3cret psql`, `PGPASSWORD=*** psql`],
  [`{"password": "S3\\"cret", "a": 1}`, `{"password": "***", "a": 1}`],
  [`redis://:S3cret@h/0 and https://x:8080/a b@c`, `redis://:***@h/0 and https://x:8080/a b@c`],
  [
    `see postgresql://a:S3/@cret@h/d?sslpassword=S3cret&x`,
    `see postgresql://a:***@h/d?sslpassword=***&x`,
  ],
])('a secret is masked, and nothing else: %s', (text, masked) => {
  expect(redactText(text)).toBe(masked);
  expect(redactText(masked)).toBe(masked);
  expect(starredText(text)).toHaveLength(text.length);
  expect(starredText(text)).not.toMatch(/S3|cret/);
});

test.each([
  `INSERT INTO t VALUES ('password', 'x')`,
  `COMMENT ON COLUMN users.password IS 'never in clear'`,
  `CREATE TABLE u (password text NOT NULL DEFAULT 'x', a int)`,
  `ALTER TABLE u ADD COLUMN password text`,
  `CREATE VIEW v AS SELECT 'password', 'x'`,
  `UPDATE u SET password = crypt($1)`,
  `ALTER ROLE a PASSWORD NULL`,
  `ALTER ROLE a PASSWORD '' VALID UNTIL '2026-01-01'`,
  `postgresql://app@db-7:5432/shop`,
])('what is no secret stays: %s', (text) => {
  expect(redactText(text)).toBe(text);
});

test('any password in any quotes', () => {
  const forms: readonly ((word: string) => string)[] = [
    (word) => `PASSWORD '${word.replaceAll("'", "''")}' NEXT`,
    (word) => `PASSWORD E'${word.replaceAll(/['\\]/g, '\\$&')}' NEXT`,
    (word) => `PASSWORD $a_b$${word}$a_b$ NEXT`,
  ];
  fc.assert(
    fc.property(
      fc.string({ minLength: 0, maxLength: 12 }),
      fc.string({ maxLength: 12 }),
      fc.constantFrom(...forms),
      (head, tail, form) => {
        fc.pre(!/[$%]/.test(`${head}${tail}`));
        const shown = redactText(`CREATE ROLE a ${form(`${head}S3cret${tail}`)}`);
        expect(shown).toContain('***');
        expect(shown).not.toContain('S3cret');
      },
    ),
    cases(500, 20_000),
  );
});

test('statements of history rows, ids and paths come back as they were', () => {
  const table = { schema: 'drizzle', table: '__drizzle_migrations' };
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f]{64}$/), fc.nat(), (hash, stamp) => {
      const row = { id: '7', hash, stamp: String(stamp) };
      const texts = [
        historySql.insert(table, row),
        historySql.remove(table, row),
        historySql.restore(table, row),
        historySql.present(table, row),
      ];
      expect(redactDeep(texts)).toEqual(texts);
    }),
    cases(50, 500),
  );
  const kept = {
    step: 'apply:0003_password=x',
    write: { path: 'a/password=x', undo: { statements: [{ sql: `"password=x"` }] } },
  };
  expect(redactDeep(kept)).toEqual(kept);
  expect(redactDeep({ command: ['psql', '--password', 'S3cret', 'x'] })).toEqual({
    command: ['psql', '--password', '***', 'x'],
  });
});
