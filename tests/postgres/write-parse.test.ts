import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SqlParser } from '../../src/core/sql.js';
import { loadParser } from '../../src/postgres/parse.js';
import { withConnection } from '../../src/postgres/connect.js';
import { cases } from '../support/cases.js';
import { createTestDatabase } from '../support/server.js';

let parser: SqlParser;
beforeAll(async () => {
  parser = await loadParser();
});

function statements(text: string) {
  const result = parser.split(text);
  if (!result.ok) throw new Error(result.message);
  return result.statements;
}

describe('splitting', () => {
  test('semicolons in strings, quotes, comments and functions do not split', () => {
    const text = `INSERT INTO t VALUES ('a;b', $$;$$, $x$;$$;$x$, ";" );
      -- a ; comment
      /* ; /* nested ; */ ; */ CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN; END $$;;
      SELECT 1`;
    const found = statements(text);
    expect(found.map((statement) => statement.label)).toEqual([
      'INSERT INTO',
      'CREATE FUNCTION',
      'SELECT',
    ]);
    for (const statement of found) {
      expect(text.startsWith(statement.text, statement.offset)).toBe(true);
    }
    expect(found[1]?.text.startsWith('CREATE')).toBe(true);
  });

  test('offsets are UTF-16 units whatever stands before', () => {
    const before = fc.array(fc.constantFrom('a', 'é', '漢', '😀', ' ', '\n', '\r\n', "''"), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(before, before, (one, two) => {
        const first = `SELECT '${one.join('')}'`;
        const second = `SELECT '${two.join('')}' AS "é"`;
        const text = `/* ${two.join('')} */ ${first} ;\n-- 漢${one.join('').replaceAll(/[\r\n]/g, '')}\n ${second}\n`;
        const found = statements(text);
        expect(found.map((statement) => statement.text)).toEqual([first, second]);
        for (const { text: body, offset } of found) {
          expect(text.slice(offset, offset + body.length)).toBe(body);
        }
      }),
      cases(50, 500),
    );
  });

  test('nothing, space and comments hold no statement; a BOM is not space', () => {
    for (const text of ['', ' \n', '-- x', '/* x */', ';', ' ; ; ']) {
      expect(parser.split(text)).toEqual({ ok: true, statements: [] });
    }
    expect(parser.split('\uFEFF').ok).toBe(false);
    expect(parser.split('\uFEFFSELECT 1').ok).toBe(false);
  });

  test('says where it stopped, in UTF-16 units', () => {
    expect(parser.split("SELECT '😀' frm frm x")).toEqual({
      ok: false,
      message: 'syntax error at or near "frm"',
      offset: "SELECT '😀' frm ".length,
    });
    expect(parser.split('SELECT 1;\0 DROP TABLE t')).toMatchObject({ ok: false, offset: 9 });
  });
});

/** As many ways of saying it as we know; the server is asked about each. */
const SAMPLES = [
  'CREATE INDEX CONCURRENTLY i ON t (a)',
  '/* x */ create unique index concurrently if not exists i on t (a)',
  'CREATE INDEX i ON t (a)',
  'DROP INDEX CONCURRENTLY i0',
  'DROP INDEX i0',
  'REINDEX INDEX CONCURRENTLY i0',
  'REINDEX (CONCURRENTLY) TABLE t',
  'REINDEX (VERBOSE, CONCURRENTLY off) TABLE t',
  'REINDEX (CONCURRENTLY false) INDEX i0',
  'REINDEX TABLE t',
  'REINDEX SCHEMA public',
  'REINDEX SYSTEM',
  'REINDEX DATABASE',
  'VACUUM',
  'VACUUM (ANALYZE) t',
  'ANALYZE t',
  'CLUSTER',
  'CLUSTER (VERBOSE)',
  'CLUSTER t USING i0',
  'CREATE DATABASE pgmedic_never',
  'DROP DATABASE pgmedic_never',
  'ALTER DATABASE pgmedic_never SET TABLESPACE pg_default',
  'ALTER DATABASE pgmedic_never CONNECTION LIMIT 5',
  "CREATE TABLESPACE pgmedic_never LOCATION '/nowhere'",
  'DROP TABLESPACE pgmedic_never',
  'ALTER SYSTEM SET work_mem = 1',
  'ALTER SYSTEM RESET ALL',
  'DISCARD ALL',
  'DISCARD TEMP',
  'DISCARD PLANS',
  'ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY',
  'ALTER TABLE p DETACH PARTITION p1',
  "CREATE SUBSCRIPTION s1 CONNECTION 'host=127.0.0.1 port=1' PUBLICATION x",
  "CREATE SUBSCRIPTION s1 CONNECTION 'host=127.0.0.1 port=1' PUBLICATION x WITH (create_slot = true)",
  "CREATE SUBSCRIPTION s1 CONNECTION 'x=y' PUBLICATION x WITH (connect = false)",
  "CREATE SUBSCRIPTION s1 CONNECTION 'host=127.0.0.1 port=1' PUBLICATION x WITH (create_slot = false)",
  'ALTER SUBSCRIPTION s0 REFRESH PUBLICATION',
  'ALTER SUBSCRIPTION s0 SET PUBLICATION y',
  'ALTER SUBSCRIPTION s0 ADD PUBLICATION y',
  'ALTER SUBSCRIPTION s0 SET PUBLICATION y WITH (refresh = false)',
  'DROP SUBSCRIPTION s0',
  "ALTER TYPE mood ADD VALUE 'glad'",
  'ALTER TABLE t ADD COLUMN b int',
  'TRUNCATE t',
  'LOCK TABLE t',
  "SET work_mem = '4MB'",
  'SET TRANSACTION READ ONLY',
  'REFRESH MATERIALIZED VIEW m',
  'REFRESH MATERIALIZED VIEW CONCURRENTLY m',
  'DO $$ BEGIN NULL; END $$',
];

describe('kinds', () => {
  test('outside-transaction is what the server itself refuses inside one', async () => {
    const database = await createTestDatabase();
    try {
      await withConnection(database.url, { purpose: 'test' }, async ({ client }) => {
        await client.query(`CREATE TABLE t (a int); CREATE INDEX i0 ON t (a); CLUSTER t USING i0;
          CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
          CREATE TYPE mood AS ENUM ('sad'); CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
          CREATE UNIQUE INDEX ON m (one);`);
        await client.query(
          `CREATE SUBSCRIPTION s0 CONNECTION 'dbname=x' PUBLICATION x WITH (connect = false, slot_name = 's0')`,
        );
        await client.query('ALTER SUBSCRIPTION s0 ENABLE');
        const wrong: string[] = [];
        for (const sql of SAMPLES) {
          await client.query('BEGIN');
          const code = await client.query(sql).then(
            () => null,
            (error: { code?: string }) => error.code,
          );
          await client.query('ROLLBACK');
          const [statement] = statements(sql);
          const asServer = code === '25001' ? 'outside-transaction' : 'ordinary';
          if (statement?.kind !== asServer) wrong.push(`${sql}: ${statement?.kind} (${code})`);
        }
        await client.query(`ALTER SUBSCRIPTION s0 DISABLE`);
        await client.query(`ALTER SUBSCRIPTION s0 SET (slot_name = NONE)`);
        await client.query(`DROP SUBSCRIPTION s0`);
        expect(wrong).toEqual([]);
      });
    } finally {
      await database.drop();
    }
  });

  test('transaction control', () => {
    const text = `BEGIN; BEGIN WORK ISOLATION LEVEL SERIALIZABLE; START TRANSACTION; COMMIT; END;
      COMMIT AND CHAIN; ROLLBACK; ABORT; SAVEPOINT a; RELEASE a; ROLLBACK TO a;
      PREPARE TRANSACTION 'x'; COMMIT PREPARED 'x'; ROLLBACK PREPARED 'x'`;
    const found = statements(text);
    expect(found).toHaveLength(14);
    expect(new Set(found.map((statement) => statement.kind))).toEqual(
      new Set(['transaction-control']),
    );
    expect(found.map((statement) => statement.label)).toContain('PREPARE TRANSACTION');
    // A prepared statement is no transaction, and COMMIT inside a procedure body is not ours to run.
    expect(
      statements(
        "PREPARE p AS SELECT 1; CREATE PROCEDURE q() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'",
      ).map((s) => s.kind),
    ).toEqual(['ordinary', 'ordinary']);
  });

  test('labels name what the statement is', () => {
    const labels = statements(
      'create index concurrently i on t(a); reindex (concurrently) table t; alter table t add b int; vacuum; update t set a = 1',
    ).map((statement) => statement.label);
    expect(labels).toEqual([
      'CREATE INDEX CONCURRENTLY',
      'REINDEX TABLE CONCURRENTLY',
      'ALTER TABLE',
      'VACUUM',
      'UPDATE',
    ]);
  });
});
