import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withConnection } from '../../postgres/connect.js';
import type { Drill, Ground, Verdict } from '../ground.js';
import { judged, type Judged } from '../judged.js';
import { judgeFiles, judgeSchema, judgeValues, type Values } from '../judge-parts.js';
import { otherSession } from '../other-session.js';
import { golangMigrate } from './runner.js';

// Trams: lines, rides, fares. A server in Go, whose migrations golang-migrate runs.

const folder = 'db/migrations';

const lines = `CREATE TABLE lines (
    id integer PRIMARY KEY,
    name text NOT NULL UNIQUE
);
`;

const rides = `CREATE TABLE rides (
    id bigserial PRIMARY KEY,
    line_id integer NOT NULL REFERENCES lines (id),
    zones integer NOT NULL,
    ridden_at timestamptz NOT NULL
);
`;

const index = `BEGIN;
CREATE INDEX rides_line_id_idx ON rides (line_id);
ALTER TABLE lines ADD COLUMN night boolean NOT NULL DEFAULT false;
COMMIT;
`;

const fares = `CREATE TABLE fares (
    zones integer PRIMARY KEY,
    cents integer NOT NULL
);

INSERT INTO fares (zones, cents) VALUES (1, 240), (2, 310), (3, 390);

ALTER TABLE rides ADD COLUMN cents integer;

UPDATE rides r SET cents = f.cents FROM fares f WHERE f.zones = r.zones;

ALTER TABLE rides ALTER COLUMN cents SET NOT NULL;
`;

const history =
  'CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null);';

const failed = '000004_fares';

const ups: Readonly<Record<string, string>> = {
  '000001_lines': lines,
  '000002_rides': rides,
  '000003_line_index': index,
  [failed]: fares,
};

const downs: Readonly<Record<string, string>> = {
  '000001_lines': 'DROP TABLE lines;\n',
  '000002_rides': 'DROP TABLE rides;\n',
  '000003_line_index': 'DROP INDEX rides_line_id_idx;\nALTER TABLE lines DROP COLUMN night;\n',
  [failed]: 'ALTER TABLE rides DROP COLUMN cents;\nDROP TABLE fares;\n',
};

const files = Object.fromEntries([
  ...Object.entries(ups).map(([name, sql]) => [`${name}.up.sql`, sql] as const),
  ...Object.entries(downs).map(([name, sql]) => [`${name}.down.sql`, sql] as const),
]);

const data: readonly string[] = [
  `INSERT INTO lines (id, name) SELECT n, 'Line ' || n FROM generate_series(1, 12) n`,
  `INSERT INTO rides (line_id, zones, ridden_at)
   SELECT 1 + n % 12, 1 + n % 3, timestamptz '2025-05-02 05:00+00' + n * interval '4 minutes' FROM generate_series(1, 500) n`,
];

const values: Values = {
  lines: { sql: 'SELECT count(*) FROM lines', is: '12' },
  rides: { sql: 'SELECT count(*) FROM rides', is: '500' },
  fares: { sql: 'SELECT count(*) FROM fares', is: '3' },
  'rides with the fare of their zones': {
    sql: 'SELECT count(*) FROM rides r JOIN fares f ON f.zones = r.zones AND f.cents = r.cents',
    is: '500',
  },
};

/** The life of the database: three releases, and one that met a lock. */
async function make({ url, dir }: Ground): Promise<void> {
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(dir, path)), { recursive: true, mode: 0o700 });
    // .env holds a password.
    await writeFile(join(dir, path), text, { mode: 0o600 });
  };
  await put('.env', `DATABASE_URL="${url}"\n`);
  await put('go.mod', 'module tram\n\nrequire github.com/golang-migrate/migrate/v4 v4.19.0\n');
  const isOfFailed = (name: string): boolean => name.startsWith(failed);
  for (const [name, sql] of Object.entries(files)) {
    if (!isOfFailed(name)) await put(`${folder}/${name}`, sql);
  }
  await withConnection(url, { purpose: 'drill' }, async ({ client }) => {
    const up = (): Promise<string | null> => golangMigrate(client, join(dir, folder));
    const said = await up();
    if (said !== null) throw new Error(said);
    for (const sql of data) await client.query(sql);
    for (const [name, sql] of Object.entries(files)) {
      if (isOfFailed(name)) await put(`${folder}/${name}`, sql);
    }
    const report = await otherSession(url, 'report');
    try {
      await report.query('BEGIN; SELECT count(*) FROM rides');
      await client.query(`SET lock_timeout = '100ms'`);
      const failure = await up();
      if (failure !== lockTimeout) throw new Error(`${failure} instead of ${lockTimeout}`);
    } finally {
      await report.end();
    }
    await client.query('ANALYZE');
  });
}

const lockTimeout = 'migration failed: canceling statement due to lock timeout';

async function judge(ground: Ground): Promise<Verdict> {
  const options = { purpose: 'drill judge', statementTimeout: 10_000 };
  const facts = await withConnection(ground.url, options, async ({ client }) => [
    await judgeFiles(join(ground.dir, folder), files),
    await judgeSchema(client, ground, [history, ...Object.values(ups)]),
    await judgeValues(client, values, 'Every ride has the fare of its zones, and nothing is lost.'),
    await judgeVersion(ground),
  ]);
  return { solved: facts.every(({ ok }) => ok), facts: facts.map(({ fact }) => fact) };
}

/** By the rule of golang-migrate: it is asked only where it has nothing to do, or refuses. */
async function judgeVersion({ url, dir }: Ground): Promise<Judged> {
  return withConnection(url, { purpose: 'drill judge' }, async ({ client }) => {
    const { rows } = await client
      .query<{ version: string; dirty: string }>(
        'SELECT version, dirty::text FROM schema_migrations',
      )
      .catch(() => ({ rows: [] }));
    const [row] = rows;
    const found = rows.map((one) => `${one.version}${one.dirty === 'true' ? ', dirty' : ''}`);
    const right = rows.length === 1 && row?.version === '4' && row.dirty === 'false';
    const said = right ? await golangMigrate(client, join(dir, folder)) : null;
    return judged(
      right && said === null,
      'schema_migrations is at 4 and not dirty: by its own rule golang-migrate has nothing to run.',
      said ?? `schema_migrations says ${found.join('; ') || 'nothing'}, and not 4.`,
    );
  });
}

export const dirtyVersion: Drill = {
  name: 'dirty-version',
  title: 'golang-migrate calls the version dirty and runs nothing more',
  project: 'tram',
  incident: null,
  page: `PAGE 04:40  the new fares are not in, the first tram leaves at 05:10
Dirty database version 4. Fix and force version.
Before that, once: "canceling statement due to lock timeout (55P03)": a report
had read the rides all night; it has ended. "It says what to do: migrate force
4, and it is green. That is what we always do. Or was it force 3?"`,
  goal: 'Get 000004_fares applied once and the version at 4, not dirty, with a fare for every ride.',
  hints: [
    'Dirty says that 4 was begun and did not come to its end. It does not say how much of it is in the database: look at the last column of the board.',
    'golang-migrate sends a file in one message, which PostgreSQL takes for one transaction: it was rolled back as a whole. Had the file a BEGIN and COMMIT in it, as 000003 has, what stood before the COMMIT would have stayed.',
    'force only writes the number. force 4 says that the fares are in: nothing would ever run 000004 again.',
    'The playbook clear-failed sets the version by the evidence: nothing of 000004 is there, so back to 3, not dirty. Then apply-manually runs it.',
  ],
  goodRun: { playbooks: ['clear-failed', 'apply-manually'], writes: 2 },
  make,
  judge,
};
