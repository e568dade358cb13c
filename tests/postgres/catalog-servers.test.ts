import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CatalogObject, SameDefinition } from '../../src/core/catalog.js';
import { loadSameDefinition } from '../../src/postgres/catalog/same.js';
import { everyKind } from '../support/catalog-schema.js';
import { catalogServer } from '../support/catalog-server.js';
import { type OlderServer, startOlderServer } from '../support/older-server.js';
import { createTestDatabase } from '../support/server.js';

const role = 'catalog_servers';
let same: SameDefinition;
let newest: ReadonlyMap<string, CatalogObject>;
const older: OlderServer[] = [];

beforeAll(async () => {
  same = await loadSameDefinition();
  newest = await catalogOf((await createTestDatabase()).url);
});

afterAll(async () => {
  await Promise.all(older.map((server) => server.stop()));
});

describe('the same schema on another server', () => {
  it.each([14, 16] as const)('reads as the same catalog: %i', async (major) => {
    const server = await startOlderServer(major);
    older.push(server);
    const catalog = await catalogOf(await server.createDatabase());
    expect([...catalog.keys()]).toEqual([...newest.keys()]);
    let printed = 0;
    for (const [key, { kind, parts }] of catalog) {
      const other = newest.get(key)?.parts ?? {};
      expect(Object.keys(parts).sort(), key).toEqual(Object.keys(other).sort());
      for (const [part, text] of Object.entries(parts)) {
        if (text !== other[part]) printed++;
        expect(same(kind, part, text, other[part] ?? ''), `${key}: ${text}`).toBe(true);
      }
    }
    // Else nothing was shown.
    if (major === 14) expect(printed).toBeGreaterThan(5);
  });
});

describe('two definitions', () => {
  const view = (text: string): readonly ['view', 'definition', string] => [
    'view',
    'definition',
    text,
  ];
  const def = (text: string): readonly ['column', 'default', string] => ['column', 'default', text];

  it.each([
    [view('SELECT t.a FROM public.t'), 'SELECT a FROM public.t;'],
    [view('SELECT x.a FROM public.t x'), 'SELECT a FROM public.t x'],
    [
      view(`SELECT date_part('year'::text, t.a) = (2)::double precision FROM t`),
      'SELECT EXTRACT(year FROM a) = (2)::numeric FROM t',
    ],
    [def(`timezone('UTC'::text, now())`), `(now() AT TIME ZONE 'UTC'::text)`],
    [def(`"substring"(a, 1, 2)`), 'SUBSTRING(a FROM 1 FOR 2)'],
    [def(`"position"('abc'::text, 'b'::text)`), `POSITION(('b'::text) IN ('abc'::text))`],
    [def(`btrim(a, 'x'::text)`), `TRIM(BOTH 'x'::text FROM a)`],
    [def(`"overlaps"(a, b, c, d)`), '((a, b) OVERLAPS (c, d))'],
    [def(`"normalize"(a, 'nfc'::text)`), 'NORMALIZE(a, NFC)'],
    [['procedure', 'arguments', 'a integer, OUT b text'], 'IN a integer, OUT b text'],
    [['constraint', 'definition', 'CHECK ((a > 1))'], 'CHECK (a > 1)'],
    [
      [
        'constraint',
        'definition',
        `CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])))`,
      ],
      `CHECK (((a)::text = ANY (ARRAY[('x'::character varying)::text, ('y'::character varying)::text])))`,
    ],
    [
      ['function', 'body', `BEGIN ATOMIC SELECT 'x'::text, ((a + 1))::int4; END`],
      `BEGIN ATOMIC SELECT 'x'::text AS text, ((a + 1))::int4 AS int4; END`,
    ],
  ] as const)('that mean the same: %j', ([kind, part, a], b) => {
    expect(same(kind, part, a, b)).toBe(true);
    expect(same(kind, part, b, a)).toBe(true);
  });

  it.each([
    [view('SELECT t.a FROM t, u'), 'SELECT a FROM t, u'],
    [
      view('SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE t.a = 1)'),
      'SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE a = 1)',
    ],
    [view('SELECT a FROM public.t'), 'SELECT a FROM t'],
    [view('SELECT a FROM public.t'), 'SELECT a AS b FROM public.t'],
    [view('SELECT a FROM t'), 'SELECT b FROM t'],
    [view('SELECT a FROM t UNION SELECT a FROM t'), 'SELECT a FROM t UNION ALL SELECT a FROM t'],
    [view('SELECT (a)::numeric FROM t'), 'SELECT (a)::double precision FROM t'],
    [
      view('SELECT EXTRACT(year FROM a), (b)::numeric FROM t'),
      'SELECT EXTRACT(year FROM a), (b)::double precision FROM t',
    ],
    [view('SELECT EXTRACT(year FROM a) FROM t'), 'SELECT EXTRACT(month FROM a) FROM t'],
    [def(`(ARRAY['x'::varchar])::text[]`), `ARRAY[('y'::varchar)::text]`],
    [def(`(ARRAY['x'::varchar])::text[]`), `ARRAY[('x'::varchar)::bpchar]`],
    [def(`(ARRAY['x'::varchar])::text[]`), `ARRAY['x'::varchar]`],
    [def(`(ARRAY[ARRAY[1]])::text[]`), `ARRAY[(ARRAY[1])::text]`],
    [def('1'), '2'],
    [def(`'a'::text`), `'a'::bpchar`],
    [def(`'a b'::text`), `'a  b'::text`],
    [def(`app.btrim(a, 'x'::text)`), `TRIM(BOTH 'x'::text FROM a)`],
    [def('app.f(1)'), 'f(1)'],
    [
      ['constraint', 'definition', 'FOREIGN KEY (a) REFERENCES t(b)'],
      'FOREIGN KEY (a) REFERENCES t(b) ON DELETE CASCADE',
    ],
    [
      ['index', 'definition', 'CREATE INDEX i ON t USING btree (a)'],
      'CREATE INDEX i ON t USING btree (a DESC)',
    ],
    [['function', 'body', 'SELECT 1'], 'SELECT  1'],
    [['comment', 'text', 'a b'], 'a  b'],
    [['enum', 'values', `'a', 'b'`], `'b', 'a'`],
    [['column', 'type', 'integer'], 'int'],
    [view(`SELECT 'x'::text`), `SELECT 'x'::text AS "?column?"`],
    [view('SELECT a::text FROM t'), 'SELECT a::text AS text FROM t'],
    [view('SELECT f()::text'), 'SELECT f()::text AS text'],
    [def('not ( sql'), 'not (  sql'],
  ] as const)('that do not: %j', ([kind, part, a], b) => {
    expect(same(kind, part, a, b)).toBe(false);
    expect(same(kind, part, b, a)).toBe(false);
  });
});

/** With every kind of object in it. */
async function catalogOf(url: string): Promise<ReadonlyMap<string, CatalogObject>> {
  const server = await catalogServer(url);
  try {
    await server.run(`CREATE ROLE ${role}`);
    await server.run(everyKind(role).join(';\n'));
    return await server.read();
  } finally {
    await server.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`).catch(() => {});
    await server.close();
  }
}
